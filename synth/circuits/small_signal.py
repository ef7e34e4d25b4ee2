"""A transistor stage as its AC signal sees it in mid-band: a linear circuit."""

from __future__ import annotations

import dataclasses

from synth.circuits.mna import SolveError
from synth.circuits.netlist import Circuit, Component
from synth.circuits.solver import dc

V_T = 26e-3
"""Thermal voltage at room temperature, as textbooks take it (V)."""
R_BB = 200.0
"""Base spreading resistance as Chinese textbooks take it (Ω)."""


def r_be(circuit: Circuit, ref: str) -> float:
    """Input resistance of a BJT in Ω, 200 Ω + (1 + β)·26 mV/I_E. Raises SolveError where it is not active."""
    solution = dc(circuit)
    if solution.states.get(ref) != "active":
        raise SolveError(f"{ref}: not in its active region")
    beta = circuit.by_ref[ref].value or 0.0
    return R_BB + (1.0 + beta) * V_T / abs(solution.pin_currents[ref]["E"])


def mid_band(circuit: Circuit, inputs_ohms: dict[str, float]) -> Circuit:
    """Capacitors short, DC sources zero, each BJT its r_be (`inputs_ohms`: ref -> Ω) and β·i_b.

    The result is linear and holds at DC: ask it for `gain` or `resistance`. Raises KeyError for a BJT without r_be.
    """
    parts: list[Component] = []
    for c in circuit.components:
        if c.kind == "capacitor":
            parts.append(dataclasses.replace(c, kind="inductor", value=1.0))
        elif c.kind in ("npn", "pnp"):
            base, collector, emitter = c.pins["B"], c.pins["C"], c.pins["E"]
            ohms = inputs_ohms[c.ref]
            parts.append(Component("resistor", {"1": base, "2": emitter}, f"{c.ref}_rbe", ohms))
            pins = {"+": emitter, "-": collector, "c+": base, "c-": emitter}
            parts.append(Component("vccs", pins, f"{c.ref}_gm", (c.value or 0.0) / ohms))
        elif c.kind in ("voltage_source", "current_source"):
            parts.append(dataclasses.replace(c, value=0.0))
        else:
            parts.append(c)
    return dataclasses.replace(circuit, components=tuple(parts))
