"""Meshes of resistors with one or two sources: exercises for mesh and nodal analysis."""

from __future__ import annotations

import random

from synth.circuits.families.exercise import Figures, until
from synth.circuits.layout import Point, Sheet

_WIDE = 3.0
_NAMES = ("ab", "AB", "ab", "AB", "PQ", "12")


def two_mesh(rng: random.Random) -> Sheet:
    """The exercise every textbook has: sources in the outer branches, resistors in all three."""
    return until(lambda: _meshes(rng, 2))


def mesh_grid(rng: random.Random) -> Sheet:
    """Three meshes in a row, or four in a square, with one or two sources."""
    return until(lambda: _meshes(rng, 3) if rng.random() < 0.6 else _square(rng))


def _meshes(rng: random.Random, count: int) -> Sheet:
    """Upright branches between two rails, the top one made of resistors or wire."""
    s, f = Sheet("resistor_network"), Figures(rng)
    stacked = rng.random() < 0.5  # source and resistor in one upright branch
    tall = 4.6 if stacked else 3.0
    sources = 1 if count == 3 and rng.random() < 0.4 else 2
    at = sorted(rng.sample(range(count + 1), sources)) if rng.random() < 0.4 else [0, count][:sources]
    links: list[bool] = []
    for i in range(count):
        x = i * _WIDE
        bare = (i in at or i + 1 in at) and stacked  # the resistor stands in the upright branch already
        links.append(not bare or rng.random() < 0.3)
        if links[-1]:
            s.two("resistor", (x, tall), (x + _WIDE, tall), f.ohms())
        else:
            s.wire((x, tall), (x + _WIDE, tall))
        if count == 3 and i == 1 and rng.random() < 0.2:
            s.two("resistor", (x, 0), (x + _WIDE, 0), f.ohms())
        else:
            s.wire((x, 0), (x + _WIDE, 0))
    for i in range(count + 1):
        _upright(s, f, rng, i * _WIDE, tall, i in at, stacked)
    inner = [i for i in range(count + 1) if i not in at or stacked]
    _mark(s, rng, [(i * _WIDE, tall) for i in inner if _apart(links, i, inner)])
    if rng.random() < 0.7:
        s.ground((_WIDE * rng.choice((0, 1)), 0))
    return s


def _apart(links: list[bool], i: int, inner: list[int]) -> bool:
    """Whether top point i is the first of those that bare wire joins, so that no node is named twice."""
    while i > 0 and not links[i - 1]:
        i -= 1
        if i in inner:
            return False
    return True


def _upright(s: Sheet, f: Figures, rng: random.Random, x: float, tall: float, driven: bool, stacked: bool) -> None:
    if not driven:
        s.two("resistor", (x, tall), (x, 0), f.ohms())
        return
    bottom = tall / 2 if stacked else tall
    if rng.random() < 0.2 and not stacked:
        s.two("current_source", (x, tall), (x, 0), f.amps())
        return
    plus, minus = (x, bottom), (x, 0.0)
    if rng.random() < 0.15:
        plus, minus = minus, plus
    if stacked:
        s.two("resistor", (x, tall), (x, bottom), f.ohms())
    s.two("voltage_source", plus, minus, f.volts())


def _mark(s: Sheet, rng: random.Random, points: list[Point]) -> None:
    """Names one or two of the points."""
    names = rng.choice(_NAMES)
    most = min(len(points), 2)
    if not most:
        return
    chosen = sorted(rng.sample(range(len(points)), rng.randint(1, most)))
    for name, i in zip(names, chosen, strict=False):
        s.label(name, points[i], "dot")


def _square(rng: random.Random) -> Sheet:
    """Two meshes over two: twelve branches, some of them bare wire or left out, a source in one or two."""
    s, f = Sheet("resistor_network"), Figures(rng)
    w, h = _WIDE, 2.8
    branches = [((c * w, r * h), ((c + 1) * w, r * h)) for r in (2, 1) for c in (0, 1)]
    branches += [((c * w, r * h), (c * w, (r - 1) * h)) for r in (2, 1) for c in (0, 1, 2)]
    bottom = [((c * w, 0.0), ((c + 1) * w, 0.0)) for c in (0, 1)]
    for a, b in bottom:
        s.wire(a, b)
    left = [((0.0, 2 * h), (0.0, h)), ((0.0, h), (0.0, 0.0))]
    driven = {rng.choice(left)}
    if rng.random() < 0.5:
        driven.add(rng.choice([((2 * w, 2 * h), (2 * w, h)), ((2 * w, h), (2 * w, 0.0))]))
    spare = [b for b in branches if b not in driven]
    bare = set(rng.sample(spare, 1))
    gone = set(rng.sample([b for b in spare if b not in bare], rng.choice((0, 1, 1, 2))))
    for a, b in branches:
        if (a, b) in driven:
            if rng.random() < 0.15:
                s.two("current_source", a, b, f.amps())
            else:
                s.two("voltage_source", a, b, f.volts())
        elif (a, b) in bare:
            s.wire(a, b)
        elif (a, b) not in gone:
            s.two("resistor", a, b, f.ohms())
    nets = s.nets()
    seen: dict[str, Point] = {}
    for p in ((w, h), (2 * w, 2 * h), (w, 2 * h), (2 * w, h), (0.0, h), (0.0, 2 * h)):
        if p in nets and nets[p] != nets.get((0.0, 0.0)):
            seen.setdefault(nets[p], p)
    _mark(s, rng, sorted(list(seen.values())[:3], key=lambda p: (-p[1], p[0])))
    if rng.random() < 0.75:
        s.ground((rng.choice((0.0, w)), 0.0))
    return s
