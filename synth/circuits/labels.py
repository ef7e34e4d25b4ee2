"""Where labels go: the first place beside a part or point where nothing else is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from synth.circuits import text
from synth.circuits.symbols import Box

LEADING = 1.08
"""Line height in font sizes."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A printed label: lines from top to bottom in a box, in px, y downward."""

    lines: tuple[str, ...]
    box: Box
    align: str
    owner: str
    """What it names: a part's number `part:3`, a point `net:1`, …"""
    clear: bool = True
    """False: no free place was found and this is the least bad one."""

    def line_box(self, index: int, width: float, size: float) -> Box:
        """Where line `index` of this width stands, its letters `size` px high."""
        x0, y0, x1, _ = self.box
        x = {"left": x0, "right": x1 - width, "center": (x0 + x1 - width) / 2}[self.align]
        y = y0 + LEADING * size * index
        return x, y, x + width, y + size


@dataclass(frozen=True, slots=True)
class Spot:
    """A candidate: lines with the corner of their box and their alignment."""

    lines: tuple[str, ...]
    x: float
    y: float
    align: str
    inside: bool = False
    """Inside its owner's body, which is then no obstacle."""


@dataclass(slots=True)
class Field:
    """What is drawn already. Bodies are kept apart: a label must be nearest to its own."""

    font: str
    size: float
    lines: list[Box] = field(default_factory=list)
    bodies: dict[str, Box] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    pad: float = 4.0
    subscript: bool = False

    def extent(self, lines: Sequence[str]) -> tuple[float, float]:
        """Width and height of a label, in px."""
        return max(text.width(s, self.font, self.size, self.subscript) for s in lines), height(len(lines), self.size)

    def put(self, owner: str, spots: Iterable[Spot]) -> Placed:
        """Places a label at the first free spot, else at the least crowded one."""
        best: tuple[float, Placed] | None = None
        for spot in spots:
            w, h = self.extent(spot.lines)
            box = (spot.x, spot.y, spot.x + w, spot.y + h)
            cost = self._cost(box, owner, spot.inside)
            if best is None or cost < best[0]:
                best = (cost, Placed(spot.lines, box, spot.align, owner, cost == 0))
            if cost == 0:
                break
        if best is None:
            raise ValueError(f"{owner}: a label without a place to try")
        self.placed.append(best[1])
        return best[1]

    def _cost(self, box: Box, owner: str, inside: bool) -> float:
        grown = (box[0] - self.pad, box[1] - self.pad, box[2] + self.pad, box[3] + self.pad)
        cost = sum(overlap(grown, other) for other in self.lines)
        cost += sum(overlap(grown, p.box) for p in self.placed)
        own = self.bodies.get(owner)
        near = gap(box, own) if own else None
        for name, body in self.bodies.items():
            if name == owner:
                cost += 0 if inside else overlap(grown, body)
            elif near is not None and gap(box, body) < near + 1:
                cost += 50 + overlap(grown, body)
            else:
                cost += overlap(grown, body)
        return cost

    def collisions(self) -> list[str]:
        """What a label overlaps although it should not; empty for a good drawing."""
        found = []
        for i, label in enumerate(self.placed):
            name = "/".join(label.lines)
            found += [f"{name} on a wire" for other in self.lines if overlap(label.box, other)]
            found += [
                f"{name} on {owner}"
                for owner, body in self.bodies.items()
                if owner != label.owner and overlap(label.box, body)
            ]
            found += [f"{name} on {'/'.join(o.lines)}" for o in self.placed[:i] if overlap(label.box, o.box)]
            if not label.clear:
                found.append(f"{name} has no free place")
        return found


def height(lines: int, size: float) -> float:
    """Height of a label of so many lines, in px."""
    return size * (text.ASCENT + text.DESCENT + LEADING * (lines - 1))


def overlap(a: Box, b: Box) -> float:
    """Area two boxes share."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    if w <= 0:
        return 0.0
    h = min(a[3], b[3]) - max(a[1], b[1])
    return w * h if h > 0 else 0.0


def gap(a: Box, b: Box) -> float:
    """Distance between two boxes, 0 where they touch."""
    dx = max(a[0] - b[2], b[0] - a[2], 0.0)
    dy = max(a[1] - b[3], b[1] - a[3], 0.0)
    return (dx * dx + dy * dy) ** 0.5


def beside(
    field_: Field, box: Box, forms: Sequence[tuple[str, ...]], sides: Sequence[str], off: float
) -> Iterator[Spot]:
    """Spots along the sides of a box, the wanted form and side first, then shifted along the side."""
    x0, y0, x1, y1 = box
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    for shift, near in ((0.0, 1.0), (0.0, 0.6), (-0.5, 1.0), (0.5, 1.0), (-1.0, 1.0), (1.0, 1.0)):
        away = off * near
        for lines in forms:
            w, h = field_.extent(lines)
            for side in sides:
                if side in ("above", "below"):
                    slack = max(w, x1 - x0) / 2 + off
                    y = y0 - away - h if side == "above" else y1 + away
                    yield Spot(lines, cx - w / 2 + shift * slack, y, "center")
                else:
                    slack = max(h, y1 - y0) / 2 + off
                    x = x1 + away if side == "right" else x0 - away - w
                    align = "left" if side == "right" else "right"
                    yield Spot(lines, x, cy - h / 2 + shift * slack, align)


def around(field_: Field, box: Box, lines: tuple[str, ...], off: float, first: str = "") -> Iterator[Spot]:
    """Spots around a point's mark: the wanted side, the corners, then the sides."""
    x0, y0, x1, y1 = box
    w, h = field_.extent(lines)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    places = {
        "above": (cx - w / 2, y0 - off - h),
        "left": (x0 - off - w, cy - h / 2),
        "right": (x1 + off, cy - h / 2),
        "below": (cx - w / 2, y1 + off),
        "above left": (x0 - off / 2 - w, y0 - off / 2 - h),
        "above right": (x1 + off / 2, y0 - off / 2 - h),
        "below left": (x0 - off / 2 - w, y1 + off / 2),
        "below right": (x1 + off / 2, y1 + off / 2),
    }
    for name in [first, *places] if first else places:
        yield Spot(lines, *places[name], "center")
