"""Blocks of a schematic sheet: letters that are too small in a picture of the whole are large enough in a block."""

from __future__ import annotations

import math

from qa.picture_size import MAX_PIXELS
from synth.sources.pdf.boxes import area, share_of, touch
from synth.sources.pdf.clusters import Cluster, clusters_of
from synth.sources.pdf.furniture import is_figure, is_table, kept_paths
from synth.sources.pdf.layout import Layout
from synth.sources.pdf.render import Box

LEGIBLE = 9.0
"""Pixels of a letter's body below which reading it from the whole sheet is guessing."""
BORDER = 0.045
"""Share of the sheet at its edges that belongs to the frame and its numbers."""
LEAST_LABELS = 4
OVERLAP = 0.3
"""Share of the smaller of two boxes that must lie in the other for them to be one block."""
SHEET_GAP = 6.0
"""Points between strokes of one block: sheets are packed closer than pages of a book."""


def is_too_fine(layout: Layout, smallest_text: float | None, max_pixels: int = MAX_PIXELS) -> bool:
    """Whether the text of a whole sheet cannot be read within the budget."""
    scale = math.sqrt(max_pixels / (layout.width * layout.height))
    return smallest_text is not None and smallest_text * scale < LEGIBLE


def blocks_of(layout: Layout) -> list[Cluster]:
    """Parts of the sheet that stand apart, without frame, title block and the lines that divide it."""
    b = layout.paths
    width, height = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    dx, dy = BORDER * layout.width, BORDER * layout.height
    edge = (b[:, 2] < dx) | (b[:, 0] > layout.width - dx) | (b[:, 3] < dy) | (b[:, 1] > layout.height - dy)
    divides = ((height < 1) & (width > 0.2 * layout.width)) | ((width < 1) & (height > 0.2 * layout.height))
    keep = kept_paths(layout) & ~edge & ~divides
    title = (b[:, 0] > 0.68 * layout.width) & (b[:, 1] > 0.84 * layout.height)
    inner = (dx, dy, layout.width - dx, layout.height - dy)
    numbers = {i for i, t in enumerate(layout.lines) if not share_of(t.box, inner)}
    found = []
    for cluster in clusters_of(layout, keep & ~title, numbers, SHEET_GAP, OVERLAP):
        if area(cluster.box) > 0.6 * layout.width * layout.height or len(cluster.labels) < LEAST_LABELS:
            continue
        if is_figure(cluster, layout, captioned=False) and not is_table(cluster, layout):
            found.append(cluster)
    return found


LEANS = 2.0
"""Points between a label and the stroke it names."""


def strangers(block: Cluster, box: Box, blocks: list[Cluster], layout: Layout) -> tuple[Box, ...]:
    """Strokes and labels of other blocks that reach into `box`, the picture of `block`: cut in half, they would be
    asked about. What touches anything of the block itself stays."""
    near = [other for other in blocks if other is not block and touch(other.box, box)]
    theirs = [s for other in near for s in _strokes(other, layout)]
    own = _strokes(block, layout)
    claimed = {t for other in near for t in other.labels if _leans(t.box, theirs)}
    named = [t.box for t in block.labels if t not in claimed or _leans(t.box, own)]
    parts = [b for b in (*theirs, *(t.box for other in near for t in other.labels)) if touch(b, box)]
    return tuple(b for b in parts if not any(touch(b, o) for o in (*own, *named)))


def _strokes(block: Cluster, layout: Layout) -> list[Box]:
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in layout.paths[block.paths].tolist()]


def _leans(label: Box, strokes: list[Box]) -> bool:
    return any(touch(label, s, LEANS) for s in strokes)
