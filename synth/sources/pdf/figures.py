"""Figures of a page: drawings and images with their labels and captions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synth.sources.pdf.boxes import area, grown, share_of, touch, union, within
from synth.sources.pdf.captions import REACH, Caption, captions_of, distance
from synth.sources.pdf.clusters import Cluster, clusters_of, joined, unit
from synth.sources.pdf.furniture import is_figure, is_table, kept_paths
from synth.sources.pdf.layout import Layout, TextLine, layout_of
from synth.sources.pdf.render import Box

if TYPE_CHECKING:
    import pymupdf

PADDING = 5.0
"""Points of paper left around a figure."""
SHEET = 0.5
"""A page whose drawings reach over this share of it, with hardly any running text, is one drawing."""


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


def figures_of(page: pymupdf.Page) -> list[Figure]:
    """Figures from top to bottom; a scan or a sheet that is one drawing comes as the whole page. Raises PdfError."""
    return figures_in(layout_of(page))


def whole(layout: Layout) -> Figure:
    """The page itself."""
    box = (0.0, 0.0, layout.width, layout.height)
    caption = next((c.text for c in captions_of(layout) if not c.table), "")
    return _figure(box, caption if is_whole(layout) else "", layout, drawn=len(layout.paths) > 0, whole_page=True)


def figures_in(layout: Layout) -> list[Figure]:
    """The same from a page taken apart."""
    if is_whole(layout):
        return [whole(layout)]
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
        box = within(grown(cluster.box, PADDING), layout.width, layout.height)
        found.append(_figure(box, caption.text if caption else "", layout, drawn=len(cluster.paths) > 0))
    return found


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
    return _covered(layout) > SHEET


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
    """The caption of each cluster, by index: the nearest; what else stands between them parts them."""
    found: dict[int, Caption] = {}
    for i, cluster in enumerate(clusters):
        near = [(d, c) for c in captions if (d := distance(c.box, cluster.box)) is not None]
        near = [(d, c) for d, c in near if d <= REACH * unit(layout)]
        if near:
            found[i] = min(near, key=lambda x: x[0])[1]
    return found


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
