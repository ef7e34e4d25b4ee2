"""LEDs with their series resistors."""

from __future__ import annotations

import random

from synth.circuits.layout import Sheet
from synth.circuits.values import E12, E24, nearest

LED_DROPS = (1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 3.0, 3.2)
VOLTS = (3.3, 5, 6, 9, 12, 15, 24)


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
