"""A sheet: a circuit as it is drawn, on a grid, with the nets read off the drawing itself.

Parts, wires, labels and ground symbols are placed at points; what touches is connected. The netlist is never
written down a second time, so it cannot disagree with the picture.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from synth.circuits.netlist import GROUND, KINDS, Circuit, Component, Shown
from synth.circuits.symbols import Point
from synth.circuits.symbols import block as block_symbol

Segment = tuple[Point, Point]
Role = Literal["", "in", "out"]
Mark = Literal["none", "dot", "open"]


@dataclass(frozen=True, slots=True)
class Part:
    """A placed part. Two-terminal parts run from their first to their second pin."""

    kind: str
    pins: Mapping[str, Point]
    ref: str = ""
    value: float | None = None
    params: Mapping[str, float] = field(default_factory=dict)
    at: Point = (0.0, 0.0)
    mirror: bool = False
    flip: bool = False
    side: str = ""
    """Where its label should rather stand: left, right, above, below."""

    @property
    def is_block(self) -> bool:
        """Whether it has a fixed outline with pins, rather than being stretched between two points."""
        return len(self.pins) > 2 or self.kind == "not_gate"

    @property
    def slanted(self) -> bool:
        """Whether it is stretched between two points that are neither level nor upright: the arm of a bridge."""
        (ax, ay), (bx, by), *more = self.pins.values()
        return not more and ax != bx and ay != by

    def lead(self, pin: str) -> Segment:
        """The conductor from the body to a block's pin (a point twice where the pin lies on the body)."""
        native = KINDS[self.kind].pins
        symbol = block_symbol(self.kind)
        for start, end in symbol.leads:
            if end == symbol.pins[pin] and pin in native:
                return self._placed(start), self._placed(end)
        return self.pins[pin], self.pins[pin]

    def _placed(self, p: Point) -> Point:
        x, y = (-p[0] if self.mirror else p[0]), (-p[1] if self.flip else p[1])
        return _pt((self.at[0] + x, self.at[1] + y))


@dataclass(frozen=True, slots=True)
class Label:
    """A name printed at a point of a net."""

    text: str
    at: Point
    role: Role = ""
    """`in` and `out` are printed in the style's words (Vin, ui, 输入) unless `text` is given."""
    mark: Mark = "open"


@dataclass(slots=True)
class Sheet:
    """A drawing being built: place parts, join them, name what matters."""

    function: str
    parts: list[Part] = field(default_factory=list)
    wires: list[Segment] = field(default_factory=list)
    grounds: list[Point] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    inputs: list[Point] = field(default_factory=list)
    output: Point | None = None
    output_ref: Point | None = None
    reference: Point | None = None
    """A point of the net named `0` where no ground symbol is drawn."""
    mirrorable: bool = True

    # -- placing ---------------------------------------------------------------------------------------
    def two(
        self,
        kind: str,
        a: Point,
        b: Point,
        value: float | None = None,
        ref: str = "",
        side: str = "",
        **params: float,
    ) -> Part:
        """A two-terminal part whose first pin is at `a` and second at `b`, along the grid or slanted."""
        first, second = KINDS[kind].pins
        return self._add(Part(kind, {first: _pt(a), second: _pt(b)}, ref, value, params, side=side))

    def block(
        self,
        kind: str,
        at: Point,
        value: float | None = None,
        ref: str = "",
        mirror: bool = False,
        flip: bool = False,
        side: str = "",
        **params: float,
    ) -> Part:
        """A part with three or more pins, its symbol's origin at `at`; read the pins off what is returned."""
        bare = Part(kind, {}, ref, value, params, _pt(at), mirror, flip, side)
        symbol = block_symbol(kind)
        return self._add(replace(bare, pins={p: bare._placed(symbol.pins[p]) for p in KINDS[kind].pins}))

    def _add(self, part: Part) -> Part:
        self.parts.append(part)
        return part

    def wire(self, *points: Point) -> None:
        """A polyline of conductors along the grid."""
        for a, b in pairwise(points):
            if a != b:
                self.wires.append((_pt(a), _pt(b)))

    def ground(self, at: Point) -> None:
        """A ground symbol hanging from a point; all of them are one net."""
        self.grounds.append(_pt(at))

    def label(self, text: str, at: Point, mark: Mark = "dot") -> None:
        """A net's name, e.g. `a`."""
        self.labels.append(Label(text, _pt(at), "", mark))

    def port(self, role: Literal["in", "out"], at: Point, text: str = "") -> None:
        """An input or output terminal: an open circle with a name."""
        self.labels.append(Label(text, _pt(at), role, "open"))
        if role == "in":
            self.inputs.append(_pt(at))
        else:
            self.output = _pt(at)

    # -- finishing -------------------------------------------------------------------------------------
    def number(self, rng: random.Random, prefixes: Mapping[str, str] | None = None) -> None:
        """Gives every part without a reference designator one: in reading order, or shuffled, or sparse."""
        prefixes = prefixes or {}
        how = rng.random()
        counts: dict[str, list[int]] = {}
        for i, part in enumerate(self.parts):
            if not part.ref:
                counts.setdefault(prefixes.get(part.kind, KINDS[part.kind].prefix), []).append(i)
        taken = {p.ref for p in self.parts}
        for prefix, members in counts.items():
            free = [n for n in range(1, 40) if f"{prefix}{n}" not in taken]
            numbers = free[: len(members)]
            if how > 0.6:
                rng.shuffle(numbers)
            if how > 0.85:
                numbers = rng.sample(free[: len(members) + 6], len(members))
            for i, n in zip(members, numbers, strict=True):
                self.parts[i] = replace(self.parts[i], ref=f"{prefix}{n}")

    def mirrored(self) -> Sheet:
        """The same circuit with left and right exchanged; the netlist stays what it is."""

        def m(p: Point) -> Point:
            return _pt((-p[0], p[1]))

        swap = {"left": "right", "right": "left"}
        return Sheet(
            self.function,
            [
                replace(
                    p,
                    pins={k: m(v) for k, v in p.pins.items()},
                    at=m(p.at),
                    mirror=not p.mirror,
                    side=swap.get(p.side, p.side),
                )
                for p in self.parts
            ],
            [(m(a), m(b)) for a, b in self.wires],
            [m(p) for p in self.grounds],
            [replace(x, at=m(x.at)) for x in self.labels],
            [m(p) for p in self.inputs],
            self.output and m(self.output),
            self.output_ref and m(self.output_ref),
            self.reference and m(self.reference),
            self.mirrorable,
        )

    # -- reading the nets off the drawing --------------------------------------------------------------
    def nets(self) -> dict[Point, str]:
        """Every point something is placed at -> the net it is on."""
        parent: dict[Point, Point] = {p: p for p in self._points()}

        def find(p: Point) -> Point:
            while parent[p] != p:
                parent[p] = parent[parent[p]]
                p = parent[p]
            return p

        for a, b in self.wires:
            parent[find(a)] = find(b)
            for p in parent:
                if on_segment(p, (a, b)):
                    parent[find(p)] = find(b)
        for p in self.grounds:
            parent[find(p)] = find(self.grounds[0])
        zero = self.grounds[0] if self.grounds else self._reference()
        if not self.grounds and any(x.text and find(x.at) == find(zero) for x in self.labels if zero):
            zero = None  # it has a name of its own in the picture; nothing there says ground
        names: dict[Point, str] = {find(zero): GROUND} if zero is not None else {}
        for p in self._points():
            names.setdefault(find(p), f"n{len(names) + (zero is None)}")
        return {p: names[find(p)] for p in parent}

    def _points(self) -> Iterator[Point]:
        for part in self.parts:
            yield from part.pins.values()
        for wire in self.wires:
            yield from wire
        yield from self.grounds
        yield from (x.at for x in self.labels)

    def _reference(self) -> Point | None:
        if self.reference is not None:
            return _pt(self.reference)
        for part in self.parts:
            if "-" in part.pins and not part.is_block:
                return part.pins["-"]
        return self.parts[0].pins[KINDS[self.parts[0].kind].pins[-1]] if self.parts else None

    def circuit(self, name: str, shown_labels: Mapping[Point, str], refs: bool = True, values: bool = True) -> Circuit:
        """The netlist of what is drawn.

        `shown_labels`: what is printed at which labelled point (see `words.label_texts`). A ground symbol
        shows its net under the empty name `GND`; where none is drawn, net `0` is not in `Shown.nets`.
        """
        nets = self.nets()
        parts = [
            Component(p.kind, {pin: nets[at] for pin, at in p.pins.items()}, p.ref, p.value, dict(p.params))
            for p in self.parts
        ]
        printed = {nets[at]: text for at, text in shown_labels.items()}
        if self.grounds:
            printed[GROUND] = printed.get(GROUND) or "GND"
        return Circuit(
            name=name,
            components=tuple(parts),
            shown=Shown(refs, values, printed),
            function=self.function,
            inputs=tuple(nets[_pt(p)] for p in self.inputs),
            output=nets[_pt(self.output)] if self.output else "",
            output_ref=nets[_pt(self.output_ref)] if self.output_ref else GROUND,
        )


def _pt(p: Point) -> Point:
    # rounded, so that 3 + 2.4 - 2.4 is 3 again and what is meant to touch does; + 0.0 turns -0.0 into 0.0
    return round(float(p[0]), 6) + 0.0, round(float(p[1]), 6) + 0.0


def on_segment(p: Point, segment: Segment) -> bool:
    """Whether a point lies on an axis-parallel segment, its ends included; of a slanted one, the ends only."""
    (ax, ay), (bx, by) = segment
    if ax != bx and ay != by:
        return p in segment
    if ax == bx:
        return p[0] == ax and min(ay, by) <= p[1] <= max(ay, by)
    return p[1] == ay and min(ax, bx) <= p[0] <= max(ax, bx)
