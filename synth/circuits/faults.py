"""What can be wrong with a sheet although its netlist is sound: parts on parts, wires through parts, loose ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from synth.circuits.layout import Part, Segment, Sheet, on_segment
from synth.circuits.symbols import Box, Point
from synth.circuits.symbols import block as block_symbol

BODY_HALF_WIDTH = 0.28
"""Half the width of a stretched part's body, in drawing units."""
BODY_LENGTH = 1.0
"""Length of the body in the middle of a stretched part; the rest is lead."""


def faults(sheet: Sheet) -> list[str]:
    """Every layout fault of a sheet, a line each; empty for a good one."""
    return [*_short_or_loose(sheet), *_bodies_meet(sheet), *_wires_through(sheet), *_slanted(sheet)]


def body(part: Part) -> Box:
    """The box a part's body fills, in drawing units: x0, y0, x1, y1."""
    if part.is_block:
        x0, y0, x1, y1 = block_symbol(part.kind).box
        xs = sorted((-x if part.mirror else x) + part.at[0] for x in (x0, x1))
        ys = sorted((-y if part.flip else y) + part.at[1] for y in (y0, y1))
        return xs[0], ys[0], xs[1], ys[1]
    (ax, ay), (bx, by) = part.pins.values()
    cx, cy = (ax + bx) / 2, (ay + by) / 2
    along, across = BODY_LENGTH / 2, BODY_HALF_WIDTH
    if ax != bx and ay != by:
        along = across = 0.36  # what a slanted body fills of its upright box, near enough
    half_x, half_y = (along, across) if ay == by else (across, along)
    return cx - half_x, cy - half_y, cx + half_x, cy + half_y


def _short_or_loose(sheet: Sheet) -> Iterator[str]:
    nets = sheet.nets()
    labelled = {nets[x.at] for x in sheet.labels} | {nets[p] for p in sheet.grounds}
    on: Counter[str] = Counter()
    for part in sheet.parts:
        of_part = [nets[p] for p in part.pins.values()]
        on.update(of_part)
        if not part.is_block and len(set(of_part)) == 1:
            yield f"{part.kind} {part.ref} is shorted"
    for net, pins in on.items():
        if pins == 1 and net not in labelled:
            yield f"a pin hangs loose on {net}"


def _bodies_meet(sheet: Sheet) -> Iterator[str]:
    boxes = [(p, body(p)) for p in sheet.parts]
    for i, (a, box) in enumerate(boxes):
        for b, other in boxes[:i]:
            if _meet(box, other):
                yield f"{a.kind} {a.ref} lies on {b.kind} {b.ref}"


def _wires_through(sheet: Sheet) -> Iterator[str]:
    leads: list[tuple[Part | None, Segment]] = [(None, w) for w in sheet.wires]
    for part in sheet.parts:
        if not part.is_block:
            a, b = part.pins.values()
            if a[0] == b[0] or a[1] == b[1]:
                leads.append((part, (a, b)))
    for part in sheet.parts:
        shrunk = _shrunk(body(part), 0.05)
        for owner, (a, b) in leads:
            if owner is not part and _meet(shrunk, _line_box(a, b)):
                yield f"a wire or lead runs through {part.kind} {part.ref}"
        if part.is_block:
            continue
        p, q = part.pins.values()
        yield from (
            f"something joins the lead of {part.kind} {part.ref}"
            for x in sheet._points()
            if x not in (p, q) and on_segment(x, (p, q))
        )


def _slanted(sheet: Sheet) -> Iterator[str]:
    for a, b in sheet.wires:  # a slanted part is connected by its ends alone: the arm of a bridge
        if a[0] != b[0] and a[1] != b[1]:
            yield f"{a} to {b} is neither level nor upright, so nothing on it would be found connected"


def _line_box(a: Point, b: Point) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _shrunk(box: Box, by: float) -> Box:
    return box[0] + by, box[1] + by, box[2] - by, box[3] - by


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
