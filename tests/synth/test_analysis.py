"""Facts on netlists against closed forms."""

from __future__ import annotations

import math

import pytest

from synth.circuits.analysis import (
    at_peak,
    changed,
    complete,
    first_order,
    gain,
    measure,
    resistance,
    resonance,
    thevenin,
    time_constant,
    without,
)
from synth.circuits.probe import Probe
from synth.circuits.small_signal import mid_band, r_be
from synth.circuits.solver import SolveError, dc
from tests.synth import hand_circuits as hand


def test_thevenin_of_a_divider() -> None:
    volts, ohms = thevenin(hand.divider(12.0, 1e3, 2e3), "out", "0")
    assert volts == pytest.approx(8.0)
    assert ohms == pytest.approx(2e3 / 3)


def test_a_thevenin_equivalent_feeds_a_load_like_the_circuit_does() -> None:
    full, bare = hand.bridge(500.0), without(hand.bridge(500.0), "R5")
    volts, ohms = thevenin(bare, "a", "b")
    assert volts / (ohms + 500.0) == pytest.approx(dc(full).current("R5"))


def test_resistance_with_a_controlled_source() -> None:
    # 1 kΩ with a VCCS of 1 mS drawing from the same net: half of it
    circuit = hand.circuit(hand.r("R1", 1e3, "a", "0"), hand.part("vccs", "G1", 1e-3, "0", "a", "a", "0"))
    assert resistance(circuit, "a", "0") == pytest.approx(500.0)


def test_gain_of_op_amps() -> None:
    assert gain(hand.inverting(1e3, 10e3)).real == pytest.approx(-10.0)
    assert gain(hand.non_inverting(1e3, 9e3)).real == pytest.approx(10.0)
    assert measure(Probe("gain_db", hand.inverting(1e3, 10e3))) == pytest.approx(20.0)


def test_rc_low_pass() -> None:
    circuit = hand.rc_low_pass(1e3, 1e-7)
    assert time_constant(circuit) == pytest.approx(1e-4)
    found = first_order(circuit)
    assert (found.kind, found.cutoff, found.passband) == ("low_pass", pytest.approx(1591.549), pytest.approx(1.0))
    assert abs(gain(circuit, found.cutoff)) == pytest.approx(1 / math.sqrt(2))


def test_a_load_changes_the_cutoff() -> None:
    loaded = hand.circuit(
        *hand.rc_low_pass(1e3, 1e-7).components, hand.r("R2", 1e3, "out", "0"), inputs=("in",), output="out"
    )
    found = first_order(loaded)
    assert found.cutoff == pytest.approx(2 * 1591.549, rel=1e-6)
    assert found.passband == pytest.approx(0.5)


def test_rl_and_high_pass() -> None:
    found = first_order(hand.rl_low_pass(1e3, 1e-2))
    assert (found.kind, found.cutoff) == ("low_pass", pytest.approx(1e5 / (2 * math.pi)))
    high = hand.circuit(hand.c("C1", 1e-7, "in", "out"), hand.r("R1", 1e3, "out", "0"), inputs=("in",), output="out")
    assert first_order(high).kind == "high_pass"


def test_a_shelf_is_no_filter() -> None:
    shelf = hand.circuit(
        hand.r("R1", 1e3, "in", "out"), hand.r("R2", 1e3, "out", "x"), hand.c("C1", 1e-7, "x", "0"),
        inputs=("in",), output="out",
    )  # fmt: skip
    with pytest.raises(SolveError):
        first_order(shelf)


def test_series_resonance() -> None:
    found = resonance(hand.series_rlc(100.0, 1e-3, 1e-8))
    f0 = 1 / (2 * math.pi * math.sqrt(1e-11))
    assert found.kind == "series"
    assert found.frequency == pytest.approx(f0)
    assert found.quality == pytest.approx(math.sqrt(1e-3 / 1e-8) / 100)
    assert found.bandwidth == pytest.approx(100 / (2 * math.pi * 1e-3))


def test_parallel_resonance() -> None:
    found = resonance(hand.parallel_rlc(10e3, 1e-3, 1e-8))
    assert found.kind == "parallel"
    assert found.quality == pytest.approx(10e3 / math.sqrt(1e-3 / 1e-8))


def test_a_lossy_coil_in_a_tank_is_not_taken_for_a_simple_resonance() -> None:
    circuit = hand.circuit(
        hand.sine("V1", 1.0, "in"), hand.r("R1", 1e4, "in", "out"), hand.ind("L1", 1e-3, "out", "x"),
        hand.r("R2", 50.0, "x", "0"), hand.c("C1", 1e-8, "out", "0"), inputs=("in",), output="out",
    )  # fmt: skip
    with pytest.raises(SolveError, match="neither"):
        resonance(circuit)


def test_what_ifs() -> None:
    circuit = hand.divider(12.0, 1e3, 2e3)
    volts = {k: dc(changed(circuit, "R1", k)).voltage("out") for k in ("doubled", "halved", "shorted", "opened")}
    assert volts == {
        "doubled": pytest.approx(6.0), "halved": pytest.approx(9.6), "shorted": pytest.approx(12.0),
        "opened": pytest.approx(0.0),
    }  # fmt: skip
    with pytest.raises(SolveError):
        changed(hand.common_emitter(), "Q1", "doubled")


def test_at_the_peak_a_bridge_loses_two_drops() -> None:
    assert dc(at_peak(hand.full_bridge(10.0))).voltage("out") == pytest.approx(8.6)


def test_probes_of_sign_and_size() -> None:
    circuit = hand.divider()
    assert measure(Probe("power", circuit, ref="V1")) == pytest.approx(-48e-3)
    assert measure(Probe("power", circuit, ref="V1", factor=-1.0)) == pytest.approx(48e-3)
    assert measure(Probe("current", circuit, ref="V1", a="+", magnitude=True)) == pytest.approx(4e-3)


def test_a_common_emitter_stage_in_mid_band() -> None:
    circuit = complete(hand.ce_amplifier())
    i_e = abs(dc(circuit).pin_currents["Q1"]["E"])
    ohms = r_be(circuit, "Q1")
    assert ohms == pytest.approx(200 + 81 * 0.026 / i_e)
    linear = mid_band(circuit, {"Q1": ohms})
    assert gain(linear).real == pytest.approx(-80 * (3e3 * 6e3 / 9e3) / ohms)
    seen = mid_band(hand.ce_amplifier(), {"Q1": ohms})
    assert resistance(seen, "in", "0") == pytest.approx(1 / (1 / 47e3 + 1 / 10e3 + 1 / ohms))


def test_a_transformer_keeps_its_ratio_at_the_peak() -> None:
    assert dc(at_peak(hand.stepped_down())).voltage("out") == pytest.approx(9.3)
