"""The solver against closed forms, Kirchhoff's laws and superposition."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.circuits.analysis import complete
from synth.circuits.netlist import Circuit
from synth.circuits.solver import Solution, SolveError, ac, dc
from tests.synth import hand_circuits as hand


def assert_kirchhoff(circuit: Circuit, s: Solution[float]) -> None:
    """Currents at every net without an op-amp output sum to zero, and so do all powers."""
    largest = max(abs(i) for pins in s.pin_currents.values() for i in pins.values())
    for net, pins in circuit.by_net.items():
        if not any(c.kind == "opamp" for c, _ in pins) and net != "0":
            assert abs(sum(s.pin_currents[c.ref][p] for c, p in pins)) <= 1e-9 * largest + 1e-15, net
    powers = [s.power(c) for c in circuit.components]
    assert abs(sum(powers)) <= 1e-9 * max(map(abs, powers)) + 1e-15


@pytest.mark.parametrize("name", hand.ALL)
def test_kirchhoff_holds_in_every_circuit(name: str) -> None:
    circuit = hand.ALL[name]
    if circuit.of_kind("voltage_source"):
        driven = complete(circuit)
        assert_kirchhoff(driven, dc(driven))


def test_divider() -> None:
    s = dc(hand.divider(12.0, 1e3, 2e3))
    assert s.voltage("out") == pytest.approx(8.0)
    assert s.voltage("in", "out") == pytest.approx(4.0)
    assert s.current("R1") == pytest.approx(4e-3)
    assert s.current("V1") == pytest.approx(-4e-3)  # delivers


def test_bridge() -> None:
    # nodal equations: 3.5 a - 2 b = 10, 2 a - 10/3 b = -10/3 (mA, kΩ)
    s = dc(hand.bridge(500.0))
    a = (10 * 10 / 3 + 2 * 10 / 3) / (3.5 * 10 / 3 - 4)
    assert s.voltage("a") == pytest.approx(a)
    assert s.voltage("b") == pytest.approx((3.5 * a - 10) / 2)


def test_transistor_active_and_saturated() -> None:
    s = dc(hand.common_emitter(2e3))
    i_b = (12 * 10 / 50 - 0.7) / (8e3 + 101 * 1e3)  # Thevenin of the divider
    assert s.states["Q1"] == "active"
    assert s.pin_currents["Q1"]["B"] == pytest.approx(i_b)
    assert s.pin_currents["Q1"]["C"] == pytest.approx(100 * i_b)
    assert s.voltage("c") == pytest.approx(12 - 2e3 * 100 * i_b)
    s = dc(hand.common_emitter(12e3))
    assert s.states["Q1"] == "saturated"
    assert s.voltage("c", "e") == pytest.approx(0.2)


def test_pnp() -> None:
    s = dc(hand.pnp_stage())
    assert s.states["Q1"] == "active"
    assert s.pin_currents["Q1"]["B"] == pytest.approx(-10e-6)
    assert s.voltage("c") == pytest.approx(2.0)


def test_zener_holds_its_voltage_until_the_load_takes_all() -> None:
    s = dc(hand.zener_regulator(1e3))
    assert s.states["D1"] == "breakdown"
    assert s.voltage("out") == pytest.approx(5.1)
    assert -s.current("D1") == pytest.approx(6.9 / 330 - 5.1e-3)
    s = dc(hand.zener_regulator(100.0))
    assert s.states["D1"] == "off"
    assert s.voltage("out") == pytest.approx(12 * 100 / 430, rel=1e-8)


@pytest.mark.parametrize(("peak", "on"), [(10.0, {"D1", "D4"}), (-10.0, {"D2", "D3"})])
def test_bridge_rectifier(peak: float, on: set[str]) -> None:
    circuit = hand.full_bridge()
    source = dataclasses.replace(circuit.by_ref["V1"], kind="voltage_source", value=peak)
    s = dc(dataclasses.replace(circuit, components=(source, *circuit.components[1:])))
    assert {k for k, state in s.states.items() if state == "on"} == on
    assert s.voltage("out") == pytest.approx(8.6)


def test_mosfet_switches_at_its_threshold() -> None:
    assert dc(hand.mosfet_switch(5.0)).voltage("d") == pytest.approx(12 * 10 / 1010)
    assert dc(hand.mosfet_switch(1.9)).voltage("d") == pytest.approx(12.0, rel=1e-6)


def test_op_amps() -> None:
    assert dc(hand.inverting(1e3, 10e3, 0.5)).voltage("out") == pytest.approx(-5.0)


@pytest.mark.parametrize(("kind", "gain", "out"), [("vcvs", 3, 3), ("vccs", 2e-3, 4), ("cccs", 4, 8), ("ccvs", 5e3, 5)])
def test_controlled_sources(kind: str, gain: float, out: float) -> None:
    assert dc(hand.controlled(kind, gain)).voltage("out") == pytest.approx(out)


def test_regulator_passes_its_current_on() -> None:
    s = dc(hand.regulator())
    assert s.voltage("out") == pytest.approx(5.0)
    assert s.current("U1") == pytest.approx(0.05)
    with pytest.raises(SolveError, match="below the output"):
        dc(hand.regulator().with_component("V1", value=4.0))


def test_phasors_of_a_series_rlc_circuit() -> None:
    circuit = hand.series_rlc(100.0, 1e-3, 1e-8)
    w = 2 * math.pi * 30e3
    z = 100 + 1j * (w * 1e-3 - 1 / (w * 1e-8))
    s = ac(circuit, 30e3)
    assert s.current("R1") == pytest.approx(1 / z)
    assert s.power(circuit.by_ref["R1"]) == pytest.approx(100 * abs(1 / z) ** 2 / 2)
    assert sum(s.power(c) for c in circuit.components) == pytest.approx(0, abs=1e-15)


def test_at_dc_inductors_short_and_capacitors_open() -> None:
    circuit = hand.circuit(
        hand.v("V1", 6.0, "a"),
        hand.ind("L1", 1e-3, "a", "b"),
        hand.r("R1", 2e3, "b", "0"),
        hand.c("C1", 1e-6, "b", "0"),
    )
    s = dc(circuit)
    assert s.voltage("b") == pytest.approx(6.0)
    assert s.current("L1") == pytest.approx(3e-3)
    assert s.current("C1") == 0.0


def test_ideal_transformer() -> None:
    circuit = hand.circuit(
        hand.sine("V1", 10.0, "a"), hand.part("transformer", "T1", 5.0, "a", "0", "b", "0"), hand.r("R1", 8.0, "b", "0")
    )
    s = ac(circuit, 50.0)
    assert s.voltage("b") == pytest.approx(2.0)
    assert -s.current("V1") == pytest.approx(2.0 / 8.0 / 5.0)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ((hand.v("V1", 5, "a"), hand.v("V2", 6, "a"), hand.r("R1", 1e3, "a", "0")), "contradict"),
        ((hand.v("V1", 5, "a"), hand.r("R1", 1e3, "a", "0"), hand.r("R2", 1e3, "x", "y")), "floats"),
        ((hand.v("V1", 5, "a"), hand.c("C1", 1e-6, "a", "x"), hand.c("C2", 1e-6, "x", "0")), "floats"),
        ((hand.v("V1", 5, "a"), hand.r("R1", 1e3, "a", "x"), hand.opamp("U1", "x", "0", "0")), "fixed|fixes"),
        ((hand.v("V1", 5, "a"), hand.part("resistor", "R1", None, "a", "0")), "R1: has no value"),
        ((hand.v("V1", 5, "a"), hand.part("not_gate", "U1", None, "a", "0")), "not_gate"),
        ((hand.part("current_source", "I1", 1.0, "a", "0"), hand.c("C1", 1e-6, "a", "0")), "floats"),
        ((hand.v("V1", 5, "a"), hand.ind("L1", 1e-3, "a", "0")), "contradict"),
    ],
)
def test_what_has_no_solution_says_so_in_one_line(parts: tuple, says: str) -> None:
    with pytest.raises(SolveError, match=says) as e:
        dc(hand.circuit(*parts))
    assert "\n" not in str(e.value)


def test_op_amp_without_negative_feedback() -> None:
    swapped = hand.circuit(
        hand.v("V1", 0.5, "in"),
        hand.r("R1", 1e3, "in", "x"),
        hand.r("R2", 10e3, "x", "out"),
        hand.opamp("U1", "x", "0", "out"),
    )
    with pytest.raises(SolveError, match="feedback"):
        dc(swapped)


def test_diodes_have_no_phasors() -> None:
    with pytest.raises(SolveError, match="not linear"):
        ac(hand.full_bridge(), 50.0)


ohms = st.floats(1.0, 1e6)


@st.composite
def ladders(draw: st.DrawFn) -> Circuit:
    """A resistor ladder with a voltage source at its head and, sometimes, current sources and jumpers on its nodes."""
    n = draw(st.integers(1, 6))
    parts = [hand.v("V1", draw(st.floats(0.5, 100)), "n0")]
    for k in range(n):
        parts.append(hand.r(f"RS{k}", draw(ohms), f"n{k}", f"n{k + 1}"))
        parts.append(hand.r(f"RP{k}", draw(ohms), f"n{k + 1}", "0"))
        if draw(st.booleans()):
            current = draw(st.floats(1e-4, 1.0))
            parts.append(hand.part("current_source", f"I{k}", current, f"n{k + 1}", "0"))
    if n > 2 and draw(st.booleans()):
        parts.append(hand.r("RJ", draw(ohms), "n0", f"n{n}"))
    return hand.circuit(*parts)


@given(ladders())
@settings(max_examples=60, deadline=None)
def test_ladders_obey_kirchhoff_and_ohm(circuit: Circuit) -> None:
    s = dc(circuit)
    assert_kirchhoff(circuit, s)
    # A small drop is a difference of large node voltages: floats are exact to the largest of them, not to the drop.
    scale = max(abs(v) for v in s.voltages.values())
    for part in circuit.of_kind("resistor"):
        assert part.value is not None
        drop = s.current(part.ref) * part.value
        assert s.voltage(*part.nets) == pytest.approx(drop, rel=1e-9, abs=1e-12 * max(scale, 1.0))


@given(ladders())
@settings(max_examples=40, deadline=None)
def test_superposition(circuit: Circuit) -> None:
    sources = circuit.of_kind("voltage_source", "current_source")
    total = dc(circuit).voltages
    parts = []
    for kept in sources:
        components = tuple(
            dataclasses.replace(c, value=0.0) if c in sources and c is not kept else c for c in circuit.components
        )
        parts.append(dc(dataclasses.replace(circuit, components=components)).voltages)
    scale = max(abs(v) for p in (total, *parts) for v in p.values())
    for net, volts in total.items():
        assert math.isclose(volts, sum(p[net] for p in parts), abs_tol=1e-9 * scale)


@given(ladders(), st.floats(0.1, 10))
@settings(max_examples=30, deadline=None)
def test_linearity(circuit: Circuit, factor: float) -> None:
    scaled = tuple(
        dataclasses.replace(c, value=(c.value or 0) * factor) if c.kind.endswith("source") else c
        for c in circuit.components
    )
    one, other = dc(circuit).voltages, dc(dataclasses.replace(circuit, components=scaled)).voltages
    scale = max(map(abs, one.values()))
    assert all(math.isclose(other[n], factor * one[n], rel_tol=1e-9, abs_tol=1e-9 * factor * scale) for n in one)


def test_a_net_behind_an_open_diode_is_not_guessed() -> None:
    behind = hand.circuit(
        hand.v("V1", 5.0, "a"), hand.r("R1", 1e3, "a", "0"), hand.part("diode", "D1", 0.7, "x", "a"),
        hand.v("V2", 1.0, "y", "x"), hand.r("R2", 1e3, "x", "y"),
    )  # fmt: skip
    with pytest.raises(SolveError, match="floats"):
        dc(behind)


def test_a_transistor_used_backwards_is_refused() -> None:
    backwards = hand.circuit(
        hand.v("V1", 5.0, "b"), hand.r("R1", 1e3, "b", "x"), hand.part("npn", "Q1", 100.0, "x", "0", "e"),
        hand.r("R2", 1e6, "e", "0"),
    )  # fmt: skip
    with pytest.raises(SolveError, match="Q1: its collector current"):
        dc(backwards)
