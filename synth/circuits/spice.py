"""A Circuit as an ngspice netlist, and a Probe measured by ngspice: the solver's independent witness.

Only tests and benchmarks run ngspice. Nothing here uses the solver: resistances are measured with a test
current, time constants from a decay, cutoffs and bandwidths from a sweep. The claimed value only says where
to look.
"""

from __future__ import annotations

import dataclasses
import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from synth.circuits.netlist import GROUND, Circuit, Component
from synth.circuits.probe import Probe
from synth.circuits.spice_parts import PARTS, Drive

_OPTIONS = ".options reltol=1e-7 abstol=1e-15 vntol=1e-10 gmin=1e-15 itl1=1000 numdgt=10"
_ROOT_HALF = 1.0 / math.sqrt(2.0)


class SpiceError(RuntimeError):
    """ngspice is missing, or gave no number."""


def available() -> bool:
    """Whether ngspice is installed."""
    return shutil.which("ngspice") is not None


@dataclasses.dataclass
class _Deck:
    """A netlist being written, with the names of its nodes."""

    nodes: dict[str, str]
    lines: list[str]

    def node(self, net: str) -> str:
        return self.nodes[net]

    def volt(self, a: str, b: str = GROUND) -> str:
        """Expression for v(a) - v(b)."""
        names = [self.nodes.get(n, "0") for n in (a, b or GROUND)]
        return f"({' - '.join('0' if n == '0' else f'v({n})' for n in names)})"


def to_spice(circuit: Circuit, drive: Drive = "dc", sensed: str = "") -> str:
    """The netlist: `dc` drives DC sources, `ac` AC sources, `off` none.

    Every pin p of component `sensed` gets a 0 V source `vs_p` (`vs_0`, `vs_1`, … in pin order) whose current
    flows into the pin. Idealised parts: op-amp as a VCVS of 1e9, constant-drop diodes, β-and-V_BE transistors.
    Raises KeyError for a kind that has no analogue, ValueError for a missing value.
    """
    return "\n".join(_deck(circuit, drive, sensed).lines)


def _deck(circuit: Circuit, drive: Drive, sensed: str = "", ground: str = GROUND) -> _Deck:
    nets = list(circuit.by_net)
    if ground not in nets and ground == GROUND:
        ground = _minus_of_first_source(circuit, nets)
    nodes = {n: "0" if n == ground else f"n{i}" for i, n in enumerate(nets)}
    deck = _Deck(nodes, [f"* {circuit.name}"])
    for i, c in enumerate(circuit.components):
        pins = {p: nodes[n] for p, n in c.pins.items()}
        if sensed and c.ref == sensed:
            for k, p in enumerate(list(pins)):
                deck.lines.append(f"vs_{k} {pins[p]} x{k}_{i} 0")
                pins[p] = f"x{k}_{i}"
        deck.lines += PARTS[c.kind](str(i), c, pins, drive)
    deck.lines.append(_OPTIONS)
    return deck


def _minus_of_first_source(circuit: Circuit, nets: Sequence[str]) -> str:
    sources = circuit.of_kind("voltage_source", "ac_source", "current_source")
    return sources[0].pins["-"] if sources else nets[0]


# --- one way of measuring per quantity: (netlist, commands that leave the number in `m`) -----------------


def _operating_point(p: Probe) -> tuple[_Deck, list[str]]:
    deck = _deck(p.circuit, "dc", p.ref)
    if p.quantity == "voltage":
        return deck, ["op", f"let m = {deck.volt(p.a, p.b)}"]
    part = p.circuit.by_ref[p.ref]
    pins = list(part.pins)
    if p.quantity == "current":
        return deck, ["op", f"let m = i(vs_{pins.index(p.a) if p.a else 0})"]
    absorbed = " + ".join(f"{deck.volt(n)}*i(vs_{k})" for k, n in enumerate(part.pins.values()))
    return deck, ["op", f"let m = {absorbed}"]


def _resistance(p: Probe) -> tuple[_Deck, list[str]]:
    deck = _deck(p.circuit, "off")
    deck.lines.append(f"itest {deck.node(p.b)} {deck.node(p.a)} 1")
    return deck, ["op", f"let m = {deck.volt(p.a, p.b)}"]


def _driven(circuit: Circuit) -> _Deck:
    """One volt, DC and AC, at inputs[0], all other sources off."""
    net = circuit.inputs[0]
    at_input = [c for c in circuit.of_kind("voltage_source", "ac_source") if c.pins["+"] == net]
    back = at_input[0].pins["-"] if at_input else GROUND
    rest = tuple(c for c in circuit.components if c not in at_input[:1])
    kept = dataclasses.replace(circuit, components=rest)
    # the source may have been all that was on ground, or on another net
    deck = _deck(kept, "off", ground=GROUND if GROUND in kept.by_net else "none")
    names = deck.nodes
    for n in (net, back):
        names.setdefault(n, "0" if n == GROUND else f"only_{len(names)}")
    deck.lines.append(f"vtest {names[net]} {names[back]} dc 1 ac 1")
    return deck


def _gain(p: Probe) -> tuple[_Deck, list[str]]:
    deck = _driven(p.circuit)
    out = deck.volt(p.circuit.output, p.circuit.output_ref)
    if p.quantity == "ac_gain":
        return deck, [f"ac lin 1 {p.freq!r} {p.freq!r}", f"let m = mag{out}"]
    return deck, ["op", f"let m = {f'20*log10(abs{out})' if p.quantity == 'gain_db' else out}"]


def _phasor(p: Probe) -> tuple[_Deck, list[str]]:
    deck = _deck(p.circuit, "ac", p.ref)
    sweep = f"ac lin 1 {p.freq!r} {p.freq!r}"
    if p.quantity == "ac_voltage":
        return deck, [sweep, f"let m = mag{deck.volt(p.a, p.b)}"]
    if p.quantity == "ac_current":
        return deck, [sweep, "let m = mag(i(vs_0))"]
    a, b = p.circuit.by_ref[p.ref].nets[:2]
    return deck, [sweep, f"let m = mag{deck.volt(a, b)}/mag(i(vs_0))"]


def _decay(p: Probe, claim: float) -> tuple[_Deck, list[str]]:
    """Charge the one reactive part, let go, and see how long it takes to fall by a factor e."""
    (part,) = p.circuit.of_kind("capacitor", "inductor")
    ref = part.ref
    charged = p.circuit.with_component(ref, params={**part.params, "ic": 1.0})
    deck = _deck(charged, "off", ref)
    for net in charged.inputs:  # an input is driven by something of no resistance
        if not any(c.kind in ("voltage_source", "ac_source", "current_source") for c, _ in charged.by_net[net]):
            deck.lines.append(f"vin_{deck.node(net)} {deck.node(net)} 0 0")
    x = deck.volt(*part.nets) if part.kind == "capacitor" else "i(vs_0)"
    step = claim / 500.0
    return deck, [
        f"tran {step!r} {3 * claim!r} 0 {step!r} uic",
        f"let x = {x}",
        "meas tran t1 when x=0.7",
        f"meas tran t2 when x={0.7 / math.e!r}",
        "let m = t2 - t1",
    ]


def _cutoff(p: Probe, claim: float) -> tuple[_Deck, list[str]]:
    deck = _driven(p.circuit)
    out = deck.volt(p.circuit.output, p.circuit.output_ref)
    return deck, [
        f"ac dec 1 {claim * 1e-5!r} {claim * 1e5!r}",
        f"let top = vecmax(mag{out})",
        'set top = "$&top"',
        f"ac lin 401 {claim * 0.9!r} {claim * 1.1!r}",
        f"let x = mag{out}/$top - {_ROOT_HALF!r}",
        "meas ac m when x=0",
    ]


def _swept(p: Probe) -> tuple[_Deck, str, str]:
    """(netlist driven by 1 V or 1 A, its reaction at the source, what peaks at resonance)."""
    circuit = p.circuit
    sources = circuit.of_kind("ac_source", "voltage_source", "current_source")
    coil, cap = circuit.of_kind("inductor")[0], circuit.of_kind("capacitor")[0]
    peak = "i(vs_0)"
    driver: Component
    if sources:
        driver = sources[0]
    else:
        driver = Component("voltage_source", {"+": circuit.inputs[0], "-": GROUND}, ref="_drive", value=0.0)
        circuit = dataclasses.replace(circuit, components=(*circuit.components, driver))
    deck = _deck(circuit, "off", coil.ref)
    a, b = (deck.node(n) for n in (driver.pins["+"], driver.pins["-"]))
    index = next(i for i, c in enumerate(circuit.components) if c is driver)
    names = tuple(f"{letter}{index}" for letter in "vi")
    deck.lines = [line for line in deck.lines if not line.startswith(tuple(f"{n} " for n in names))]
    if driver.kind == "current_source":
        deck.lines.append(f"itest {b} {a} ac 1")
        reaction = deck.volt(driver.pins["+"], driver.pins["-"])
    else:
        deck.lines.append(f"vtest {a} {b} ac 1")
        reaction = "(i(vtest))"
    if set(coil.nets) == set(cap.nets):
        peak = deck.volt(*coil.nets)[1:-1]
    return deck, reaction, peak


def _resonance(p: Probe, claim: float) -> tuple[_Deck, list[str]]:
    deck, reaction, _ = _swept(p)
    return deck, [
        f"ac lin 2001 {claim * 0.95!r} {claim * 1.05!r}",
        f"let x = imag{reaction}",
        "meas ac m when x=0",
    ]


def _band(p: Probe, claim: float) -> tuple[_Deck, list[str]]:
    deck, _, peak = _swept(p)
    coil, cap = p.circuit.of_kind("inductor")[0], p.circuit.of_kind("capacitor")[0]
    centre = 1.0 / (2.0 * math.pi * math.sqrt((coil.value or 0.0) * (cap.value or 0.0)))
    half = (claim if p.quantity == "bandwidth" else centre / claim) / 2.0
    low, high = math.hypot(centre, half) - half, math.hypot(centre, half) + half
    width = high - low
    start, stop = max(low - 0.2 * width, low / 2), high + 0.2 * width
    result = "let m = f2 - f1" if p.quantity == "bandwidth" else "let m = sqrt(f1*f2)/(f2 - f1)"
    return deck, [
        f"ac lin 8001 {start!r} {stop!r}",
        f"let x = mag({peak})/vecmax(mag({peak})) - {_ROOT_HALF!r}",
        "meas ac f1 when x=0 rise=1",
        "meas ac f2 when x=0 fall=1",
        result,
    ]


def _plan(p: Probe, claim: float) -> tuple[_Deck, list[str]]:
    if p.quantity in ("voltage", "current", "power"):
        return _operating_point(p)
    if p.quantity == "resistance":
        return _resistance(p)
    if p.quantity in ("gain", "gain_db", "ac_gain"):
        return _gain(p)
    if p.quantity in ("ac_voltage", "ac_current", "impedance"):
        return _phasor(p)
    if p.quantity == "time_constant":
        return _decay(p, claim)
    if p.quantity == "cutoff":
        return _cutoff(p, claim)
    return _resonance(p, claim) if p.quantity == "resonance" else _band(p, claim)


# --- running ---------------------------------------------------------------------------------------------


def simulate(asked: Sequence[tuple[Probe, float]], timeout_s: float = 300.0) -> list[float]:
    """What ngspice measures for each (probe, claimed value); nan where it gave no number. One process.

    Raises SpiceError where ngspice is missing or does not end in time.
    """
    if not available():
        raise SpiceError("ngspice is not installed: apt-get install ngspice")
    with tempfile.TemporaryDirectory() as folder:
        script = ["all circuits", ".control", "set numdgt=12"]
        for k, (probe, claim) in enumerate(asked):
            deck, commands = _plan(probe, abs(claim))
            Path(folder, f"{k}.cir").write_text("\n".join([*deck.lines, ".end", ""]))
            script += [f"source {k}.cir", *commands, f"echo result {k}", "print m", "destroy all", "remcirc"]
        script += ["quit", ".endc", ".end", ""]
        Path(folder, "all.cir").write_text("\n".join(script))
        try:
            done = subprocess.run(
                ["ngspice", "-b", "all.cir"], cwd=folder, capture_output=True, text=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            raise SpiceError(f"ngspice did not end within {timeout_s:g} s") from None
    found = {int(k): float(v) for k, v in _RESULT.findall(done.stdout)}
    return [_signed(probe, found.get(k, math.nan)) for k, (probe, _) in enumerate(asked)]


_RESULT = re.compile(r"^result (\d+)\s*\nm = (\S+)", re.MULTILINE)


def _signed(p: Probe, value: float) -> float:
    value *= p.factor
    return abs(value) if p.magnitude else value
