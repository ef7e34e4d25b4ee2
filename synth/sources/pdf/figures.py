"""Figures of a page: drawings and images with their labels and captions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qa.picture_size import MAX_PIXELS
from synth.sources.pdf.boxes import area, grown, share_of, touch, union, within
from synth.sources.pdf.captions import REACH, Caption, captions_of, distance
from synth.sources.pdf.clusters import Cluster, clusters_of, joined, unit
from synth.sources.pdf.furniture import is_figure, is_table, kept_paths
from synth.sources.pdf.layout import Layout, TextLine, layout_of
from synth.sources.pdf.render import Box
from synth.sources.pdf.sheets import blocks_of, is_too_fine, strangers

if TYPE_CHECKING:
    import pymupdf

PADDING = 5.0
"""Points of paper left around a figure."""
SHEET = 0.5
"""A page whose drawings reach over this share of it, with hardly any running text, is one drawing; half of it is enough
inside a frame."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A part of a page worth a picture."""

    box: Box
    caption: str
    smallest_text: float | None
    """Font size in points that nine tenths of its letters reach; None where it has no text."""
    raster_dpi: float | None
    """Resolution of the pixels it is made of; None where it is drawn."""
    whole_page: bool = False
    strange: tuple[Box, ...] = ()
    """Strokes and labels of other figures that reach into the box: left out of the picture."""


def figures_of(page: pymupdf.Page, max_pixels: int = MAX_PIXELS) -> list[Figure]:
    """Figures from top to bottom. A scan, or a sheet that is one drawing, comes as the whole page; a sheet whose text
    would be too small to read in that comes in blocks. Raises PdfError."""
    return figures_in(layout_of(page), max_pixels)


def whole(layout: Layout) -> Figure:
    """The page itself."""
    box = (0.0, 0.0, layout.width, layout.height)
    caption = next((c.text for c in captions_of(layout) if not c.table), "")
    return _figure(box, caption if is_whole(layout) else "", layout, drawn=len(layout.paths) > 0, whole_page=True)


def figures_in(layout: Layout, max_pixels: int = MAX_PIXELS) -> list[Figure]:
    """The same from a page taken apart."""
    if is_whole(layout):
        page = whole(layout)
        fine = page.raster_dpi is None and is_too_fine(layout, page.smallest_text, max_pixels)
        found = []
        blocks = blocks_of(layout) if fine else []
        for block in blocks:
            box = _padded(block.box, layout)
            strange = strangers(block, box, blocks, layout)
            found.append(replace(_figure(box, "", layout, drawn=True), strange=strange))
        return found or [page]  # nobody should be asked about what cannot be read
    captions = captions_of(layout)
    used = set().union(*(c.lines for c in captions)) if captions else set()
    clusters = clusters_of(layout, kept_paths(layout), used)
    owners = _owners(clusters, captions, layout)
    found = []
    for cluster, caption in _by_caption(clusters, owners):
        if caption is not None and caption.table:
            continue
        if not is_figure(cluster, layout, caption is not None) or is_table(cluster, layout):
            continue
        if caption is not None:
            cluster = _down_to(cluster, caption, layout)
        box = _padded(cluster.box, layout)
        found.append(_figure(box, caption.text if caption else "", layout, drawn=len(cluster.paths) > 0))
    return found


def _padded(box: Box, layout: Layout) -> Box:
    x0, y0, x1, y1 = within(grown(box, PADDING), layout.width, layout.height)
    return (round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))


def is_whole(layout: Layout) -> bool:
    """Whether the page is one picture: a scan, or a sheet with a drawing all over and hardly any running text."""
    page = layout.width * layout.height
    if layout.rasters:
        scan = union(r.box for r in layout.rasters)
        if sum(area(r.box) for r in layout.rasters) > 0.7 * page and area(scan) > 0.7 * page:
            return True
    prose = sum(area(t.box) for t in layout.lines if t.prose)
    if prose > 0.06 * page or len(layout.paths) < 60:
        return False
    b = layout.paths
    frame = (b[:, 2] - b[:, 0] > 0.85 * layout.width) & (b[:, 3] - b[:, 1] > 0.8 * layout.height)
    return _covered(layout) > (SHEET / 2 if frame.any() and not prose else SHEET)


def _covered(layout: Layout) -> float:
    """The share of the page's coarse squares in which something is drawn (a frame around all does not count)."""
    rows = columns = 12
    squares = np.zeros((rows, columns), bool)
    boxes = layout.paths[kept_paths(layout)]
    cell = np.asarray([layout.width / columns, layout.height / rows] * 2)
    for x0, y0, x1, y1 in np.unique((boxes / cell).astype(int), axis=0).clip(0, 11).tolist():
        squares[y0 : y1 + 1, x0 : x1 + 1] = True
    return float(squares.mean())


def _owners(clusters: list[Cluster], captions: list[Caption], layout: Layout) -> dict[int, Caption]:
    """The caption of each cluster, by index: the nearest, or the one that stands centred under it and its neighbour."""
    found: dict[int, Caption] = {}
    reach = REACH * unit(layout)
    for i, cluster in enumerate(clusters):
        near = [(d, c) for c in captions if (d := distance(c.box, cluster.box)) is not None and d <= reach]
        if near:
            found[i] = min(near, key=lambda x: x[0])[1]
    for caption in captions:
        free = [i for i in range(len(clusters)) if found.get(i) in (None, caption)]
        row = [i for i in free if _over(clusters[i].box, caption.box, reach)]
        row += [i for i in free if i not in row and any(_beside(clusters[i].box, clusters[k].box) for k in row)]
        if len(row) > 1 and not caption.table:
            around = union(clusters[i].box for i in row)
            off = abs(caption.box[0] + caption.box[2] - around[0] - around[2]) / 2
            if off < 0.15 * (around[2] - around[0]):
                found.update(dict.fromkeys(row, caption))
    return found


def _over(cluster: Box, caption: Box, reach: float) -> bool:
    """Whether a cluster stands right above the height of a caption, wherever in the row."""
    return -4 <= caption[1] - cluster[3] <= reach and cluster[3] - cluster[1] > 24


def _beside(a: Box, b: Box) -> bool:
    """Whether most of `a`'s height lies beside `b`."""
    return min(a[3], b[3]) - max(a[1], b[1]) > 0.6 * (a[3] - a[1]) > 15


def _by_caption(clusters: list[Cluster], owners: dict[int, Caption]) -> list[tuple[Cluster, Caption | None]]:
    """Clusters that share a caption are parts (a), (b) of one figure."""
    found: list[tuple[Cluster, Caption | None]] = []
    first: dict[Caption, int] = {}
    for i, cluster in enumerate(clusters):
        caption = owners.get(i)
        if caption is not None and caption in first:
            k = first[caption]
            found[k] = (joined(found[k][0], cluster), caption)
            continue
        if caption is not None:
            first[caption] = len(found)
        found.append((cluster, caption))
    return found


def _down_to(cluster: Cluster, caption: Caption, layout: Layout) -> Cluster:
    """The cluster with the short lines between it and its caption below: `(a)`, `(b)`, names of axes."""
    x0, _, x1, low = cluster.box
    between = (x0, low, x1, caption.box[1] + 2)
    more = [t for t in layout.lines if not t.prose and share_of(t.box, between) > 0.8]
    return replace(cluster, box=union([cluster.box, *(t.box for t in more)]))


def _figure(box: Box, caption: str, layout: Layout, drawn: bool, whole_page: bool = False) -> Figure:
    rasters = [r for r in layout.rasters if share_of(r.box, box) > 0.5]
    texts = [t for t in layout.lines if touch(t.box, box) and share_of(t.box, box) > 0.5]
    pixels = sum(area(r.box) for r in rasters)
    only_pixels = rasters and (pixels > 0.6 * area(box) or not drawn)
    return Figure(box, caption, _small(texts), max(r.dpi for r in rasters) if only_pixels else None, whole_page)


def _small(texts: list[TextLine]) -> float | None:
    """The font size that nine tenths of the letters have at least."""
    if not texts:
        return None
    sizes = np.repeat([t.size for t in texts], [len(t.text) for t in texts])
    return float(np.quantile(sizes, 0.1)) or None
