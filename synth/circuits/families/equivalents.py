"""Networks with open terminals a and b: exercises for Thevenin's and Norton's theorems."""

from __future__ import annotations

import random

from synth.circuits.families.exercise import Figures, lively, numbered, until
from synth.circuits.layout import Point, Sheet
from synth.circuits.solver import SolveError, dc

_WIDE = 3.0
_NAMES = ("ab", "AB", "ab", "AB", "12")


def thevenin(rng: random.Random) -> Sheet:
    """One or two sources, mostly of voltage, behind terminals that are open or feed a load."""
    return _until_worth(rng, "thevenin", 0.25)


def norton(rng: random.Random) -> Sheet:
    """One or two sources, mostly of current, behind terminals that are open or feed a load."""
    return _until_worth(rng, "norton", 0.75)


def _until_worth(rng: random.Random, function: str, currents: float) -> Sheet:
    ends: list[tuple[Point, Point]] = [((0, 0), (0, 0))]

    def build() -> Sheet:
        s, ends[0] = _network(rng, function, currents)
        return s

    return until(build, lambda s: _worth(s, *ends[0]))


def _worth(s: Sheet, a: Point, b: Point) -> bool:
    """Two resistors at least, nothing idle with a load, and no source without a say at the terminals."""
    if sum(p.kind == "resistor" and not p.ref for p in s.parts) < 2:
        return False
    opened = all(x.mark == "open" for x in s.labels)
    if not lively(s, (a, b) if opened else None):
        return False
    circuit, nets = numbered(s), s.nets()
    try:
        now = dc(circuit).voltage(nets[a], nets[b])
        for c in circuit.of_kind("voltage_source", "current_source"):
            without = dc(circuit.with_component(c.ref, value=0.0)).voltage(nets[a], nets[b])
            if abs(now - without) < 0.05 * abs(now):
                return False
    except SolveError:
        return False
    return abs(now) > 0


def _network(rng: random.Random, function: str, currents: float) -> tuple[Sheet, tuple[Point, Point]]:
    s, f = Sheet(function), Figures(rng)
    columns = rng.choice((2, 2, 3))
    stacked = rng.random() < 0.45
    tall = 4.6 if stacked else 3.0
    second = rng.random() < 0.45
    driven = {0, rng.randint(1, columns - 1)} if second else {0}
    for i in range(columns):
        x = i * _WIDE
        current = rng.random() < currents
        alone = _upright(s, f, rng, x, tall, i in driven, stacked, current)
        if i + 1 < columns:
            # a bare source must not sit right across its neighbour
            bare = (current and i in driven and rng.random() < 0.5) or (not alone and rng.random() < 0.4)
            _link(s, f, rng, x, tall, bare)
            s.wire((x, 0), (x + _WIDE, 0))
    x = (columns - 1) * _WIDE
    end = x + (_WIDE if rng.random() < 0.6 else 1.6)
    if end - x == _WIDE:
        s.two("resistor", (x, tall), (end, tall), f.ohms())
    else:
        s.wire((x, tall), (end, tall))
    s.wire((x, 0), (end, 0))
    return s, _terminals(s, f, rng, end, tall)


def _upright(
    s: Sheet, f: Figures, rng: random.Random, x: float, tall: float, driven: bool, stacked: bool, current: bool
) -> bool:
    """One branch between the rails. Returns whether it is an ideal source with nothing in series."""
    if not driven:
        s.two("resistor", (x, tall), (x, 0), f.ohms())
        return False
    if current:
        s.two("current_source", (x, tall), (x, 0), f.amps())
        return True
    half = tall / 2 if stacked else tall
    if stacked:
        s.two("resistor", (x, tall), (x, half), f.ohms())
    s.two("voltage_source", (x, half), (x, 0), f.volts())
    return not stacked


def _link(s: Sheet, f: Figures, rng: random.Random, x: float, tall: float, bare: bool) -> None:
    if bare:
        s.wire((x, tall), (x + _WIDE, tall))
    else:
        s.two("resistor", (x, tall), (x + _WIDE, tall), f.ohms())


def _terminals(s: Sheet, f: Figures, rng: random.Random, x: float, tall: float) -> tuple[Point, Point]:
    """Open ends named a and b, or the same with a load between them."""
    names = rng.choice(_NAMES)
    a, b = (x, tall), (x, 0.0)
    if rng.random() < 0.3:
        beyond = x + 1.4
        s.wire(a, (beyond, tall))
        s.wire(b, (beyond, 0))
        s.two("resistor", (beyond, tall), (beyond, 0), f.ohms(), ref="RL")
        s.label(names[0], a, "dot")
        s.label(names[1], b, "dot")
    else:
        s.label(names[0], a, "open")
        s.label(names[1], b, "open")
    return a, b
