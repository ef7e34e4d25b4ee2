"""A PDF as pictures and text, page by page. Nothing here knows of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qa.picture_size import MAX_PIXELS
from synth.sources.pdf.figures import Figure, figures_in, whole
from synth.sources.pdf.layout import layout_of
from synth.sources.pdf.opening import PdfError, load_page, one_line, open_pdf
from synth.sources.pdf.render import LEAST_DPI, POINTS, Box, render, size_for

if TYPE_CHECKING:
    import pymupdf

What = Literal["figures", "pages", "both"]


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page or a part of one, rendered."""

    page: int
    """From 1."""
    box: Box | None
    """Part of the page, points from its top left corner; None: the whole page."""
    caption: str
    width: int
    height: int
    """In pixels; `qa.picture_size.shown_size` leaves them as they are."""
    rgb: bytes = field(repr=False)
    """width x height x 3, row by row."""

    def png(self) -> bytes:
        """The same as a file."""
        import pymupdf

        data: bytes = pymupdf.Pixmap(pymupdf.csRGB, self.width, self.height, self.rgb, False).tobytes("png")
        return data


def pages(
    path: Path,
    what: What = "pages",
    password: str = "",
    numbers: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[PagePicture | PdfError]:
    """The pictures of a file in order of page, one page in memory at a time; a page that cannot be read comes as
    its error. `numbers`: pages wanted, from 1; all when None. Raises PdfError where the file cannot be read.
    """
    with open_pdf(path, password) as document:
        for number in numbers if numbers is not None else range(1, document.page_count + 1):
            try:
                yield from pictures_of(document, number, what, max_pixels)
            except PdfError as e:
                yield PdfError(f"page {number} {e}")


def pictures_of(
    document: pymupdf.Document, number: int, what: What = "pages", max_pixels: int = MAX_PIXELS
) -> list[PagePicture]:
    """The pictures of page `number` (from 1): the page first, then its figures. Raises PdfError."""
    page = load_page(document, number)
    wanted = [whole_page(page, max_pixels)] if what == "pages" else _wanted(page, what, max_pixels)
    listed = page.get_displaylist() if wanted else None
    found = []
    for figure in wanted:
        size = size_for(figure.box, figure.smallest_text, figure.raster_dpi, max_pixels)
        box = None if figure.whole_page else figure.box
        found.append(PagePicture(number, box, figure.caption, *size, render(listed, figure.box, size, figure.strange)))
    return found


def page_text(document: pymupdf.Document, number: int) -> str:
    """The text of page `number` (from 1) in reading order; empty for a scan. Raises PdfError."""
    page = load_page(document, number)
    try:
        text: str = page.get_text("text", sort=True)
    except (RuntimeError, ValueError) as e:
        raise PdfError(f"has no text that can be read ({one_line(e)})") from e
    return text.strip()


def whole_page(page: pymupdf.Page, max_pixels: int = MAX_PIXELS) -> Figure:
    """The page itself; taken apart only where that decides its size. Raises PdfError."""
    box = (0.0, 0.0, page.rect.width, page.rect.height)
    least = page.rect.width * page.rect.height * (LEAST_DPI / POINTS) ** 2
    try:
        if least >= max_pixels and not page.get_image_info():
            return Figure(box, "", None, None, whole_page=True)  # the budget alone decides
    except (RuntimeError, ValueError) as e:
        raise PdfError(f"cannot be read ({one_line(e)})") from e
    return whole(layout_of(page))


def _wanted(page: pymupdf.Page, what: What, max_pixels: int) -> list[Figure]:
    layout = layout_of(page)
    figures = figures_in(layout, max_pixels)
    if what == "both" and not any(f.whole_page for f in figures):
        figures.insert(0, whole(layout))
    return figures
