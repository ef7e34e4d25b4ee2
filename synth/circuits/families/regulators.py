"""Regulators: a Zener diode with its series resistor, a three-terminal regulator with its capacitors."""

from __future__ import annotations

import random

from synth.circuits.layout import Sheet
from synth.circuits.values import E12, E24, nearest, pick

ZENERS = (3.3, 3.9, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1, 10, 12, 15)
REGULATORS = (5, 6, 8, 9, 12, 15)
SUPPLIES = (6, 7.5, 9, 10, 12, 15, 18, 20, 24, 28, 30)


def zener_regulator(rng: random.Random) -> Sheet:
    """Source, series resistor, Zener diode in breakdown; mostly a load, sometimes a capacitor across it."""
    s = Sheet("zener_regulator")
    vz = rng.choice(ZENERS)
    supply = rng.choice([v for v in SUPPLIES if 1.4 * vz <= v <= 3.2 * vz])
    total = rng.uniform(8e-3, 45e-3)
    series = nearest((supply - vz) / total, rng.choice((E12, E24)))
    total = (supply - vz) / series
    top = rng.choice((2.8, 3.0))
    split = rng.random() < 0.15  # two resistors before the diode
    s.two("voltage_source", (0, top), (0, 0), supply)
    x = 3.2
    if split:
        s.two("resistor", (0, top), (2.4, top), nearest(series * 0.45, E24))
        s.two("resistor", (2.4, top), (4.8, top), nearest(series * 0.55, E24))
        x = 4.8
    else:
        s.two("resistor", (0.2, top), (x - 0.2, top), series)
        s.wire((0, top), (0.2, top))
        s.wire((x - 0.2, top), (x, top))
    s.two("zener", (x, 0), (x, top), vz)
    s.wire((0, 0), (x, 0))
    end = x
    if rng.random() < 0.25:
        end += 1.9
        s.two("capacitor", (end, top), (end, 0), pick(rng, 1e-7, 100e-6, (10, 22, 47)))
    if rng.random() < 0.85:
        end += 2.0
        s.two("resistor", (end, top), (end, 0), nearest(vz / (total * rng.uniform(0.15, 0.7)), rng.choice((E12, E24))))
    s.wire((x, top), (end, top))
    s.wire((x, 0), (end, 0))
    if end == x or rng.random() < 0.6:
        s.wire((end, top), (end + 1.1, top))
        s.port("out", (end + 1.1, top))
    else:
        s.output = (end, top)
    s.inputs.append((0, top))
    if s.labels or rng.random() < 0.7:
        s.ground((rng.choice((0, x, end)), 0))
    return s


def linear_regulator(rng: random.Random) -> Sheet:
    """A 78xx between its capacitors, with a load: a resistor, or an LED with its own."""
    s = Sheet("linear_regulator")
    volts = rng.choice(REGULATORS)
    supply = rng.choice([v for v in SUPPLIES if volts + 2.5 <= v <= volts * 2 + 6])
    lit = rng.random() < 0.3
    top = 4.4 if lit else 3.0
    cap_in, cap_out = rng.random() < 0.8, rng.random() < 0.85
    s.two("voltage_source", (0, top), (0, 0), supply)
    x = 0.0
    if rng.random() < 0.25:
        x += 1.9
        s.two("capacitor", (x, top), (x, 0), rng.choice((100e-6, 220e-6, 470e-6, 1000e-6)))
    if cap_in:
        x += 1.9
        s.two("capacitor", (x, top), (x, 0), rng.choice((0.1e-6, 0.22e-6, 0.33e-6, 1e-6, 10e-6)))
    u = s.block("regulator", (x + 2.4, top), volts, side="above")
    s.wire((0, top), u.pins["in"])
    s.wire(u.pins["gnd"], (x + 2.4, 0))
    x = u.pins["out"][0] + (0.5 if cap_out else 0)
    if cap_out:
        s.two("capacitor", (x, top), (x, 0), rng.choice((0.1e-6, 1e-6, 10e-6, 22e-6, 47e-6)))
        x += 1.9
    else:
        x += 0.4
    if lit:
        drop = rng.choice((1.8, 2.0, 2.2, 3.0))
        s.two("resistor", (x, top), (x, top / 2), nearest((volts - drop) / rng.uniform(4e-3, 18e-3)))
        s.two("led", (x, top / 2), (x, 0), drop)
    else:
        s.two("resistor", (x, top), (x, 0), nearest(volts / rng.uniform(5e-3, 0.4), rng.choice((E12, E24))))
    s.wire(u.pins["out"], (x, top), (x + 1.1, top))
    s.port("out", (x + 1.1, top))
    s.wire((0, 0), (x, 0))
    s.inputs.append((0, top))
    s.ground((rng.choice((0, u.pins["gnd"][0])), 0))
    return s
