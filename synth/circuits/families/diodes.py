"""Diodes at work: LEDs with series resistors, half-wave and bridge rectifiers."""

from __future__ import annotations

import random

from synth.circuits.layout import Sheet
from synth.circuits.values import E12, E24, nearest, pick

LED_DROPS = (1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 3.0, 3.2)
VOLTS = (3.3, 5, 6, 9, 12, 15, 24)
AMPLITUDES = (5, 6, 8, 9, 10, 12, 15, 17, 18, 20, 24, 25, 30)
MAINS = (
    (311, 50, (10, 15, 20, 25)), (170, 60, (5, 8, 10, 12)), (100, 50, (4, 5, 8, 10)), (200, 50, (8, 10, 20)),
    (60, 60, (2, 3, 4, 5)), (10, 1000, (0.5, 1, 2)),
)  # fmt: skip
"""(amplitude in V, Hz, turns ratios) of a transformer's primary side."""
WINDING = 2.4
"""Height of a transformer: that of the rails it feeds."""


def led_driver(rng: random.Random) -> Sheet:
    """LEDs from a DC source: a string with one resistor, or two to three branches with one each."""
    s = Sheet("led_driver")
    drop = rng.choice(LED_DROPS)
    if rng.random() < 0.35:
        return _led_branches(s, drop, rng)
    n = rng.choice((1, 1, 1, 2, 2, 3))
    supply = rng.choice([v for v in VOLTS if v >= n * drop + 1.2])
    ohms = nearest((supply - n * drop) / rng.uniform(4e-3, 18e-3), rng.choice((E12, E24)))
    step = 2.2
    upright = n == 1 or rng.random() < 0.6
    top = step * (n + rng.choice((0, 1))) if upright else 3.0
    top = max(top, 2.8)
    s.two("voltage_source", (0, top), (0, 0), supply)
    s.inputs.append((0, top))
    if upright and top >= step * (n + 1):  # everything in the right column
        x = 2.8
        s.wire((0, top), (x, top))
        kinds = ["resistor", *["led"] * n]
        if rng.random() < 0.3:
            kinds.reverse()
        pitch = top / (n + 1)
        for i, kind in enumerate(kinds):
            y = top - i * pitch
            s.two(kind, (x, y), (x, y - pitch), ohms if kind == "resistor" else drop)
        node = (x, top - pitch)
    elif upright:  # the resistor on top, the LEDs in the right column
        x = 3.2
        s.two("resistor", (0, top), (x, top), ohms)
        pitch = top / n
        for i in range(n):
            s.two("led", (x, top - i * pitch), (x, top - (i + 1) * pitch), drop)
        node = (x, top)
    else:  # the LEDs in a row, the resistor at the right
        pitch = 2.3
        for i in range(n):
            s.two("led", (i * pitch, top), ((i + 1) * pitch, top), drop, side="below")
        x = n * pitch
        s.two("resistor", (x, top), (x, 0), ohms)
        node = (x, top)
    s.wire((0, 0), (x, 0))
    if rng.random() < 0.6:
        s.ground((rng.choice((0, x)), 0))
        if rng.random() < 0.5:
            s.label(rng.choice("aAP"), node)
    return s


def _led_branches(s: Sheet, drop: float, rng: random.Random) -> Sheet:
    n = rng.choice((2, 2, 3))
    supply = rng.choice([v for v in VOLTS if drop + 1.2 <= v <= 15])
    top, step = 4.4, 2.3
    flipped = rng.random() < 0.3
    one_value = rng.random() < 0.3
    common = nearest((supply - drop) / rng.uniform(4e-3, 15e-3))
    s.two("voltage_source", (0, top), (0, 0), supply)
    s.inputs.append((0, top))
    for i in range(1, n + 1):
        x = step * i
        s.wire((x - step, top), (x, top))
        s.wire((x - step, 0), (x, 0))
        volts = drop if one_value else rng.choice([d for d in LED_DROPS if d <= supply - 1])
        ohms = common if one_value else nearest((supply - volts) / rng.uniform(3e-3, 18e-3), E24)
        parts = [("led", volts), ("resistor", ohms)] if flipped else [("resistor", ohms), ("led", volts)]
        for j, (kind, value) in enumerate(parts):
            s.two(kind, (x, top - 2.2 * j), (x, top - 2.2 * (j + 1)), value)
    if rng.random() < 0.7:
        s.ground((step * rng.randint(0, n), 0))
        if rng.random() < 0.4:
            s.label("a", (step, 2.2))
    return s


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
    top = rng.choice((WINDING, WINDING, 3.0))
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
    """A bridge of two legs, its AC side from the left; one rail below, or grounds that spare a crossing."""
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
        for at in {load, end}:
            s.ground((at, rails[1]))
    return s
