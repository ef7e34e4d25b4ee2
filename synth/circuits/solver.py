"""Modified nodal analysis: DC operating point and AC phasors of a Circuit, with textbook parts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from synth.circuits.devices import DEVICES, OFF, misused
from synth.circuits.linear import STAMPS
from synth.circuits.mna import ONE, SolveError, System
from synth.circuits.netlist import GROUND, Circuit, Component

__all__ = ["Solution", "SolveError", "ac", "dc", "keys"]

T = TypeVar("T", float, complex)


@dataclass(frozen=True, slots=True)
class Solution(Generic[T]):
    """Voltages and currents of a solved circuit: floats for DC, complex peak phasors for AC."""

    voltages: Mapping[str, T]
    """net -> voltage in V against ground (against the reference net where the circuit has no ground)."""
    pin_currents: Mapping[str, Mapping[str, T]]
    """component -> pin -> current in A into that pin. A component without a ref is `#0`, `#1`, …"""
    states: Mapping[str, str] = field(default_factory=dict)
    """non-linear component -> its state (`off`, `on`, `breakdown`, `active`, `saturated`)."""

    def voltage(self, a: str, b: str | None = None) -> T:
        """v(a) - v(b); without b against the reference. Raises KeyError for an unknown net."""
        return self.voltages[a] if b is None else self.voltages[a] - self.voltages[b]

    def current(self, ref: str) -> T:
        """Current into the first pin and through the part: first pin -> second pin for two-pin parts.

        A source that delivers power has a negative one (passive sign convention everywhere).
        """
        return next(iter(self.pin_currents[ref].values()))

    def power(self, part: Component) -> T:
        """Power absorbed in W (negative: delivered). AC: complex power V·I*/2 of the peak phasors."""
        currents = self.pin_currents[part.ref]
        pairs = [(self.voltages[n], currents[p]) for p, n in part.pins.items()]
        if any(isinstance(i, complex) for _, i in pairs):
            return sum((v * i.conjugate() for v, i in pairs), 0j) / 2  # type: ignore[return-value]
        return sum(v * i for v, i in pairs)


def keys(circuit: Circuit) -> list[str]:
    """A unique key for each component: its ref, or `#index` where it has none or an earlier one has it."""
    out: list[str] = []
    for i, c in enumerate(circuit.components):
        out.append(c.ref if c.ref and c.ref not in out else f"#{i}")
    return out


def reference_net(circuit: Circuit) -> str:
    """Ground; without ground the minus net of the first source; else the first net."""
    nets = circuit.by_net
    if GROUND in nets:
        return GROUND
    sources = circuit.of_kind("voltage_source", "ac_source", "current_source")
    return sources[0].pins["-"] if sources else next(iter(nets), GROUND)


def dc(circuit: Circuit) -> Solution[float]:
    """Operating point: inductors short, capacitors open, AC sources zero.

    Raises SolveError: a value is missing, a net floats, sources contradict each other, an op-amp lacks
    negative feedback, the non-linear parts have no consistent state.
    """
    # kept with the circuit (as cached_property would): many question writers ask for it
    known = circuit.__dict__.get("_dc")
    if known is None:
        try:
            known = _settle(circuit)
        except SolveError as e:
            known = e
        circuit.__dict__["_dc"] = known
    if isinstance(known, SolveError):
        raise SolveError(str(known))
    return known


def ac(circuit: Circuit, freq_hz: float) -> Solution[complex]:
    """Peak phasors at one frequency: DC sources are zero, an `ac_source` drives its value at `phase` degrees.

    Linear parts only: raises SolveError for diodes and transistors, and as `dc` does.
    """
    if not (math.isfinite(freq_hz) and freq_hz > 0):
        raise SolveError(f"frequency {freq_hz!r}: must be above zero")
    for c in circuit.components:
        if c.kind in DEVICES:
            raise SolveError(f"{c.ref or c.kind}: not linear, has no phasors")
    omega = 2 * math.pi * freq_hz
    system, x = _solve(circuit, {}, omega)
    voltages, currents = _read(circuit, system, [complex(v) for v in x])
    return Solution(voltages, currents)


def _settle(circuit: Circuit) -> Solution[float]:
    """Find the states in which every non-linear part is content: keep flipping the unhappiest one."""
    parts = {k: c for k, c in zip(keys(circuit), circuit.components, strict=True) if c.kind in DEVICES}
    states = dict.fromkeys(parts, OFF)
    if not parts:
        return _at(circuit, states)
    tried: set[tuple[str, ...]] = set()
    while tuple(states.values()) not in tried:
        tried.add(tuple(states.values()))
        try:
            solution = _at(circuit, states)
        except SolveError:
            if len(tried) == 1 and not circuit.of_kind("opamp", "opamp_diff"):
                raise  # every part open, no loop that a part should close: no state is to blame
            break
        wishes = [(k, *_wish(c, k, solution)) for k, c in parts.items()]
        key, state, strength = max(wishes, key=lambda w: w[2])
        if strength <= 0:
            return _sound(circuit, solution)
        states[key] = state
    return _search(circuit, parts)


def _search(circuit: Circuit, parts: Mapping[str, Component]) -> Solution[float]:
    """Every combination of states, where flipping the unhappiest part did not come to rest."""
    choices = [DEVICES[c.kind].states for c in parts.values()]
    if math.prod(len(c) for c in choices) > 2000:
        raise SolveError("no consistent state of the non-linear parts found")
    for combination in itertools.product(*choices):
        try:
            solution = _at(circuit, dict(zip(parts, combination, strict=True)))
        except SolveError:
            continue
        if all(_wish(c, k, solution)[1] <= 0 for k, c in parts.items()):
            return _sound(circuit, solution)
    raise SolveError("no consistent state of the non-linear parts")


def _sound(circuit: Circuit, s: Solution[float]) -> Solution[float]:
    """The solution, unless only the leakage of an open part fixes a voltage, or a part is used in ways unknown."""
    _check_floating(circuit, reference_net(circuit), 0.0, s.states)
    for key, c in zip(keys(circuit), circuit.components, strict=True):
        if key in s.states:
            why = misused(c, {p: s.voltages[n] for p, n in c.pins.items()}, s.pin_currents[key])
            if why:
                raise SolveError(f"{c.ref or c.kind}: {why}")
    return s


def _wish(c: Component, key: str, s: Solution[float]) -> tuple[str, float]:
    volts = {p: s.voltages[n] for p, n in c.pins.items()}
    return DEVICES[c.kind].wish(c, s.states[key], volts, s.pin_currents[key])


def _at(circuit: Circuit, states: Mapping[str, str]) -> Solution[float]:
    system, x = _solve(circuit, states, 0.0)
    voltages, currents = _read(circuit, system, [float(v) for v in x])
    for c in circuit.of_kind("regulator"):
        if voltages[c.pins["in"]] < voltages[c.pins["out"]]:
            raise SolveError(f"{c.ref or c.kind}: its input is below the output it shall hold")
    return Solution(voltages, currents, dict(states))


def _solve(circuit: Circuit, states: Mapping[str, str], omega: float) -> tuple[System, np.ndarray]:
    reference = reference_net(circuit)
    _check_floating(circuit, reference, omega)
    system = System(circuit.by_net, reference)
    for key, c in zip(keys(circuit), circuit.components, strict=True):
        system.taps[key] = {}
        if key in states:
            DEVICES[c.kind].stamp(system, key, c, states[key])
        elif c.kind in STAMPS:
            STAMPS[c.kind](system, key, c, omega)
        else:
            raise SolveError(f"{c.ref or c.kind}: a {c.kind} has no voltages and currents here")
    return system, system.solve(complex if omega else float)


def _read(circuit: Circuit, system: System, x: list[T]) -> tuple[dict[str, T], dict[str, dict[str, T]]]:
    zero = type(x[0])(0.0) if x else 0.0
    x.append(zero + 1)  # what the constant term (index -1) is multiplied by
    assert ONE == -1
    voltages = dict.fromkeys(circuit.by_net, zero) | {n: x[i] for n, i in system.index.items()}
    currents = {
        key: {p: sum((v * x[k] for k, v in taps[p].items()), zero) if p in taps else zero for p in c.pins}
        for (key, taps), c in zip(system.taps.items(), circuit.components, strict=True)
    }
    return voltages, currents  # type: ignore[return-value]


_TIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    # pins that a part ties together (an empty pin: the reference); a kind not here ties all its pins
    "vccs": (),
    "current_source": (),
    "vcvs": (("+", "-"),),
    "cccs": (("c+", "c-"),),
    "ccvs": (("+", "-"), ("c+", "c-")),
    "transformer": (("p1", "p2"), ("s1", "s2")),
    "opamp": (("out", ""), ("+", "-")),
    "opamp_diff": (("out+", ""), ("out-", ""), ("+", "-")),
    "nmos": (("D", "S"),),
    "pmos": (("D", "S"),),
}


def _check_floating(circuit: Circuit, reference: str, omega: float, states: Mapping[str, str] | None = None) -> None:
    """Every net must be tied to the reference, or its voltage is anyone's guess.

    `states`: the final ones; without them non-linear parts count as tying all their pins.
    """
    parent = {n: n for n in circuit.by_net}

    def find(n: str) -> str:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    for key, c in zip(keys(circuit), circuit.components, strict=True):
        if (c.kind == "capacitor" and not omega) or (c.kind == "switch" and not c.params.get("closed", 0.0)):
            continue
        if states and key in states:
            ties = DEVICES[c.kind].ties.get(states[key], ())
        else:
            first, *rest = c.pins
            ties = _TIES.get(c.kind, tuple((first, p) for p in rest))
        for a, b in ties:
            parent[find(c.pins[a])] = find(c.pins[b] if b else reference)
    home = find(reference)
    for n in parent:
        if find(n) != home:
            raise SolveError(f"net {n!r} floats: nothing ties its voltage to the rest of the circuit")
