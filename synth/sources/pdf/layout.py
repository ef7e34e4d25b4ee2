"""What stands on a page and where: drawn paths, pixel images, lines of text, all as the page is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synth.sources.pdf.opening import PdfError, one_line
from synth.sources.pdf.render import Box

if TYPE_CHECKING:
    import pymupdf

Boxes = NDArray[np.float64]
"""(n, 4): x0, y0, x1, y1 in points."""
DETAILED = 30_000
"""Paths of which each is looked at closely; a page with more is a drawing, and its boxes are enough."""
WHITE = 0.985


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text as the file has it."""

    box: Box
    text: str
    size: float
    """Font size in points."""
    prose: bool
    """Part of running text, so never a label of a figure."""
    block: int


@dataclass(frozen=True, slots=True)
class Raster:
    """An image of pixels."""

    box: Box
    dpi: float


@dataclass(frozen=True)
class Layout:
    """A page taken apart."""

    width: float
    height: float
    """In points, as shown (rotation and crop box applied)."""
    paths: Boxes
    """Pieces: segments, rectangles, curves; only whole paths where there are more than DETAILED of them."""
    straight: Boxes
    """Segments parallel to an edge of the page; a table has no others."""
    crooked: Boxes
    """Boxes of curves and slanted segments."""
    filled: NDArray[np.bool_]
    """Of `paths`: filled without an outline."""
    rasters: tuple[Raster, ...]
    lines: tuple[TextLine, ...]


def layout_of(page: pymupdf.Page) -> Layout:
    """The page taken apart. Raises PdfError."""
    try:
        turn = page.rotation_matrix
        width, height = page.rect.width, page.rect.height
        paths, filled, straight, crooked = _paths(page)
        boxes, fills = _inside(_turned(paths, turn), filled, width, height)
        return Layout(
            width,
            height,
            paths=boxes,
            filled=fills,
            rasters=tuple(_rasters(page, turn)),
            lines=tuple(_lines(page, turn)),
            straight=_turned(straight, turn),
            crooked=_turned(crooked, turn),
        )
    except (RuntimeError, ValueError, MemoryError) as e:
        raise PdfError(f"cannot be taken apart ({one_line(e)})") from e


def _paths(page: pymupdf.Page) -> tuple[list[Any], list[bool], list[Any], list[Any]]:
    """Boxes of visible pieces of paths, which of them are fills only, straight segments, crooked pieces.

    Pieces, for the box PyMuPDF gives of a path with several parts is too small.
    """
    boxes: list[Any] = []
    filled: list[bool] = []
    straight: list[Any] = []
    crooked: list[Any] = []
    log = [entry for entry in page.get_bboxlog() if entry[0].endswith("-path") and not entry[0].startswith("clip")]
    if len(log) > DETAILED:
        return [e[1] for e in log], [e[0].startswith("fill") for e in log], [], []
    for path in page.get_cdrawings():
        if _unseen(path):
            continue
        for item in path["items"]:
            box, edges = _piece(item)
            boxes.append(box)
            filled.append(path["type"] == "f")
            straight.extend(edges)
            if not edges:
                crooked.append(box)
    return boxes, filled, straight, crooked


def _piece(item: Any) -> tuple[Box, list[Box]]:
    """(box, its edges where all of them are parallel to edges of the page) of one piece of a path."""
    if item[0] == "re":
        return item[1], _edges(item[1])
    points = item[1] if item[0] == "qu" else item[1:]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    box = (min(xs), min(ys), max(xs), max(ys))
    if item[0] == "l":
        return box, [box] if min(box[2] - box[0], box[3] - box[1]) < 0.5 else []
    at_edges = all(min(x - box[0], box[2] - x) < 0.5 and min(y - box[1], box[3] - y) < 0.5 for x, y in points)
    return box, _edges(box) if item[0] == "qu" and at_edges else []


def _unseen(path: dict[str, Any]) -> bool:
    """White or transparent: backgrounds that some programs put behind everything."""
    inks = [c for c in (path.get("color"), path.get("fill")) if c is not None]
    seen = path.get("stroke_opacity", 1) > 0.02 or path.get("fill_opacity", 1) > 0.02
    return not inks or not seen or all(min(c) >= WHITE for c in inks)


def _edges(box: Any) -> list[Box]:
    x0, y0, x1, y1 = box
    if min(x1 - x0, y1 - y0) < 1.5:  # a thin rectangle is a line
        return [(x0, y0, x1, y1)]
    return [(x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)]


def _rasters(page: pymupdf.Page, turn: pymupdf.Matrix) -> list[Raster]:
    found = []
    for info in page.get_image_info():
        box = _clipped(_turn(info["bbox"], turn), page.rect.width, page.rect.height)
        if box is None or min(info["width"], info["height"]) < 2:
            continue
        x0, y0, x1, y1 = info["bbox"]
        # A matrix may lay the image down sideways; its area is right in any case.
        scale = (info["width"] * info["height"] / max((x1 - x0) * (y1 - y0), 1e-6)) ** 0.5
        found.append(Raster(box, 72 * scale))
    return found


def _lines(page: pymupdf.Page, turn: pymupdf.Matrix) -> list[TextLine]:
    import pymupdf

    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
    found: list[TextLine] = []
    for number, block in enumerate(page.get_text("dict", flags=flags)["blocks"]):
        rows = []
        for line in block.get("lines", ()):
            text = "".join(s["text"] for s in line["spans"]).strip()
            if text:
                rows.append((line["bbox"], text, max(s["size"] for s in line["spans"])))
        prose = _is_prose([text for _, text, _ in rows])
        for bbox, text, size in rows:
            box = _clipped(_turn(bbox, turn), page.rect.width, page.rect.height)
            if box is not None:
                found.append(TextLine(box, text, size, prose or _stands_alone(text), number))
    return found


def _is_prose(texts: list[str]) -> bool:
    """Whether the lines of a block are running text: several, long, of words."""
    heavy = [weight(t) for t in texts]
    return len(texts) >= 2 and sum(heavy) >= 90 and sum(heavy) / len(heavy) >= 28


_HEADING = re.compile(r"(?:\d+(?:\.\d+)+\.?|\u7b2c[\d\u4e00-\u5341]+[\u7ae0\u8282])\s+[^\W\d]{2,}")


def _stands_alone(text: str) -> bool:
    """Too long for a label, or a numbered heading."""
    heavy = weight(text)
    return heavy >= 60 or (heavy >= 12 and _HEADING.match(text) is not None)


def weight(text: str) -> int:
    """Length of a text in Latin letters: a Chinese character is as wide as two."""
    return sum(2 if ord(c) >= 0x2E80 else 1 for c in text)


def _turn(box: Any, turn: pymupdf.Matrix) -> Box:
    return _turned([box], turn)[0].tolist()


def _turned(boxes: list[Any], turn: pymupdf.Matrix) -> Boxes:
    """Boxes on the page as it is shown."""
    b = np.asarray(boxes, float).reshape(-1, 4)
    a, c, d, e, f, g = turn
    x = np.stack([b[:, 0] * a + b[:, 1] * d + f, b[:, 2] * a + b[:, 3] * d + f])
    y = np.stack([b[:, 0] * c + b[:, 1] * e + g, b[:, 2] * c + b[:, 3] * e + g])
    return np.stack([x.min(0), y.min(0), x.max(0), y.max(0)], 1)


def _inside(boxes: Boxes, filled: list[bool], width: float, height: float) -> tuple[Boxes, NDArray[np.bool_]]:
    """Paths at least partly on the page, cut at its edges."""
    fills = np.asarray(filled, bool)
    on = (boxes[:, 2] >= 0) & (boxes[:, 3] >= 0) & (boxes[:, 0] <= width) & (boxes[:, 1] <= height)
    on &= np.isfinite(boxes).all(1)
    return np.clip(boxes[on], 0, [width, height, width, height]), fills[on]


def _clipped(box: Any, width: float, height: float) -> Box | None:
    x0, y0, x1, y1 = (float(v) for v in box)
    x0, y0, x1, y1 = max(x0, 0.0), max(y0, 0.0), min(x1, width), min(y1, height)
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None
