"""Truth tables from gates."""

from __future__ import annotations

import pytest

from synth.circuits.logic import evaluate, is_logic, truth_table
from synth.circuits.solver import SolveError
from tests.synth import hand_circuits as hand


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("and_gate", [0, 0, 0, 1]),
        ("or_gate", [0, 1, 1, 1]),
        ("nand_gate", [1, 1, 1, 0]),
        ("nor_gate", [1, 0, 0, 0]),
        ("xor_gate", [0, 1, 1, 0]),
    ],
)
def test_gates(kind: str, column: list[int]) -> None:
    circuit = hand.circuit(hand.part(kind, "U1", None, "a", "b", "y"), inputs=("a", "b"), output="y")
    assert [y for _, y in truth_table(circuit)] == column


def test_four_nands_make_an_exclusive_or() -> None:
    circuit = hand.xor_of_nands()
    assert is_logic(circuit)
    assert truth_table(circuit) == [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
    assert evaluate(circuit, {"a": True, "b": False})["m"] is True


def test_not_gate_and_what_is_no_logic() -> None:
    circuit = hand.circuit(hand.part("not_gate", "U1", None, "a", "y"), inputs=("a",), output="y")
    assert truth_table(circuit) == [((0,), 1), ((1,), 0)]
    assert not is_logic(hand.divider())


def test_loops_and_open_inputs_are_refused() -> None:
    latch = hand.circuit(
        hand.part("nor_gate", "U1", None, "r", "p", "q"), hand.part("nor_gate", "U2", None, "s", "q", "p"),
        inputs=("r", "s"), output="q",
    )  # fmt: skip
    with pytest.raises(SolveError, match="depends on itself"):
        truth_table(latch)
    open_input = hand.circuit(hand.part("and_gate", "U1", None, "a", "z", "y"), inputs=("a",), output="y")
    with pytest.raises(SolveError, match="driven by nothing"):
        truth_table(open_input)
