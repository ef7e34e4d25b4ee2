"""Captions of figures and tables, in English and Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass

from synth.sources.pdf.boxes import union
from synth.sources.pdf.layout import Layout
from synth.sources.pdf.render import Box

LONGEST = 500
"""Characters kept of a caption."""
REACH = 42.0
"""Points between a figure and its caption, at most."""

_NUMBER = r"\s*(?:[A-Z]{0,2}[-.\u2013]?\d+|[IVX]+\b)(?:[-.\u2013\u2014]\d+)*"
_FIGURE = re.compile(
    rf"(?:Fig(?:ure|\.)?|FIG(?:URE|\.)?|Schematic|Scheme|Diagram|Chart|Abb(?:ildung|\.)|\u56fe|\u5716){_NUMBER}"
)
_TABLE = re.compile(rf"(?:Tab(?:le|\.)|TABLE|Tabelle|\u8868){_NUMBER}")


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption with its lines."""

    box: Box
    text: str
    table: bool
    lines: frozenset[int]
    """Indexes into `Layout.lines`."""


def captions_of(layout: Layout) -> list[Caption]:
    """Captions of a page: a line that begins `Figure 3` or the like, with the lines of its block that follow."""
    found = []
    for i, line in enumerate(layout.lines):
        table = bool(_TABLE.match(line.text))
        if not table and not _begins_caption(line.text):
            continue
        taken = [i]
        for j in range(i + 1, len(layout.lines)):
            other, last = layout.lines[j], layout.lines[taken[-1]]
            if other.block != line.block or _FIGURE.match(other.text) or _TABLE.match(other.text):
                break
            if abs(other.size - line.size) > 1 or other.box[1] - last.box[3] > 0.8 * line.size:
                break
            taken.append(j)
        text = " ".join(" ".join(layout.lines[k].text for k in taken).split())
        box = union(layout.lines[k].box for k in taken)
        found.append(Caption(box, text[:LONGEST], table, frozenset(taken)))
    return found


def _begins_caption(text: str) -> bool:
    """`Figure 3. Buck converter`, not `Figure 3 shows how the converter …` in running text."""
    m = _FIGURE.match(text)
    if not m:
        return False
    rest = text[m.end() :].lstrip(" \u3000)")
    return not re.match(r"(?:shows?|is|are|and|illustrates?|depicts?|gives?|\u6240\u793a|\u4e2d|\u662f|\u4e3a)\b", rest)


def distance(caption: Box, figure: Box) -> float | None:
    """Points between a caption and the figure it may belong to; captions below count as nearer. None: not its own."""
    width = min(caption[2], figure[2]) - max(caption[0], figure[0])
    if width < 0.3 * min(caption[2] - caption[0], figure[2] - figure[0]):
        return None
    below, above = caption[1] - figure[3], figure[1] - caption[3]
    if below >= -4:
        return max(0.0, below)
    return above + 8 if above >= -4 else None
