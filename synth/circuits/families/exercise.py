"""What exercise circuits share: figures as textbooks set them, and whether there is something to calculate."""

from __future__ import annotations

import random
from collections.abc import Callable

from synth.circuits.layout import Point, Sheet
from synth.circuits.netlist import Circuit, Component
from synth.circuits.solver import SolveError, dc
from synth.circuits.values import E12, E24, pick

VOLTS = (2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 24, 30, 36)
_SMALL_OHMS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 18, 20, 24, 30)
_SMALL_AMPS = (0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6)
_TRIES = 200
_LEAST = 0.02
"""Of the largest: a resistor with less current than this is as good as idle."""


class Figures:
    """Values of one exercise that go together: all in Ω and A, all in kΩ and mA, or parts from an E-series."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._real = rng.random() < 0.4
        self._series = rng.choice((E12, E24))
        self._base = pick(rng, 100, 22e3) if self._real else 0.0
        self._kilo = rng.random() < 0.4

    def ohms(self) -> float:
        """A resistance in Ω."""
        if self._real:
            return pick(self._rng, self._base / 2.5, self._base * 4, self._series)
        return float(self._rng.choice(_SMALL_OHMS)) * (1e3 if self._kilo else 1.0)

    def volts(self) -> float:
        """A source voltage in V."""
        return float(self._rng.choice(VOLTS))

    def amps(self) -> float:
        """A source current in A that gives volts in these resistances."""
        a = self._rng.choice(_SMALL_AMPS)
        if not self._real:
            return float(f"{a}e-3") if self._kilo else a
        return float(f"{a}e-3") if self._base < 6e3 else float(f"{a * 100:g}e-6")


def lively(sheet: Sheet, load: tuple[Point, Point] | None = None) -> bool:
    """Whether every resistor carries a fair share of the current and no two labelled nets are level.

    `load`: terminals left open in the drawing, for which it is tried out with a resistor between them.
    """
    circuit = numbered(sheet)
    if load:
        circuit = _loaded(circuit, *(sheet.nets()[p] for p in load))
    try:
        solution = dc(circuit)
    except SolveError:
        return False
    amps = [abs(solution.current(c.ref)) for c in circuit.components]
    volts = [abs(v) for v in solution.voltages.values()]
    if not amps or max(amps) == 0 or min(amps) < _LEAST * max(amps):
        return False
    nets = sheet.nets()
    named = [solution.voltage(nets[x.at]) for x in sheet.labels]
    return all(abs(a - b) > _LEAST * max(volts) for i, a in enumerate(named) for b in named[:i])


def _loaded(circuit: Circuit, a: str, b: str) -> Circuit:
    ohms = [c.value or 0.0 for c in circuit.of_kind("resistor")]
    load = Component("resistor", {"1": a, "2": b}, "XL", sum(ohms) / max(len(ohms), 1))
    return Circuit("draft", (*circuit.components, load))


def numbered(sheet: Sheet) -> Circuit:
    """The circuit with plain references, for solving while the sheet is still being chosen."""
    circuit = sheet.circuit("draft", {})
    parts = tuple(type(c)(c.kind, c.pins, f"X{i}", c.value, c.params) for i, c in enumerate(circuit.components))
    return Circuit("draft", parts)


def until(build: Callable[[], Sheet], good: Callable[[Sheet], bool] = lively) -> Sheet:
    """The first sheet that is good. Raises ValueError where none comes up."""
    for _ in range(_TRIES):
        sheet = build()
        if good(sheet):
            return sheet
    raise ValueError("no such circuit came up")
