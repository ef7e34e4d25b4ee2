"""Combinational logic of two to five gates, drawn from left to right without crossings."""

from __future__ import annotations

import random
from collections.abc import Callable

from synth.circuits.layout import Part, Point, Sheet
from synth.circuits.logic import truth_table

TWO_INPUT = ("and_gate", "or_gate", "nand_gate", "nor_gate", "xor_gate")
_LEFT, _BUS, _COLUMN = -2.7, -2.1, 4.4
_TRIES = 100


def combinational_logic(rng: random.Random) -> Sheet:
    """A circuit whose output depends on every input."""
    for _ in range(_TRIES):
        s = Sheet("combinational_logic", mirrorable=False)
        draft = _Draft(s, rng)
        rng.choice(_PLANS)(draft)
        if draft.inverts == draft.inverted and _depends_on_all(s):
            return s
    raise ValueError("no logic circuit found whose output depends on all inputs")


def _depends_on_all(s: Sheet) -> bool:
    circuit = s.circuit("trial", {})
    table = dict(truth_table(circuit))
    n = len(circuit.inputs)
    return all(any(table[b] != table[(*b[:i], 1 - b[i], *b[i + 1 :])] for b in table) for i in range(n))


class _Draft:
    """Gates being placed; what plans share."""

    def __init__(self, sheet: Sheet, rng: random.Random) -> None:
        self.s, self.rng = sheet, rng
        self.names = iter("ABCD")
        self.inverts = rng.random() < 0.45
        self.inverted = False
        self.left = _LEFT - 3.0 if self.inverts else _LEFT  # all terminals in one line
        self.out = rng.choice(("Y", "Y", "F", "L"))

    def gate(self, column: float, y: float) -> Part:
        return self.s.block(self.rng.choice(TWO_INPUT), (column * _COLUMN, y))

    def link(self, start: Point, bus: float, *ends: Point) -> None:
        """A wire to one or more pins, with one upright stretch at x = bus."""
        self.s.wire(start, (bus, start[1]))
        for end in ends:
            self.s.wire((bus, start[1]), (bus, end[1]), end)

    def input(self, y: float, *ends: Point, bus: float = _BUS, may_invert: bool = False) -> None:
        """A named input at height y, led to pins by one upright stretch, sometimes through a NOT."""
        self.s.port("in", (self.left, y), next(self.names))
        start = (self.left, y)
        if may_invert and self.inverts and self.rng.random() < 0.7:
            g = self.s.block("not_gate", (_LEFT - 1.25, y))
            self.s.wire(start, g.pins["a"])
            start = g.pins["y"]
            self.inverted = True
        self.link(start, bus, *ends)

    def output(self, at: Point, invert: float = 0.25) -> None:
        end = (at[0] + 0.7, at[1])
        self.s.wire(at, end)
        if self.rng.random() < invert:
            g = self.s.block("not_gate", (end[0] + 1.25, at[1]))
            end = (g.pins["y"][0] + 0.6, at[1])
            self.s.wire(g.pins["y"], end)
        self.s.port("out", end, self.out)


def _chain(d: _Draft) -> None:
    """Two gates, the first into the second; C enters below, or above."""
    side = d.rng.choice((1, -1))
    one, two = d.gate(0, 0), d.gate(1, 1.0 * side)
    mine, other = ("a", "b") if side < 0 else ("b", "a")

    def third() -> None:
        d.input(two.pins[other][1], two.pins[other], may_invert=True)

    if side > 0:
        third()
    for pin in ("a", "b"):
        d.input(one.pins[pin][1], one.pins[pin])
    if side < 0:
        third()
    d.link(one.pins["y"], _COLUMN / 2, two.pins[mine])
    d.output(two.pins["y"])


def _pair(d: _Draft) -> None:
    """Two gates side by side into a third: four inputs, or a middle one shared."""
    up, down = d.gate(0, 1.25), d.gate(0, -1.25)
    last = d.gate(1, 0)
    d.input(up.pins["a"][1], up.pins["a"], may_invert=True)
    if d.rng.random() < 0.7:
        d.input(0.0, up.pins["b"], down.pins["a"])
    else:
        d.input(up.pins["b"][1], up.pins["b"])
        d.input(down.pins["a"][1], down.pins["a"])
    d.input(down.pins["b"][1], down.pins["b"], may_invert=True)
    d.link(up.pins["y"], _COLUMN / 2, last.pins["a"])
    d.link(down.pins["y"], _COLUMN / 2, last.pins["b"])
    d.output(last.pins["y"])


def _over(d: _Draft) -> None:
    """A past the first gate into the second; a third gate takes in C."""
    one, two = d.gate(0, 0), d.gate(1, 1.0)
    d.input(two.pins["a"][1], two.pins["a"])
    d.s.wire((_BUS, two.pins["a"][1]), (_BUS, one.pins["a"][1]), one.pins["a"])
    d.input(one.pins["b"][1], one.pins["b"])
    d.link(one.pins["y"], _COLUMN / 2, two.pins["b"])
    if d.rng.random() < 0.85:
        three = d.gate(2, 0.2)
        d.input(-1.5, three.pins["b"], bus=1.5 * _COLUMN, may_invert=True)
        d.link(two.pins["y"], 1.5 * _COLUMN, three.pins["a"])
        two = three
    d.output(two.pins["y"], 0.15)


def _diamond(d: _Draft) -> None:
    """Four gates: both inputs also go round the first one, as in an XOR of NANDs."""
    one, up, down, last = d.gate(0, 0), d.gate(1, 1.25), d.gate(1, -1.25), d.gate(2, 0)
    for pin, gate in (("a", up), ("b", down)):
        y = gate.pins[pin][1]
        d.input(y, gate.pins[pin])
        d.s.wire((_BUS, y), (_BUS, one.pins[pin][1]), one.pins[pin])
    d.link(one.pins["y"], _COLUMN / 2, up.pins["b"], down.pins["a"])
    d.link(up.pins["y"], 1.5 * _COLUMN, last.pins["a"])
    d.link(down.pins["y"], 1.5 * _COLUMN, last.pins["b"])
    d.output(last.pins["y"], 0)


def _branch(d: _Draft) -> None:
    """The first gate's output taken twice: with a new input above and one below."""
    one, up, down, last = d.gate(0, 0), d.gate(1, 1.25), d.gate(1, -1.25), d.gate(2, 0)
    d.input(up.pins["a"][1], up.pins["a"], may_invert=True)
    for pin in ("a", "b"):
        d.input(one.pins[pin][1], one.pins[pin])
    d.input(down.pins["b"][1], down.pins["b"], may_invert=True)
    d.link(one.pins["y"], _COLUMN / 2, up.pins["b"], down.pins["a"])
    d.link(up.pins["y"], 1.5 * _COLUMN, last.pins["a"])
    d.link(down.pins["y"], 1.5 * _COLUMN, last.pins["b"])
    d.output(last.pins["y"], 0)


_PLANS: tuple[Callable[[_Draft], None], ...] = (_chain, _chain, _pair, _pair, _pair, _over, _over, _diamond, _branch)
