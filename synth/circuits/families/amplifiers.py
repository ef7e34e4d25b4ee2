"""Op-amp circuits: amplifiers, followers, sums, differences, integrals; ideal, without drawn supplies."""

from __future__ import annotations

import random

from synth.circuits.layout import Point, Sheet
from synth.circuits.values import E12, E24, nearest, pick

GAINS = (1, 1.5, 2, 3, 4, 4.7, 5, 6.8, 8.2, 10, 12, 15, 20, 22)
INPUT_NAMES = (("v1", "v2", "v3"), ("Vi1", "Vi2", "Vi3"), ("Va", "Vb", "Vc"), ("ui1", "ui2", "ui3"))
_X, _NODE, _END = 5.0, 2.9, 7.6
"""x of the op-amp, of the node at its inverting input, of the output terminal."""


def _opamp(s: Sheet, flip: bool = False) -> tuple[Point, Point]:
    """An op-amp with its output led to a terminal; returns its `+` and `-` pins. `flip`: `+` on top."""
    op = s.block("opamp", (_X, 0), flip=flip)
    s.wire(op.pins["out"], (_END, 0))
    s.port("out", (_END, 0))
    return op.pins["+"], op.pins["-"]


def _feedback(s: Sheet, kind: str, value: float, up: float, minus: Point) -> None:
    """A part from the output back to the node at the inverting input, `up` above (or below) the middle."""
    s.wire((_NODE, minus[1]), (_NODE, up), (3.5, up))
    s.two(kind, (3.5, up), (6.5, up), value)
    s.wire((6.5, up), (6.5, 0))


def _to_ground(s: Sheet, plus: Point, rng: random.Random, balance: float) -> None:
    """`+` to ground, directly or by the resistor that balances bias currents."""
    x = 3.3
    s.wire(plus, (x, plus[1]))
    if rng.random() < 0.4:
        s.two("resistor", (x, plus[1]), (x, plus[1] - 2.2), nearest(balance))
        s.ground((x, plus[1] - 2.2))
    else:
        s.wire((x, plus[1]), (x, plus[1] - 0.6))
        s.ground((x, plus[1] - 0.6))


def _drive(s: Sheet, at: Point, rng: random.Random, volts: float, share: float = 0.4) -> None:
    """The input: a terminal, or a DC source against ground."""
    if rng.random() < share:
        s.two("voltage_source", at, (at[0], at[1] - 2.4), nearest(volts, E24))
        s.ground((at[0], at[1] - 2.4))
        s.inputs.append(at)
    else:
        s.port("in", at)


def non_inverting_amplifier(rng: random.Random) -> Sheet:
    """Input on `+`, a divider from the output to `-`: `+` on top and the divider below, or the other way."""
    s = Sheet("non_inverting_amplifier")
    r1 = pick(rng, 1e3, 22e3)
    gain = rng.choice(GAINS)
    rf = nearest(r1 * gain, rng.choice((E12, E24)))
    below = rng.random() < 0.5
    plus, minus = _opamp(s, flip=below)
    s.wire((_NODE, minus[1]), minus)
    up = -2.2 if below else 2.2
    _feedback(s, "resistor", rf, up, minus)
    volts = rng.uniform(2, 9) / (1 + rf / r1)
    start = (0.4, plus[1])
    if below:
        s.two("resistor", (_NODE, up), (_NODE, up - 2.4), r1)
        s.ground((_NODE, up - 2.4))
    else:
        s.two("resistor", (0.4, 0.5), (_NODE, 0.5), r1)
        s.wire((0.4, 0.5), (0.0, 0.5), (0.0, 0.1))
        s.ground((0.0, 0.1))
        start = (1.4, plus[1])
    if below and rng.random() < 0.35:
        s.two("resistor", (0.2, 0.5), (2.9, 0.5), nearest(r1 * rf / (r1 + rf)))
        s.wire((2.9, 0.5), plus)
        start = (0.2, 0.5)
    else:
        s.wire(start, plus)
    _drive(s, start, rng, volts)
    return s


def buffer(rng: random.Random) -> Sheet:
    """The output straight back to `-`; a divider or a source's resistance before it, a load behind it."""
    s = Sheet("buffer")
    below = rng.random() < 0.5
    plus, minus = _opamp(s, flip=below)
    up = -1.5 if below else 1.5
    s.wire(minus, (3.2, minus[1]), (3.2, up), (6.5, up), (6.5, 0))
    y = plus[1]
    base = pick(rng, 1e3, 47e3)
    volts = rng.choice((2, 3, 4, 5, 6, 8, 9, 10, 12))
    how = rng.choice(("divider", "divider", "source", "series"))
    foot = y - 2.6
    if how == "divider":
        s.two("resistor", (0.2, y), (2.4, y), base)
        s.wire((2.4, y), plus)
        s.two("resistor", (2.4, y), (2.4, foot), pick(rng, base / 2, base * 3, E24))
        s.two("voltage_source", (0.2, y), (0.2, foot), volts)
        s.wire((0.2, foot), (2.4, foot))
        s.ground((rng.choice((0.2, 2.4)), foot))
        s.inputs.append((0.2, y))
    else:
        if how == "series":
            s.two("resistor", (0.2, y), (2.7, y), base)
            s.wire((2.7, y), plus)
        else:
            s.wire((0.2, y), plus)
        _drive(s, (0.2, y), rng, volts, 0.5)
    if not s.grounds or how == "source" or rng.random() < 0.5:  # never a picture without ground
        s.two("resistor", (7.1, 0), (7.1, -2.4), pick(rng, 1e3, 22e3), side="right")
        s.ground((7.1, -2.4))
    return s


def summing_amplifier(rng: random.Random) -> Sheet:
    """Two or three inputs by resistors to the inverting input."""
    s = Sheet("summing_amplifier")
    n = rng.choice((2, 2, 3))
    rf = pick(rng, 10e3, 100e3, rng.choice((E12, E24)))
    same = rng.random() < 0.3
    ratios = [1.0] * n if same else [rng.choice((1, 2, 2.5, 3, 4, 5)) for _ in range(n)]
    ohms = [nearest(rf / k, E24) for k in ratios]
    plus, minus = _opamp(s)
    s.wire((2.3, 0.5), minus)
    _feedback(s, "resistor", rf, 2.3, minus)
    rows = [0.5 - 1.4 * i for i in range(n)] if n == 2 else [1.9, 0.5, -0.9]
    s.wire((2.3, rows[0]), *[(2.3, y) for y in rows[1:]])
    sourced = n == 2 and rng.random() < 0.3
    names = rng.choice(INPUT_NAMES)
    for i, (y, r) in enumerate(zip(rows, ohms, strict=True)):
        x = -0.2
        s.two("resistor", (x, y), (2.3, y), r)
        if sourced:
            end = -1.4 if i == 0 else x
            s.wire((end, y), (x, y))
            s.two("voltage_source", (end, y), (end, -3.2), rng.choice((0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1)), side="left")
            s.inputs.append((end, y))
        else:
            s.port("in", (x, y), names[i])
    if sourced:
        s.wire((-1.4, -3.2), (-0.2, -3.2))
        s.ground((-0.2, -3.2))
    _to_ground(s, plus, rng, 1 / (1 / rf + sum(1 / r for r in ohms)))
    return s


def difference_amplifier(rng: random.Random) -> Sheet:
    """One input to `-`, the other by a divider to `+`; mostly balanced, as it is used."""
    s = Sheet("difference_amplifier")
    r1 = pick(rng, 1e3, 47e3)
    rf = nearest(r1 * rng.choice((1, 2, 3, 4.7, 5, 10)), E24)
    balanced = rng.random() < 0.7
    r2 = r1 if balanced else pick(rng, r1 / 2, r1 * 2, E24)
    r3 = rf if balanced else pick(rng, rf / 2, rf * 2, E24)
    plus, minus = _opamp(s)
    low = -0.9 if rng.random() < 0.5 else -0.5
    s.two("resistor", (0, 0.5), (_NODE, 0.5), r1)
    s.wire((_NODE, 0.5), minus)
    _feedback(s, "resistor", rf, 2.2, minus)
    s.two("resistor", (0, low), (_NODE, low), r2)
    s.wire((_NODE, low), (3.2, low))
    s.wire((3.2, low), *(((3.2, plus[1]),) if low != plus[1] else ()), plus)
    s.two("resistor", (3.2, low), (3.2, low - 2.3), r3)
    s.ground((3.2, low - 2.3))
    names = rng.choice(INPUT_NAMES)
    s.port("in", (0, 0.5), names[0])
    s.port("in", (0, low), names[1])
    return s


def integrator(rng: random.Random) -> Sheet:
    """A resistor in, a capacitor back; sometimes a large resistor across it that bounds the DC gain."""
    return _reactive("integrator", rng)


def differentiator(rng: random.Random) -> Sheet:
    """A capacitor in, a resistor back; sometimes a small resistor before the capacitor."""
    return _reactive("differentiator", rng)


def _reactive(function: str, rng: random.Random) -> Sheet:
    s = Sheet(function)
    r, c = pick(rng, 1e3, 220e3, E24), pick(rng, 1e-9, 1e-6)
    integrates = function == "integrator"
    plus, minus = _opamp(s)
    extra = rng.random() < (0.35 if integrates else 0.3)
    start = (0.0, 0.5)
    if integrates:
        s.two("resistor", start, (_NODE, 0.5), r)
        _feedback(s, "capacitor", c, 2.0, minus)
        if extra:
            s.wire((_NODE, 2.0), (_NODE, 3.3), (3.5, 3.3))
            s.two("resistor", (3.5, 3.3), (6.5, 3.3), nearest(r * rng.choice((10, 15, 22, 47)), E24))
            s.wire((6.5, 3.3), (6.5, 2.0))
    else:
        s.two("capacitor", start, (_NODE, 0.5), c)
        _feedback(s, "resistor", r, 2.2, minus)
        if extra:
            s.two("resistor", (-2.4, 0.5), start, nearest(r * rng.choice((0.02, 0.05, 0.1)), E24))
            start = (-2.4, 0.5)
    s.wire((_NODE, 0.5), minus)
    _to_ground(s, plus, rng, r)
    s.port("in", start)
    return s


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
