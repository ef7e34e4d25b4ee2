"""What is drawn on a page and is no figure: frames, rules, boxes around text, tables, logos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.sources.pdf.boxes import area, common, share_of
from synth.sources.pdf.clusters import Cluster, unit
from synth.sources.pdf.layout import Boxes, Layout
from synth.sources.pdf.render import Box

MARGIN = 0.075
"""Share of the height at top and bottom where headers and footers stand."""


def kept_paths(layout: Layout) -> NDArray[np.bool_]:
    """Which paths may belong to a figure: no page frames, no lone rules, no boxes around running text."""
    b = layout.paths
    width, height = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    keep = ~((width > 0.85 * layout.width) & (height > 0.8 * layout.height))
    prose = [t.box for t in layout.lines if t.prose]
    if prose:
        keep &= ~_holds_text(b, prose)
        keep &= ~_underlines(b, prose)
    keep &= ~_lone_rules(layout, keep)
    return keep


def _holds_text(boxes: Boxes, prose: list[Box]) -> NDArray[np.bool_]:
    """Backgrounds and frames of which running text fills a good part."""
    text = np.asarray(prose, float)
    holds = np.zeros(len(boxes), bool)
    size = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    for i in np.flatnonzero(size > 400):
        box = boxes[i]
        w = np.minimum(text[:, 2], box[2]) - np.maximum(text[:, 0], box[0])
        h = np.minimum(text[:, 3], box[3]) - np.maximum(text[:, 1], box[1])
        holds[i] = (np.maximum(w, 0) * np.maximum(h, 0)).sum() > 0.25 * size[i]
    return holds


def _underlines(boxes: Boxes, prose: list[Box]) -> NDArray[np.bool_]:
    """Small things inside or right under lines of running text."""
    under = np.zeros(len(boxes), bool)
    for x0, y0, x1, y1 in prose:
        under |= (boxes[:, 0] >= x0 - 2) & (boxes[:, 2] <= x1 + 2) & (boxes[:, 1] >= y0 - 2) & (boxes[:, 3] <= y1 + 3)
    return under


def _lone_rules(layout: Layout, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Long thin lines that nothing else touches: rules of headers, footers and columns, lines of open tables."""
    b = layout.paths
    width, height = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    lone = np.zeros(len(b), bool)
    long = ((height < 3) & (width > 0.25 * layout.width)) | ((width < 3) & (height > 0.25 * layout.height))
    for i in np.flatnonzero(long & keep):
        x0, y0, x1, y1 = b[i]
        near = (b[:, 0] <= x1 + 3) & (b[:, 2] >= x0 - 3) & (b[:, 1] <= y1 + 3) & (b[:, 3] >= y0 - 3) & keep
        lone[i] = not (near & ~long).any()
    return lone


def is_figure(cluster: Cluster, layout: Layout, captioned: bool) -> bool:
    """Whether a cluster is large and rich enough for a figure and neither furniture nor a table."""
    u = unit(layout)
    x0, y0, x1, y1 = cluster.core
    if cluster.rasters:
        least = 24 if captioned else 40
        if min(x1 - x0, y1 - y0) < least * u:
            return False
    elif (x1 - x0) < 36 * u or (y1 - y0) < 24 * u or area(cluster.box) < 2000 * u * u:
        return False
    if captioned:
        return True
    edge = MARGIN * layout.height
    if y1 < edge or y0 > layout.height - edge:
        return False
    if cluster.rasters:
        return y1 - y0 >= 60 * u or (y0 > 2 * edge and y1 < layout.height - edge)
    return _rich(cluster, layout) and not _logo(cluster, layout, u)


def _rich(cluster: Cluster, layout: Layout) -> bool:
    """A drawing has many strokes; a decoration has few. The edges of a rectangle count."""
    pieces = len(_inside(layout.straight, cluster.core)) + len(_inside(layout.crooked, cluster.core))
    return max(pieces, len(cluster.paths)) >= 10


def _logo(cluster: Cluster, layout: Layout, u: float) -> bool:
    """Filled shapes without outlines and labels, small."""
    x0, y0, x1, y1 = cluster.core
    small = (x1 - x0) < 160 * u and (y1 - y0) < 80 * u
    return small and not cluster.labels and bool(layout.filled[cluster.paths].all())


def is_table(cluster: Cluster, layout: Layout) -> bool:
    """Only lines parallel to the edges, nearly all of them as long as the whole, and text between them."""
    if cluster.rasters or not len(layout.straight):
        return False
    box = cluster.core
    straight = _inside(layout.straight, box)
    if not len(straight) or len(_inside(layout.crooked, box)) > 0.05 * len(straight):
        return False
    across = _spanning(straight, box, axis=0)
    down = _spanning(straight, box, axis=1)
    length = float((straight[:, 2] - straight[:, 0] + straight[:, 3] - straight[:, 1]).sum())
    text = sum(area(common(t.box, box)) for t in layout.lines if share_of(t.box, box) > 0.5)
    full = (across[1] + down[1]) / max(length, 1e-9)
    return across[0] >= 3 and full > 0.7 and text > 0.04 * area(box)


def _spanning(straight: Boxes, box: Box, axis: int) -> tuple[int, float]:
    """(how many lines in this direction reach nearly from edge to edge, pieces put together; their length)."""
    along = straight[:, 2 + axis] - straight[:, axis]
    mine = straight[along > straight[:, 3 - axis] - straight[:, 1 - axis]]
    if not len(mine):
        return 0, 0.0
    at = np.round((mine[:, 1 - axis] + mine[:, 3 - axis]) / 2)
    order = np.argsort(at, kind="stable")
    mine, at = mine[order], at[order]
    name = np.cumsum(np.concatenate([[0], np.diff(at) > 1.5]))
    whole, ink = 0, 0.0
    for k in range(int(name[-1]) + 1):
        run = mine[name == k]
        covered, end = 0.0, -1e9
        for start, stop in sorted(zip(run[:, axis].tolist(), run[:, 2 + axis].tolist(), strict=True)):
            covered += max(0.0, stop - max(start, end))
            end = max(end, stop)
        if covered >= 0.85 * (box[2 + axis] - box[axis]):
            whole += 1
            ink += float((run[:, 2 + axis] - run[:, axis]).sum())
    return whole, ink


def _inside(boxes: Boxes, box: Box) -> Boxes:
    x = (boxes[:, 0] >= box[0] - 1) & (boxes[:, 2] <= box[2] + 1)
    return boxes[x & (boxes[:, 1] >= box[1] - 1) & (boxes[:, 3] <= box[3] + 1)]
