"""Combinational logic: what each net of a circuit of gates is, for given inputs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from synth.circuits.mna import SolveError
from synth.circuits.netlist import Circuit, Component

GATES = ("not_gate", "and_gate", "or_gate", "nand_gate", "nor_gate", "xor_gate")


def is_logic(circuit: Circuit) -> bool:
    """Only gates, with named inputs and an output."""
    return (
        bool(circuit.components)
        and all(c.kind in GATES for c in circuit.components)
        and bool(circuit.inputs)
        and bool(circuit.output)
    )


def evaluate(circuit: Circuit, inputs: Mapping[str, bool]) -> dict[str, bool]:
    """net -> level, of every net that a gate drives or that is an input.

    Raises SolveError: a net driven by nothing or twice, or a loop of gates.
    """
    drivers: dict[str, Component] = {}
    for c in circuit.components:
        if c.kind not in GATES:
            raise SolveError(f"{c.ref or c.kind}: not a logic gate")
        out = c.pins["y"]
        if out in drivers or out in inputs:
            raise SolveError(f"net {out!r} is driven twice")
        drivers[out] = c
    levels = dict(inputs)
    pending: set[str] = set()

    def level(net: str) -> bool:
        if net not in levels:
            if net not in drivers:
                raise SolveError(f"net {net!r} is driven by nothing")
            if net in pending:
                raise SolveError(f"net {net!r} depends on itself")
            pending.add(net)
            gate = drivers[net]
            levels[net] = _gate(gate.kind, [level(n) for p, n in gate.pins.items() if p != "y"])
        return levels[net]

    for net in drivers:
        level(net)
    return levels


def _gate(kind: str, ins: list[bool]) -> bool:
    if kind in ("and_gate", "nand_gate"):
        return all(ins) != (kind == "nand_gate")
    if kind in ("or_gate", "nor_gate"):
        return any(ins) != (kind == "nor_gate")
    if kind == "xor_gate":
        return sum(ins) % 2 == 1
    return not ins[0]


def truth_table(circuit: Circuit) -> list[tuple[tuple[int, ...], int]]:
    """(levels of `inputs`, level of `output`), counted up from 0…0. Raises SolveError; KeyError without output."""
    rows = []
    for bits in itertools.product((0, 1), repeat=len(circuit.inputs)):
        levels = evaluate(circuit, dict(zip(circuit.inputs, map(bool, bits), strict=True)))
        if circuit.output not in levels:
            raise SolveError(f"net {circuit.output!r} is driven by nothing")
        rows.append((bits, int(levels[circuit.output])))
    return rows
