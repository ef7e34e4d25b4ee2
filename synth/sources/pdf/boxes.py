"""Boxes (x0, y0, x1, y1) put together and compared."""

from __future__ import annotations

from collections.abc import Iterable

from synth.sources.pdf.render import Box


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all; there must be one."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def grown(box: Box, by: float) -> Box:
    """The box with a margin all around."""
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def area(box: Box) -> float:
    """In square points; 0 for a box turned inside out."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def common(a: Box, b: Box) -> Box:
    """What both cover, turned inside out where that is nothing."""
    return (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))


def touch(a: Box, b: Box, gap: float = 0.0) -> bool:
    """Whether they overlap, or lie within `gap` points of each other."""
    return a[0] - gap <= b[2] and b[0] - gap <= a[2] and a[1] - gap <= b[3] and b[1] - gap <= a[3]


def share_of(a: Box, b: Box) -> float:
    """The share of `a` that lies in `b`."""
    return area(common(a, b)) / max(area(a), 1e-9)


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    both = area(common(a, b))
    return both / max(area(a) + area(b) - both, 1e-9)


def within(box: Box, width: float, height: float) -> Box:
    """The box cut at the edges of a page."""
    return (max(0.0, box[0]), max(0.0, box[1]), min(width, box[2]), min(height, box[3]))
