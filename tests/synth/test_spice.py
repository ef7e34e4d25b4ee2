"""Solver and ngspice agree, on circuits by hand and on the answers of generated questions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from synth.circuits.analysis import at_peak, measure
from synth.circuits.netlist import Circuit
from synth.circuits.probe import Probe
from synth.circuits.solver import SolveError, ac, dc
from synth.circuits.spice import available, simulate, to_spice
from tests.synth import hand_circuits as hand

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed (apt-get install ngspice)")
TOLERANCE = 1e-3


def dc_probes(circuit: Circuit) -> list[Probe]:
    """Every net's voltage, every pin's current, every power that is not next to nothing."""
    if circuit.of_kind("diode") and circuit.of_kind("ac_source"):
        circuit = at_peak(circuit)
    try:
        s = dc(circuit)
    except SolveError:
        return []
    found = [Probe("voltage", circuit, a=n) for n, volts in s.voltages.items() if abs(volts) > 1e-3]
    for c in circuit.components:
        found += [Probe("current", circuit, ref=c.ref, a=p) for p, i in s.pin_currents[c.ref].items() if abs(i) > 1e-8]
        if abs(s.power(c)) > 1e-8:
            found.append(Probe("power", circuit, ref=c.ref))
    return found


def ac_probes(circuit: Circuit) -> list[Probe]:
    """Phasors at the source's own frequency."""
    sources = circuit.of_kind("ac_source")
    if not sources or circuit.of_kind("diode"):
        return []
    f = sources[0].params["freq"]
    nets = [n for n, volts in ac(circuit, f).voltages.items() if abs(volts) > 1e-6]
    return [
        *(Probe("ac_voltage", circuit, a=n, freq=f) for n in nets),
        *(Probe("ac_current", circuit, ref=c.ref, freq=f) for c in circuit.components),
        *(Probe("impedance", circuit, ref=c.ref, freq=f) for c in circuit.components),
    ]


SPECIAL = [
    Probe("time_constant", hand.rc_low_pass()),
    Probe("time_constant", hand.rl_low_pass()),
    Probe("cutoff", hand.rc_low_pass()),
    Probe("cutoff", hand.rl_low_pass()),
    Probe("ac_gain", hand.rc_low_pass(), freq=2e3),
    Probe("gain", hand.inverting()),
    Probe("gain", hand.non_inverting()),
    Probe("gain", hand.follower()),
    Probe("gain_db", hand.non_inverting()),
    Probe("resistance", hand.bridge(), a="a", b="b"),
    *(
        Probe(q, circuit)  # type: ignore[arg-type]
        for q in ("resonance", "bandwidth", "quality")
        for circuit in (
            hand.series_rlc(),
            hand.parallel_rlc(),
            hand.series_rlc(ohms=2e3),
            hand.parallel_rlc(ohms=500.0),
        )
    ),
]


@needs_ngspice
def test_ngspice_agrees_on_circuits_by_hand() -> None:
    probes = [*SPECIAL]
    for circuit in hand.ALL.values():
        probes += dc_probes(circuit) + ac_probes(circuit)
    ours = [measure(p) for p in probes]
    theirs = simulate(list(zip(probes, ours, strict=True)))
    off = [
        (p.quantity, p.ref, p.a, mine, other)
        for p, mine, other in zip(probes, ours, theirs, strict=True)
        if not abs(mine - other) <= TOLERANCE * abs(mine)
    ]
    assert len(probes) > 200
    assert not off


@needs_ngspice
def test_a_wrong_claim_is_found_out() -> None:
    """The claim only says where to look: a cutoff claimed 3 % too high, a time constant twice too long."""
    circuit = hand.rc_low_pass(1e3, 1e-7)
    cutoff, tau, missed = simulate(
        [
            (Probe("cutoff", circuit), 1.03 * 1591.55),
            (Probe("time_constant", circuit), 2e-4),
            (Probe("cutoff", circuit), 10e3),
        ]
    )
    assert cutoff == pytest.approx(1591.55, rel=1e-3)
    assert tau == pytest.approx(1e-4, rel=1e-3)
    assert missed != missed  # nan: no crossing where it was claimed


@needs_ngspice
def test_answers_of_generated_questions() -> None:
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        import ngspice_check
    finally:
        sys.path.pop(0)
    done = ngspice_check.check(ngspice_check.answers(60, 7, ngspice_check.family_names()))
    assert len(done) >= 60
    assert [c for c in done if not c.error <= TOLERANCE] == []


def test_a_netlist_in_spice() -> None:
    text = to_spice(hand.divider(12.0, 1e3, 2e3))
    assert "r1 n0 n2 1000.0" in text
    assert "v0 n0 0 dc 12.0" in text
