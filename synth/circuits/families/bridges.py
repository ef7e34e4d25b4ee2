"""Wheatstone bridges, drawn upright or as a diamond, the detector branch a resistor or open."""

from __future__ import annotations

import random

from synth.circuits.families.exercise import Figures, until
from synth.circuits.layout import Point, Sheet


def wheatstone_bridge(rng: random.Random) -> Sheet:
    """Four arms, a source, a resistor or open terminals between the midpoints; seldom balanced."""
    if rng.random() < 0.06:
        return _bridge(rng, balanced=True)
    return until(lambda: _bridge(rng))


def _bridge(rng: random.Random, balanced: bool = False) -> Sheet:
    s, f = Sheet("wheatstone_bridge"), Figures(rng)
    diamond = rng.random() < 0.5
    series = rng.random() < 0.3
    opened = rng.random() < 0.4 and not balanced
    x = 3.4 if series else 2.6
    wide = 6.0 if diamond else 3.2
    tall = 5.8 if diamond else 5.0
    top: Point = (x + wide / 2, tall) if diamond else (x, tall)
    bottom: Point = (top[0], 0.0)
    left, right = (x, tall / 2), (x + wide, tall / 2)
    arms = [f.ohms() for _ in range(4)]
    if balanced:
        ratio = rng.choice((1.0, 2.0, 2.0, 3.0))
        arms[2:] = [float(f"{r * ratio:.6g}") for r in arms[:2]]
    s.two("voltage_source", (0, tall), (0, 0), f.volts())
    if series:
        s.two("resistor", (0, tall), (3, tall), f.ohms())
        s.wire((3, tall), top)
    else:
        s.wire((0, tall), top)
    s.wire((0, 0), bottom)
    if diamond:
        ends = [(top, left), (left, bottom), (top, right), (right, bottom)]
    else:
        s.wire(top, (right[0], tall))
        s.wire(bottom, (right[0], 0))
        ends = [(top, left), (left, bottom), ((right[0], tall), right), (right, (right[0], 0))]
    for (a, b), ohms in zip(ends, (arms[0], arms[1], arms[2], arms[3]), strict=True):
        s.two("resistor", a, b, ohms, side=_outside(a, b, x + wide / 2) if diamond else "")
    _between(s, f, rng, left, right, opened)
    if rng.random() < 0.75:
        s.ground((rng.choice((0.0, bottom[0])), 0))
    return s


def _outside(a: Point, b: Point, middle: float) -> str:
    return "left" if (a[0] + b[0]) / 2 < middle else "right"


def _between(s: Sheet, f: Figures, rng: random.Random, left: Point, right: Point, opened: bool) -> None:
    """The detector: a resistor, or two terminals with a gap."""
    names = rng.choice(("ab", "AB", "ab", "CD"))
    if not opened:
        s.two("resistor", left, right, f.ohms())
        if rng.random() < 0.6:
            s.label(names[0], left)
            s.label(names[1], right)
        return
    for name, (x, y), step in ((names[0], left, 0.9), (names[1], right, -0.9)):
        s.wire((x, y), (x + step, y))
        s.label(name, (x + step, y), "open")
