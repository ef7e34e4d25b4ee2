"""Series and parallel RLC resonance."""

from __future__ import annotations

import math
import random

from synth.circuits.layout import Point, Sheet
from synth.circuits.values import E12, E24, nearest, pick

_TALL = 2.8


def _coil_and_capacitor(rng: random.Random) -> tuple[float, float, float]:
    """L, C with a resonance between 200 Hz and 5 MHz, and √(L/C)."""
    f0 = 10 ** rng.uniform(2.3, 6.7)
    reactance = 10 ** rng.uniform(1.5, 3.0)
    coil = nearest(reactance / (2 * math.pi * f0), rng.choice((E12, (10, 20, 50))))
    cap = nearest(1 / (2 * math.pi * f0 * reactance), E12)
    return coil, cap, math.sqrt(coil / cap)


def _near(rng: random.Random, coil: float, cap: float) -> float:
    """A round frequency in Hz not far from resonance."""
    f0 = 1 / (2 * math.pi * math.sqrt(coil * cap))
    return pick(rng, f0 / 3, f0 * 3, (10, 20, 50))


def series_rlc(rng: random.Random) -> Sheet:
    """R, L and C in one loop in any order; the output, where there is one, across the last of them."""
    s = Sheet("series_rlc")
    coil, cap, x = _coil_and_capacitor(rng)
    ohms = nearest(x / 10 ** rng.uniform(-0.2, 1.3), E24)
    parts = [("resistor", ohms), ("inductor", coil), ("capacitor", cap)]
    rng.shuffle(parts)
    source = rng.random() < 0.6
    out = rng.random() < (0.5 if source else 1.0)
    if source:
        s.two("ac_source", (0, _TALL), (0, 0), rng.choice((1, 2, 5, 10, 20)), freq=_near(rng, coil, cap))
        s.inputs.append((0, _TALL))
    else:
        s.port("in", (0, _TALL))
    s.two(parts[0][0], (0, _TALL), (3, _TALL), parts[0][1])
    s.two(parts[1][0], (3, _TALL), (6, _TALL), parts[1][1])
    s.two(parts[2][0], (6, _TALL), (6, 0), parts[2][1])
    end = 7.6 if out else 6.0
    if out:
        s.wire((6, _TALL), (end, _TALL))
        s.port("out", (end, _TALL))
    _return(s, rng, source, out, 6.0, end)
    return s


def _return(s: Sheet, rng: random.Random, source: bool, out: bool, x: float, end: float) -> None:
    """The way back below: a rail with terminals, or nothing but ground symbols."""
    if source:
        s.wire((0, 0), (x, 0))
        s.ground((rng.choice((0, x)), 0))
    elif rng.random() < 0.5:
        s.ground((x, 0))
    else:
        s.wire((0, 0), (x, 0), (end, 0))
        s.label("", (0, 0), "open")
        s.label("", (end, 0), "open")
        s.ground((x, 0))


def parallel_rlc(rng: random.Random) -> Sheet:
    """A tank of L and C, damped by the resistor it is fed through, by one across it, or by both."""
    s = Sheet("parallel_rlc")
    coil, cap, x = _coil_and_capacitor(rng)
    across = rng.random() < 0.5
    fed = nearest(x * 10 ** rng.uniform(0.2, 1.4), E24)
    source = rng.random() < 0.6
    if source:
        s.two("ac_source", (0, _TALL), (0, 0), rng.choice((1, 2, 5, 10, 20)), freq=_near(rng, coil, cap))
        s.inputs.append((0, _TALL))
    else:
        s.port("in", (0, _TALL))
    s.two("resistor", (0, _TALL), (3, _TALL), fed)
    tank = [("inductor", coil), ("capacitor", cap)]
    if across:
        tank.append(("resistor", nearest(x * 10 ** rng.uniform(0.3, 1.4), E24)))
    rng.shuffle(tank)
    at: Point = (3, _TALL)
    for i, (kind, value) in enumerate(tank):
        at = (3 + 2.4 * i, _TALL)
        if i:
            s.wire((at[0] - 2.4, _TALL), at)
            s.wire((at[0] - 2.4, 0), (at[0], 0))
        s.two(kind, at, (at[0], 0), value)
    end = at[0] + 1.6
    out = not source or rng.random() < 0.5
    if out:
        s.wire(at, (end, _TALL))
        s.port("out", (end, _TALL))
    if source:
        s.wire((0, 0), (3, 0))
        s.ground((rng.choice((0, 3, at[0])), 0))
    elif rng.random() < 0.5:
        s.ground((3, 0))
    else:
        s.wire((0, 0), (3, 0))
        s.wire((at[0], 0), (end, 0))
        s.label("", (0, 0), "open")
        s.label("", (end, 0), "open")
        s.ground((3, 0))
    return s
