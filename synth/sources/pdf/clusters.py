"""Drawn things that lie close together, as candidates for figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.sources.pdf.boxes import area, common, grown, touch, union
from synth.sources.pdf.layout import Boxes, Layout, TextLine
from synth.sources.pdf.render import Box

GAP = 11.0
"""Points between two strokes of one figure, at most; on A4, more on larger pages."""
LABEL_GAP = 6.0
"""Points between a figure and its labels."""
SIDE_GAP = 12.0
"""The same to the left and right, where no text follows the figure as closely."""
LABEL_EMS = 1.1
"""The same for large labels, in font sizes."""
LABEL_REACH = 160.0
"""How far labels at a stroke may carry a figure's box beyond its strokes."""
CHAIN_REACH = 48.0
"""The same for labels that are only near other labels: a list beside a figure would be taken whole."""
A4_DIAGONAL = 1031.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Strokes and images near each other, with the labels that belong to them."""

    core: Box
    """Around strokes and images."""
    box: Box
    """Around the labels too."""
    paths: NDArray[np.int64]
    """Indexes into `Layout.paths`."""
    rasters: tuple[int, ...]
    """Indexes into `Layout.rasters`."""
    labels: tuple[TextLine, ...]


def unit(layout: Layout) -> float:
    """How much larger than on A4 gaps are on this page."""
    return min(4.0, max(0.8, math.hypot(layout.width, layout.height) / A4_DIAGONAL))


def clusters_of(
    layout: Layout, keep: NDArray[np.bool_], captions: set[int], gap: float = GAP, overlap: float = 0.0
) -> list[Cluster]:
    """Clusters of the kept paths and all images, labels joined, from top to bottom.

    `captions` are indexes of lines that are no labels; `overlap` is the share of the smaller of two boxes that must lie
    in the other for them to be one.
    """
    u = unit(layout)
    everything = np.concatenate([layout.paths, np.asarray([r.box for r in layout.rasters], float).reshape(-1, 4)])
    alive = np.flatnonzero(np.concatenate([keep, np.ones(len(layout.rasters), bool)]))
    if not len(alive):
        return []
    lines = [t for i, t in enumerate(layout.lines) if i not in captions]
    labels = [t for t in lines if not t.prose]
    groups = [alive[g] for g in _connected(everything[alive], gap * u, layout)]
    found = []
    for members in groups:
        core = _around(everything[members])
        if max(core[2] - core[0], core[3] - core[1]) < 14 * u:
            continue  # a bullet, a dot, a stroke under a word
        found.append((members, core))
    clusters = [_labelled(m, c, labels, u, len(layout.paths)) for m, c in found]
    return sorted(_merged(clusters, overlap), key=lambda c: (c.box[1], c.box[0]))


def _connected(boxes: Boxes, gap: float, layout: Layout) -> list[NDArray[np.int64]]:
    """Boxes of which each is nearer than `gap` to another one of its group: marked on a grid, then labelled.

    Linear in the number of boxes: a sheet has tens of thousands.
    """
    from scipy import ndimage

    cell = max(2.0, math.hypot(layout.width, layout.height) / 800)
    reach = gap / 2
    marks = np.zeros((int(layout.height / cell) + 2, int(layout.width / cell) + 2), bool)
    low = np.floor(np.maximum(boxes[:, :2] - reach, 0) / cell).astype(int)
    high = np.floor((boxes[:, 2:] + reach) / cell).astype(int) + 1
    for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True):
        marks[y0:y1, x0:x1] = True
    named, count = ndimage.label(marks, structure=np.ones((3, 3)))
    names = named[np.minimum(low[:, 1], marks.shape[0] - 1), np.minimum(low[:, 0], marks.shape[1] - 1)]
    order = np.argsort(names, kind="stable")
    return [g for g in np.split(order, np.searchsorted(names[order], np.arange(2, count + 1))) if len(g)]


def _labelled(members: NDArray[np.int64], core: Box, labels: list[TextLine], u: float, paths: int) -> Cluster:
    """The cluster with its labels: those inside or near, and those near one that was taken."""
    taken = [t for t in labels if _reached(t, core, u)]
    box = union([core, *(t.box for t in taken)])
    waiting = [t for t in labels if t not in taken and not _beyond(t.box, grown(core, _chain(t, u)))]
    while near := [t for t in waiting if touch(t.box, box, max(LABEL_GAP * u, LABEL_EMS * t.size) / 2)]:
        waiting = [t for t in waiting if t not in near]
        taken += near
        box = union([box, *(t.box for t in near)])
    rasters = tuple(int(i) - paths for i in members if i >= paths)
    return Cluster(core, box, members[members < paths], rasters, tuple(taken))


def _reached(label: TextLine, core: Box, u: float) -> bool:
    """Whether a label lies at this core: beside it (names of nets, long and a little away), or right above or below.

    A line above or below that reaches far out sideways is a heading or text.
    """
    beside = label.box[1] < core[3] and label.box[3] > core[1]
    gap = max((SIDE_GAP if beside else LABEL_GAP) * u, LABEL_EMS * label.size)
    reach = LABEL_REACH * u if beside else _chain(label, u)
    return touch(label.box, core, gap) and not _beyond(label.box, grown(core, reach))


def _chain(label: TextLine, u: float) -> float:
    """How far out a label may lie that is held by others: three lines of it, or CHAIN_REACH."""
    return max(CHAIN_REACH * u, 3.5 * label.size)


def _beyond(box: Box, limit: Box) -> bool:
    return box[0] < limit[0] or box[1] < limit[1] or box[2] > limit[2] or box[3] > limit[3]


def _merged(clusters: list[Cluster], overlap: float) -> list[Cluster]:
    """Clusters whose boxes, labels counted, overlap are one figure."""
    done: list[Cluster] = []
    for cluster in clusters:
        while True:
            other = next((d for d in done if _overlap(d.box, cluster.box) > overlap), None)
            if other is None:
                break
            done.remove(other)
            cluster = joined(other, cluster)
        done.append(cluster)
    return done


def _overlap(a: Box, b: Box) -> float:
    """The share of the smaller one that lies in the other."""
    return area(common(a, b)) / max(min(area(a), area(b)), 1e-9)


def joined(a: Cluster, b: Cluster) -> Cluster:
    """Two clusters as one."""
    labels = tuple(dict.fromkeys((*a.labels, *b.labels)))
    paths = np.union1d(a.paths, b.paths)
    return Cluster(union([a.core, b.core]), union([a.box, b.box]), paths, (*a.rasters, *b.rasters), labels)


def _around(boxes: Boxes) -> Box:
    x0, y0 = boxes[:, :2].min(0).tolist()
    x1, y1 = boxes[:, 2:].max(0).tolist()
    return (x0, y0, x1, y1)
