"""Op-amp circuits, ideal amplifiers without drawn supplies."""

from __future__ import annotations

import random

from synth.circuits.layout import Sheet
from synth.circuits.values import E12, E24, nearest, pick


def inverting_amplifier(rng: random.Random) -> Sheet:
    """Input resistor, feedback resistor, `+` to ground directly or by a resistor that balances bias."""
    s = Sheet("inverting_amplifier")
    r1 = pick(rng, 1e3, 22e3)
    gain = rng.choice((1, 2, 2.2, 3.3, 4.7, 5, 6.8, 8.2, 10, 12, 15, 20, 22, 33))
    rf = nearest(r1 * gain, rng.choice((E12, E24)))
    op = s.block("opamp", (5, 0))
    minus, plus, out = op.pins["-"], op.pins["+"], op.pins["out"]
    s.two("resistor", (0, 0.5), (2.8, 0.5), r1)
    s.wire((2.8, 0.5), minus)
    s.wire((2.8, 0.5), (2.8, 2.2), (3.5, 2.2))
    s.two("resistor", (3.5, 2.2), (6.5, 2.2), rf)
    s.wire((6.5, 2.2), (6.5, 0))
    s.wire(out, (7.6, 0))
    s.port("out", (7.6, 0))
    s.wire(plus, (3.2, -0.5))
    if rng.random() < 0.4:
        s.two("resistor", (3.2, -0.5), (3.2, -2.7), nearest(r1 * rf / (r1 + rf)))
        s.ground((3.2, -2.7))
    else:
        s.wire((3.2, -0.5), (3.2, -1.1))
        s.ground((3.2, -1.1))
    if rng.random() < 0.4:
        s.two("voltage_source", (0, 0.5), (0, -2.1), nearest(rng.uniform(2, 10) / gain, E24))
        s.ground((0, -2.1))
        s.inputs.append((0, 0.5))
    else:
        s.port("in", (0, 0.5))
    return s
