"""Resistor networks between a source and ground: ladders, and groups in series and in parallel."""

from __future__ import annotations

import random

from synth.circuits.families.exercise import Figures, until
from synth.circuits.layout import Point, Sheet

_STEP = 3.0
_TALL = 2.8


def ladder_network(rng: random.Random) -> Sheet:
    """Two to four sections of a series and a shunt resistor, driven by a source or open at terminals."""
    return until(lambda: _ladder(rng))


def series_parallel_network(rng: random.Random) -> Sheet:
    """One to three groups of parallel branches along the way from the source and back."""
    return until(lambda: _groups(rng))


def _ladder(rng: random.Random) -> Sheet:
    s, f = Sheet("resistor_network"), Figures(rng)
    sections = rng.choice((2, 2, 3, 3, 4))
    current = rng.random() < 0.25
    shunt_first = current or rng.random() < 0.15  # a resistor right across a voltage source is seldom drawn
    _source(s, f, current, (0, _TALL), (0, 0))
    x = 0.0
    joints: list[Point] = []
    if shunt_first:
        s.wire((0, _TALL), (_STEP, _TALL))
        s.wire((0, 0), (_STEP, 0))
        x = _STEP
        s.two("resistor", (x, _TALL), (x, 0), f.ohms())
        sections = min(sections, 3)
    returned = rng.random() < 0.15
    for i in range(sections):
        s.two("resistor", (x, _TALL), (x + _STEP, _TALL), f.ohms())
        if returned and i == sections - 1:
            s.two("resistor", (x, 0), (x + _STEP, 0), f.ohms())
        else:
            s.wire((x, 0), (x + _STEP, 0))
        x += _STEP
        s.two("resistor", (x, _TALL), (x, 0), f.ohms())
        joints.append((x, _TALL))
    _name(s, rng, joints)
    if rng.random() < 0.8:
        s.ground((rng.choice((0, _STEP)), 0))
    return s


def _source(s: Sheet, f: Figures, current: bool, plus: Point, minus: Point) -> None:
    if current:
        s.two("current_source", plus, minus, f.amps())
    else:
        s.two("voltage_source", plus, minus, f.volts())


def _name(s: Sheet, rng: random.Random, joints: list[Point]) -> None:
    """Labels some of the joints A, B, … or a, b, … or 1, 2, … in the order of the drawing."""
    if rng.random() < 0.3:
        return
    names = rng.choice(("ABCDE", "abcde", "ABCDE", "PQSTU"))
    most = min(len(joints), 3)
    chosen = sorted(rng.sample(range(len(joints)), rng.randint(1, most)))
    for name, i in zip(names, chosen, strict=False):
        s.label(name, joints[i], "dot")


def _groups(rng: random.Random) -> Sheet:
    """The source on the left; groups hang side by side from the top rail, joined in series by its pieces."""
    s, f = Sheet("resistor_network"), Figures(rng)
    current = rng.random() < 0.2
    groups = rng.choice((1, 1, 2))
    x, y, joints = 0.0, 0.0, list[Point]()
    tall = 5.0 if groups == 2 or rng.random() < 0.5 else 3.4
    _source(s, f, current, (0, tall), (0, 0))
    lead = rng.random() < 0.75
    widths = [rng.choice((2, 2, 3)) for _ in range(groups)]
    if lead:
        s.two("resistor", (0, tall), (3, tall), f.ohms())
        x = 3.0
    else:
        s.wire((0, tall), (2.4, tall))
        x = 2.4
    joints.append((x, tall))
    levels = [tall - i * tall / groups for i in range(groups + 1)]
    for g, branches in enumerate(widths):
        _group(s, f, rng, (x, levels[g]), levels[g + 1], branches)
        if g:
            joints.append((x, levels[g]))
    y = 0.0
    if rng.random() < 0.35 and lead:
        s.two("resistor", (x, y), (0, 0), f.ohms())
        joints.append((x, y))
        ground = (0.0, 0.0)
    else:
        s.wire((x, y), (0, 0))
        ground = (rng.choice((0.0, x)), 0.0)
    _name(s, rng, joints)
    if rng.random() < 0.7:
        s.ground(ground)
    return s


def _group(s: Sheet, f: Figures, rng: random.Random, top: Point, bottom: float, branches: int) -> None:
    """Parallel branches to the right of `top`, each of one resistor or, where there is room, of two in series."""
    x, y = top
    room = y - bottom >= 4.6
    for i in range(branches):
        at = x + 2.5 * i
        if i:
            s.wire((at - 2.5, y), (at, y))
            s.wire((at - 2.5, bottom), (at, bottom))
        if room and i and rng.random() < 0.6:
            middle = (y + bottom) / 2
            s.two("resistor", (at, y), (at, middle), f.ohms())
            s.two("resistor", (at, middle), (at, bottom), f.ohms())
        else:
            s.two("resistor", (at, y), (at, bottom), f.ohms())
