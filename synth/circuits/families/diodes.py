"""Diodes at work: LEDs with series resistors, half-wave and bridge rectifiers."""

from __future__ import annotations

import random

from synth.circuits.layout import Sheet
from synth.circuits.values import E12, E24, nearest, pick

LED_DROPS = (1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 3.0, 3.2)
VOLTS = (3.3, 5, 6, 9, 12, 15, 24)
AMPLITUDES = (5, 6, 8, 9, 10, 12, 15, 17, 18, 20, 24, 25, 30)
RATIOS = (2, 4, 5, 8, 10, 12, 15, 20)


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


def _supply(s: Sheet, top: float, rng: random.Random, drops: float) -> float:
    """An AC source at the left, by a transformer or direct; returns the x where its upper end arrives."""
    peak = rng.choice([v for v in AMPLITUDES if v >= 4 * drops])
    freq = rng.choice((50, 50, 50, 60, 400, 1000))
    if rng.random() < 0.5:
        s.two("ac_source", (0, top), (0, 0), peak, freq=freq, side="left")
        s.inputs.append((0, top))
        return 0.0
    ratio = rng.choice(RATIOS)
    x, middle = 2.6, top / 2
    t = s.block("transformer", (x, middle), ratio, side="above")
    p1, p2, s1, s2 = (t.pins[p] for p in ("p1", "p2", "s1", "s2"))
    s.two("ac_source", (0, top), (0, 0), peak * ratio, freq=50 if ratio > 2 else freq, side="left")
    s.inputs.append((0, top))
    s.wire((0, top), (p1[0], top), p1)
    s.wire((0, 0), (p2[0], 0), p2)
    s.wire(s1, (s1[0], top))
    s.wire(s2, (s2[0], 0))
    return s1[0]


def _filter_and_load(s: Sheet, x: float, top: float, low: float, rng: random.Random) -> float:
    """A smoothing capacitor, sometimes, and the load, from x on; returns where the rails end."""
    if rng.random() < 0.5:
        s.two("capacitor", (x, top), (x, low), rng.choice((47e-6, 100e-6, 220e-6, 470e-6, 1000e-6)))
        x += 1.9
    s.two("resistor", (x, top), (x, low), pick(rng, 100, 10e3, rng.choice((E12, E24))))
    return x


def half_wave_rectifier(rng: random.Random) -> Sheet:
    """One diode between an AC source or a transformer and its load."""
    s = Sheet("half_wave_rectifier")
    top = rng.choice((3.0, 3.2))
    x = _supply(s, top, rng, 0.7)
    s.two("diode", (x + 0.2, top), (x + 2.4, top), 0.7)
    s.wire((x, top), (x + 0.2, top))
    first = x + 2.6
    end = _filter_and_load(s, first, top, 0, rng)
    s.wire((x + 2.4, top), (end, top), (end + 1.1, top))
    s.wire((x, 0), (end, 0))
    s.port("out", (end + 1.1, top))
    s.ground((rng.choice((x, end)), 0))
    return s


def full_wave_rectifier(rng: random.Random) -> Sheet:
    """A bridge as two legs of two diodes; its AC side comes from the left, its DC side leaves at the right."""
    s = Sheet("full_wave_rectifier")
    up = 2.3  # half of a leg
    span = 2 * up
    legs = rng.choice((2.2, 2.4))
    crossing = 0.75
    middle = up
    x = _supply(s, span if False else middle + crossing * 2, rng, 1.4)
    return _bridge(s, x, legs, up, middle + crossing * 2, rng)


def _bridge(s: Sheet, x: float, legs: float, up: float, top: float, rng: random.Random) -> Sheet:
    first = x + 1.6
    second = first + legs
    upper, lower = top / 2 + up + 0.1, top / 2 - up - 0.1
    high, low = top / 2 + 0.7, top / 2 - 0.7
    del high, low
    a, b = top / 2 + 0.5, top / 2 - 0.5
    for leg, tap in ((first, a), (second, b)):
        s.two("diode", (leg, tap), (leg, upper), 0.7)
        s.two("diode", (leg, lower), (leg, tap), 0.7)
    s.wire((x, top), (x, a), (first, a))
    s.wire((x, 0), (x, b), (second, b))
    return s
