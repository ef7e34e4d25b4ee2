"""Half-wave and bridge rectifiers, from a transformer or straight from an AC source."""

from __future__ import annotations

import random

from synth.circuits.layout import Sheet
from synth.circuits.values import E12, E24, pick

AMPLITUDES = (5, 6, 8, 9, 10, 12, 15, 17, 18, 20, 24, 25, 30)
MAINS = (
    (311, 50, (10, 15, 20, 25)), (170, 60, (5, 8, 10, 12)), (100, 50, (4, 5, 8, 10)), (200, 50, (8, 10, 20)),
    (60, 60, (2, 3, 4, 5)), (10, 1000, (0.5, 1, 2)),
)  # fmt: skip
"""(amplitude in V, Hz, turns ratios) of a transformer's primary side."""
WINDING = 2.4
"""Height of a transformer: that of the rails it feeds."""


def _supply(s: Sheet, low: float, high: float, drops: float, rng: random.Random) -> float:
    """An AC source at the left, by a transformer or direct; returns the x where its ends arrive."""
    peak = rng.choice([v for v in AMPLITUDES if v >= 4 * drops])
    wound = high - low == WINDING
    freq = rng.choice((50, 50, 50, 60, 60, 400, 1000))
    s.inputs.append((0, high))
    if not wound:
        s.two("ac_source", (0, high), (0, low), peak, freq=freq, side="left")
        return 0.0
    volts, hertz, ratios = rng.choice(MAINS)
    s.two("ac_source", (0, high), (0, low), volts, freq=hertz, side="left")
    t = s.block("transformer", (2.2, (low + high) / 2), rng.choice(ratios), side="above")
    s.wire((0, high), t.pins["p1"])
    s.wire((0, low), t.pins["p2"])
    return t.pins["s1"][0]


def _load(s: Sheet, x: float, high: float, low: float, rng: random.Random) -> float:
    """A smoothing capacitor, sometimes, and the load, from x on; returns where the rails end."""
    if rng.random() < 0.5:
        s.two("capacitor", (x, high), (x, low), rng.choice((47e-6, 100e-6, 220e-6, 470e-6, 1000e-6)))
        x += 1.9
    s.two("resistor", (x, high), (x, low), pick(rng, 100, 10e3, rng.choice((E12, E24))))
    return x


def half_wave_rectifier(rng: random.Random) -> Sheet:
    """One diode between an AC source or a transformer and its load."""
    s = Sheet("half_wave_rectifier")
    top = rng.choice((WINDING, 3.0))
    x = _supply(s, 0, top, 0.7, rng)
    start, first = x + 0.4, x + 3.0
    s.wire((x, top), (start, top))
    s.two("diode", (start, top), (first - 0.4, top), 0.7)
    end = _load(s, first, top, 0, rng)
    s.wire((first - 0.4, top), (end, top), (end + 1.1, top))
    s.wire((x, 0), (end, 0))
    s.port("out", (end + 1.1, top))
    s.ground((rng.choice((first, end)), 0))
    return s


def full_wave_rectifier(rng: random.Random) -> Sheet:
    """A bridge, as a diamond or as two legs, its AC side from the left; grounds may spare a crossing."""
    return _diamond(rng) if rng.random() < 0.5 else _two_legs(rng)


def _diamond(rng: random.Random) -> Sheet:
    """AC to the upper and lower corner, the load between the right and the left one."""
    s = Sheet("full_wave_rectifier")
    wound, r = rng.random() < 0.5, 1.7
    half = WINDING / 2 if wound else r
    x = _supply(s, -half, half, 1.4, rng)
    cx = x + 3.4
    top, bottom, left, right = (cx, r), (cx, -r), (cx - r, 0.0), (cx + r, 0.0)
    for a, k in ((left, top), (left, bottom), (top, right), (bottom, right)):
        s.two("diode", a, k, 0.7)
    for sign, corner in ((1, top), (-1, bottom)):
        s.wire((x, sign * half), (x + 0.5, sign * half), (x + 0.5, sign * r), corner)
    crossing = rng.random() < 0.6
    high, low = (0.0, -r - 0.9) if crossing else (0.0, -2.4)
    load = right[0] + 1.0
    end = _load(s, load, high, low, rng)
    s.wire(right, (end, high), (end + 1.1, high))
    s.port("out", (end + 1.1, high))
    if crossing:
        s.wire(left, (left[0] - 0.4, 0), (left[0] - 0.4, low), (end, low))
        s.ground((rng.choice((load, end)), low))
    else:
        s.wire(left, (left[0] - 0.4, 0), (left[0] - 0.4, -0.3))
        for at in dict.fromkeys(((left[0] - 0.4, -0.3), (load, low), (end, low))):
            s.ground(at)
    return s


def _two_legs(rng: random.Random) -> Sheet:
    """Two legs of two diodes side by side, AC to their middles."""
    s = Sheet("full_wave_rectifier")
    wound = rng.random() < 0.5
    half = WINDING / 2 if wound else 1.3
    x = _supply(s, -half, half, 1.4, rng)
    first = x + 1.7
    second = first + 2.4
    jog = first - 0.9
    if rng.random() < 0.6:
        taps, joints, rails = (0.45, -0.45), (0.45, -0.85), (2.5, -2.9)
        s.wire((x, -half), (jog, -half), (jog, taps[1]), (second, taps[1]))
        s.wire((first, taps[0]), (first, joints[1]))
        s.wire((second, taps[0]), (second, taps[1]), (second, joints[1]))
    else:
        taps, joints, rails = (0.0, 0.0), (0.0, 0.0), (2.2, -2.2)
        under, around = rails[1] - 1.0, second + 0.9
        s.wire((x, -half), (x + 0.3, -half), (x + 0.3, under), (around, under), (around, 0), (second, 0))
    s.wire((x, half), (jog, half), (jog, taps[0]), (first, taps[0]))
    for leg in (first, second):
        s.two("diode", (leg, joints[0]), (leg, rails[0]), 0.7)
        s.two("diode", (leg, rails[1]), (leg, joints[1]), 0.7)
    s.wire((first, rails[1]), (second, rails[1]))
    load = second + (1.9 if taps[0] else 2.3)
    end = _load(s, load, rails[0], rails[1], rng)
    s.wire((first, rails[0]), (second, rails[0]), (end + 1.1, rails[0]))
    s.port("out", (end + 1.1, rails[0]))
    if taps[0]:
        s.wire((second, rails[1]), (end, rails[1]))
        s.ground((rng.choice((second, load, end)), rails[1]))
    else:
        s.ground(((first + second) / 2, rails[1]))
        for at in dict.fromkeys((load, end)):
            s.ground((at, rails[1]))
    return s
