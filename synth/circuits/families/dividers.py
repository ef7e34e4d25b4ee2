"""Voltage and current dividers."""

from __future__ import annotations

import random

from synth.circuits.layout import Sheet
from synth.circuits.values import E12, E24, pick

VOLTS = (1.5, 2, 3, 3.3, 4.5, 5, 6, 8, 9, 10, 12, 15, 18, 20, 24)
AMPS = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 6e-3, 10e-3, 20e-3, 50e-3, 0.1, 0.2, 0.5, 1, 2, 3)


def voltage_divider(rng: random.Random) -> Sheet:
    """Two to four resistors in series across a source, a tap named out, sometimes loaded."""
    s = Sheet("voltage_divider")
    n = rng.choice((2, 2, 2, 3, 4))
    series = rng.choice((E12, E24))
    base = pick(rng, 100, 47e3)
    top = 2.2 * n if n > 2 else 2.5 * n
    step = top / n
    s.two("voltage_source", (0, top), (0, 0), rng.choice(VOLTS))
    x = rng.choice((3, 3.5, 4))
    s.wire((0, top), (x, top))
    for i in range(n):
        y = top - i * step
        s.two("resistor", (x, y), (x, y - step), pick(rng, base / 3, base * 5, series))
    s.wire((0, 0), (x, 0))
    tap = top - step * rng.randint(1, n - 1)
    out = x + 1.2
    if rng.random() < 0.35:
        out = x + 4
        s.two("resistor", (x + 2.8, tap), (x + 2.8, 0), pick(rng, base, base * 20, series), side="right")
        s.wire((x, 0), (x + 2.8, 0))
        s.wire((x, tap), (x + 2.8, tap), (out, tap))
    else:
        s.wire((x, tap), (out, tap))
    s.port("out", (out, tap))
    s.inputs.append((0, top))
    if rng.random() < 0.7:
        s.ground((rng.choice((0, x)), 0))
    return s


def current_divider(rng: random.Random) -> Sheet:
    """A current source into two to four parallel branches."""
    s = Sheet("current_divider")
    n = rng.choice((2, 2, 3, 3, 4))
    step, top = rng.choice((2.4, 2.8)), 3
    base = pick(rng, 10, 10e3)
    ohms = [pick(rng, base / 2, base * 5, rng.choice((E12, E24))) for _ in range(n)]
    seen = 1 / sum(1 / r for r in ohms)
    s.two("current_source", (0, top), (0, 0), rng.choice([a for a in AMPS if 0.5 <= a * seen <= 40]))
    for i in range(n):
        x = step * (i + 1)
        s.wire((x - step, top), (x, top))
        s.wire((x - step, 0), (x, 0))
        s.two("resistor", (x, top), (x, 0), ohms[i])
    if rng.random() < 0.6:
        s.ground((step * rng.randint(0, n), 0))
    return s
