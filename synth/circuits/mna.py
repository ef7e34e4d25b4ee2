"""The equations of modified nodal analysis: what flows out of every net is zero, and what each part adds."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from synth.circuits.netlist import Component

ONE = -1
"""Key of the constant term in an expression."""
_SINGULAR = 1e15
"""Condition number (after scaling) from which a matrix counts as singular."""
_AMBIGUOUS = "voltages or currents contradict each other, or nothing fixes them"

Expr = dict[int, complex]
"""A linear expression: unknown -> coefficient, constant term under `ONE`."""


class SolveError(ValueError):
    """The circuit has no unique solution, or lacks a value; the message is one line."""


class System:
    """The equations being written: KCL at every net, plus one equation per unknown branch current."""

    def __init__(self, nets: Iterable[str], reference: str) -> None:
        self.index = {n: i for i, n in enumerate(n for n in nets if n != reference)}
        self.kcl: list[Expr] = [{} for _ in self.index]
        self.extra: list[Expr] = []
        self.size = len(self.index)
        self.taps: dict[str, dict[str, Expr]] = {}
        """component -> pin -> the current into that pin."""
        self.opamps: list[tuple[str, int, int]] = []
        """(component, unknown that is its output voltage, row that makes its inputs equal)."""

    def volt(self, a: str, b: str = "", gain: complex = 1.0) -> Expr:
        """gain · (v(a) - v(b)); an empty net is the reference."""
        e: Expr = {}
        if a in self.index:
            e[self.index[a]] = gain
        if b in self.index:
            e[self.index[b]] = e.get(self.index[b], 0.0) - gain
        return e

    def unknown(self) -> Expr:
        """A new unknown current."""
        self.size += 1
        return {self.size - 1: 1.0}

    def flow(self, key: str, a: tuple[str, str], b: tuple[str, str], current: Expr) -> None:
        """`current` leaves net a through pin a of the part and comes out of pin b into net b."""
        for (pin, net), sign in ((a, 1.0), (b, -1.0)):
            if pin:
                add(self.taps[key].setdefault(pin, {}), current, sign)
            if net in self.index:
                add(self.kcl[self.index[net]], current, sign)

    def equation(self, *terms: tuple[Expr, complex]) -> None:
        """Sum of gain · expression over the terms is zero."""
        row: Expr = {}
        for expr, gain in terms:
            add(row, expr, gain)
        self.extra.append(row)

    def virtual_short(self, key: str, plus: str, minus: str, out: str) -> None:
        """Inputs of an ideal op-amp: v(plus) = v(minus), held so by v(out)."""
        if out in self.index:
            self.opamps.append((key, self.index[out], len(self.kcl) + len(self.extra)))
        self.equation((self.volt(plus, minus), 1.0))

    def solve(self, dtype: type) -> np.ndarray:
        """Values of all unknowns. Raises SolveError where they are not unique, or an op-amp runs away."""
        rows = self.kcl + self.extra
        n = len(rows)
        m: np.ndarray = np.zeros((n, n), dtype)
        rhs: np.ndarray = np.zeros(n, dtype)
        for i, row in enumerate(rows):
            for j, v in row.items():
                if j == ONE:
                    rhs[i] = -v
                else:
                    m[i, j] = v
        if n == 0:
            return rhs
        size = np.abs(m)
        row_scale, column_scale = size.max(axis=1), size.max(axis=0)
        if not (row_scale.all() and column_scale.all()):
            raise SolveError("something is tied to nothing, so its voltage or current is not fixed")
        column_scale = (size / row_scale[:, None]).max(axis=0)
        scaled = m / row_scale[:, None] / column_scale
        try:
            inverse = np.linalg.inv(scaled)
        except np.linalg.LinAlgError:
            raise SolveError(_AMBIGUOUS) from None
        if np.abs(inverse).sum(axis=0).max() * np.abs(scaled).sum(axis=0).max() > _SINGULAR:
            raise SolveError(_AMBIGUOUS)
        if self.opamps and dtype is float:
            self._check_feedback(inverse, row_scale, column_scale)
        return np.asarray(inverse @ (rhs / row_scale) / column_scale)

    def _check_feedback(self, inverse: np.ndarray, row_scale: np.ndarray, column_scale: np.ndarray) -> None:
        """Negative feedback, or the ideal solution is one that no real op-amp settles at.

        With a real gain a/s the row of an op-amp reads v(+) - v(-) = (s/a)·v(out), so that the poles are
        s = a / eigenvalue of P, where P says how a voltage put in series with the inputs moves the outputs.
        """
        outs, held = [o for _, o, _ in self.opamps], [r for _, _, r in self.opamps]
        p = inverse[np.ix_(outs, held)] / row_scale[held] / column_scale[outs][:, None]
        if (np.linalg.eigvals(p).real >= 0).any():
            raise SolveError(f"{self.opamps[0][0]}: no negative feedback around the op-amp")


def add(into: Expr, expr: Expr, gain: complex) -> None:
    for k, v in expr.items():
        into[k] = into.get(k, 0.0) + gain * v


def value_of(c: Component) -> float:
    """Its value. Raises SolveError where it has none."""
    if c.value is None or not math.isfinite(c.value):
        raise SolveError(f"{c.ref or c.kind}: has no value")
    return c.value
