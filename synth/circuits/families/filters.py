"""First-order filters: RC and RL, low- and high-pass."""

from __future__ import annotations

import random

from synth.circuits.layout import Point, Sheet
from synth.circuits.values import E12, E24, pick

Value = tuple[str, float]


def _ell(function: str, series: Value, shunt: Value, rng: random.Random) -> Sheet:
    """A series part, then a shunt part to ground: driven from a terminal or a source, sometimes loaded."""
    s = Sheet(function)
    top = 2.6
    start: Point = (0, top)
    s.two(series[0], start, (3, top), series[1])
    s.two(shunt[0], (3, top), (3, 0), shunt[1])
    s.wire((3, top), (4.8, top))
    if rng.random() < 0.5:
        s.two("ac_source", start, (0, 0), rng.choice((1, 2, 5, 10)), freq=pick(rng, 100, 1e5, (10, 20, 50)))
        s.wire((0, 0), (3, 0))
        s.port("out", (4.8, top))
        s.inputs.append(start)
        s.ground((rng.choice((0, 3)), 0))
    elif rng.random() < 0.5:
        s.port("in", start)
        s.port("out", (4.8, top))
        s.ground((3, 0))
    else:
        s.port("in", start)
        s.port("out", (4.8, top))
        s.wire((0, 0), (3, 0), (4.8, 0))
        s.label("", (0, 0), "open")
        s.label("", (4.8, 0), "open")
        s.ground((3, 0))
    return s


def _values(rng: random.Random) -> tuple[Value, Value]:
    return ("resistor", pick(rng, 100, 100e3, E24)), ("capacitor", pick(rng, 1e-9, 10e-6, E12))


def rc_low_pass(rng: random.Random) -> Sheet:
    """R in series, C to ground."""
    r, c = _values(rng)
    return _ell("rc_low_pass", r, c, rng)


def rc_high_pass(rng: random.Random) -> Sheet:
    """C in series, R to ground."""
    r, c = _values(rng)
    return _ell("rc_high_pass", c, r, rng)


def _rl(rng: random.Random) -> tuple[Value, Value]:
    return ("resistor", pick(rng, 10, 10e3, E24)), ("inductor", pick(rng, 10e-6, 0.1, E12))


def rl_low_pass(rng: random.Random) -> Sheet:
    """L in series, R to ground."""
    r, ind = _rl(rng)
    return _ell("rl_low_pass", ind, r, rng)


def rl_high_pass(rng: random.Random) -> Sheet:
    """R in series, L to ground."""
    r, ind = _rl(rng)
    return _ell("rl_high_pass", r, ind, rng)
