"""A page, or a part of one, as pixels: exactly as many as the model sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.picture_size import MAX_PIXELS, shown_size
from synth.sources.pdf.opening import PdfError, one_line

if TYPE_CHECKING:
    import pymupdf

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in points from the top left corner of the page as it is shown."""

POINTS = 72.0
"""Points an inch."""
LEAST_DPI = 144.0
"""Vector art is drawn at this resolution or finer: lines of 0.5 points stay one pixel wide."""
MOST_DPI = 300.0
"""Nothing is gained above what a book is printed at."""
READABLE = 16.0
"""Pixels the body of a letter needs (its capitals are 0.7 of that) for a vision model to read it surely."""

_STROKE = 0.75
"""Points that a stroke reaches beyond its box, and its soft edge."""


def size_for(
    box: Box, smallest_text: float | None, raster_dpi: float | None, max_pixels: int = MAX_PIXELS
) -> tuple[int, int]:
    """(width, height) in pixels at which this part of a page is rendered; `shown_size` leaves it as it is.

    Vector art is drawn so large that its smallest text (`smallest_text`, font size in points) has READABLE pixels,
    between LEAST_DPI and MOST_DPI. A picture that was pixels before (`raster_dpi`) is drawn at its own resolution,
    for more would be made up. The budget `max_pixels` goes before both.
    """
    if raster_dpi is not None:
        dpi = min(raster_dpi, MOST_DPI)
    else:
        wanted = READABLE / smallest_text * POINTS if smallest_text else LEAST_DPI
        dpi = min(max(wanted, LEAST_DPI), MOST_DPI)
    width, height = box[2] - box[0], box[3] - box[1]
    return shown_size(max(1, round(width * dpi / POINTS)), max(1, round(height * dpi / POINTS)), max_pixels)


def render(
    page: pymupdf.Page | pymupdf.DisplayList, box: Box, size: tuple[int, int], without: Sequence[Box] = ()
) -> bytes:
    """The part of the page inside `box` on white: `size` = (width, height) pixels, three bytes each, row by row.

    A display list serves where several parts of a page are wanted. The boxes `without` are left white where the paper
    is. Raises PdfError.
    """
    import pymupdf

    x0, y0, x1, y1 = box
    sx, sy = size[0] / (x1 - x0), size[1] / (y1 - y0)
    listed = page.get_displaylist() if isinstance(page, pymupdf.Page) else page
    try:
        # One scale a direction and the corner moved to 0, 0: the pixels are exactly as many as the model sees.
        picture = listed.get_pixmap(
            matrix=pymupdf.Matrix(sx, 0, 0, sy, -x0 * sx, -y0 * sy),
            colorspace=pymupdf.csRGB,
            alpha=False,
            clip=pymupdf.Rect(box),
        )
    except (RuntimeError, ValueError, MemoryError) as e:
        raise PdfError(f"cannot be rendered ({one_line(e)})") from e
    if (picture.width, picture.height) != size:
        raise PdfError(f"came out as {picture.width} x {picture.height} pixels instead of {size[0]} x {size[1]}")
    if picture.pixel(0, 0) == (255, 255, 255):
        for left, top, right, bottom in without:
            corners = (left - _STROKE - x0) * sx, (top - _STROKE - y0) * sy, (right + _STROKE - x0) * sx
            picture.set_rect(
                pymupdf.Rect(*corners, (bottom + _STROKE - y0) * sy).irect & picture.irect, (255, 255, 255)
            )
    return bytes(picture.samples)
