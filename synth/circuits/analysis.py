"""Facts about any netlist: Thevenin equivalent, gain, time constant, cutoff, resonance, what-if."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from synth.circuits.mna import SolveError
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.circuits.probe import Probe, Quantity
from synth.circuits.solver import ac, dc

SOURCES = ("voltage_source", "ac_source", "current_source")
REACTIVE = ("capacitor", "inductor")
_NEGLIGIBLE = 1e-6
_TEST = "_test"
"""Ref of the source that is added to measure with."""

Change = Literal["doubled", "halved", "shorted", "opened"]


# --- changing a circuit ---------------------------------------------------------------------------------


def without(circuit: Circuit, *refs: str) -> Circuit:
    """The circuit with these components taken out."""
    return dataclasses.replace(circuit, components=tuple(c for c in circuit.components if c.ref not in refs))


def added(circuit: Circuit, part: Component) -> Circuit:
    """The circuit with one more component."""
    return dataclasses.replace(circuit, components=(*circuit.components, part))


def changed(circuit: Circuit, ref: str, change: Change) -> Circuit:
    """What if a resistor, capacitor or inductor had twice or half its value, were shorted or broken?

    Raises KeyError for an unknown ref, SolveError where the part has no value or not two pins `1` and `2`.
    """
    part = circuit.by_ref[ref]
    if tuple(part.pins) != ("1", "2") or part.value is None:
        raise SolveError(f"{ref}: cannot be {change}")
    if change in ("doubled", "halved"):
        return circuit.with_component(ref, value=part.value * (2.0 if change == "doubled" else 0.5))
    return circuit.with_component(ref, kind="switch", value=None, params={"closed": float(change == "shorted")})


def complete(circuit: Circuit, volts: Sequence[float] = ()) -> Circuit:
    """The circuit with an ideal voltage source (`volts`, else 0 V) at every input net that none drives."""
    parts = list(circuit.components)
    for i, net in enumerate(circuit.inputs):
        if not any(c.kind in SOURCES for c, _ in circuit.by_net.get(net, [])):
            value = volts[i] if i < len(volts) else 0.0
            pins = {"+": net, "-": GROUND}
            parts.append(Component("voltage_source", pins, ref=f"{_TEST}{i}", value=value))
    return dataclasses.replace(circuit, components=tuple(parts))


def sources_off(circuit: Circuit) -> Circuit:
    """Independent sources at zero: voltage sources short, current sources open."""
    return dataclasses.replace(
        circuit,
        components=tuple(dataclasses.replace(c, value=0.0) if c.kind in SOURCES else c for c in circuit.components),
    )


def at_peak(circuit: Circuit) -> Circuit:
    """The moment when the one AC source is at its positive peak, capacitors charged: a DC circuit.

    Raises SolveError where there is not exactly one AC source.
    """
    sources = circuit.of_kind("ac_source")
    if len(sources) != 1:
        raise SolveError("needs exactly one AC source")

    def frozen(c: Component) -> Component:
        if c is sources[0]:
            return dataclasses.replace(c, kind="voltage_source")
        if c.kind == "transformer":
            return dataclasses.replace(c, params={**c.params, "instant": 1.0})
        return c

    return _grounded(dataclasses.replace(circuit, components=tuple(map(frozen, circuit.components))))


def _grounded(circuit: Circuit) -> Circuit:
    """A primary that only its transformer joins to the rest gets a tie to ground: it carries no current."""
    ties: list[Component] = []
    for t in circuit.of_kind("transformer"):
        reached, waiting = set[str](), [t.pins["p2"]]
        while waiting:
            net = waiting.pop()
            if net not in reached:
                reached.add(net)
                parts = [c for c, _ in circuit.by_net[net] if c is not t]
                waiting += [n for c in parts for n in c.nets]
        if GROUND not in reached and t.pins["s1"] not in reached:
            pins = {"1": t.pins["p2"], "2": GROUND}
            ties.append(Component("resistor", pins, ref=f"{_TEST}{t.ref}", value=1.0))
    return dataclasses.replace(circuit, components=(*circuit.components, *ties))


# --- resistive facts ------------------------------------------------------------------------------------


def resistance(circuit: Circuit, a: str, b: str) -> float:
    """Resistance in Ω between two nets, independent sources zero (controlled ones and op-amps work on).

    Raises SolveError, also for diodes and transistors: their resistance depends on where they stand.
    """
    if any(c.kind in _NON_LINEAR or c.kind == "transformer" for c in circuit.components):
        raise SolveError("not linear, or not the same at DC: has no resistance")
    driven = added(sources_off(circuit), Component("current_source", {"+": a, "-": b}, ref=_TEST, value=1.0))
    return dc(driven).voltage(a, b)


_NON_LINEAR = ("diode", "led", "zener", "npn", "pnp", "nmos", "pmos", "regulator")


def thevenin(circuit: Circuit, a: str, b: str) -> tuple[float, float]:
    """(open-circuit voltage in V, resistance in Ω) between two nets. Raises SolveError."""
    return dc(circuit).voltage(a, b), resistance(circuit, a, b)


def gain(circuit: Circuit, freq_hz: float = 0.0) -> complex:
    """v(output) - v(output_ref) per volt at inputs[0], other independent sources zero; 0 Hz: DC.

    Raises SolveError; also where no input or output is named.
    """
    if not circuit.inputs or not circuit.output:
        raise SolveError("no input or no output is named")
    if any(c.kind in _NON_LINEAR for c in circuit.components):
        raise SolveError("not linear, has no gain")
    circuit = driven_input(circuit, 1.0, "ac_source" if freq_hz else "voltage_source")
    solution = ac(circuit, freq_hz) if freq_hz else dc(circuit)
    back = None if circuit.output_ref == GROUND else circuit.output_ref
    return solution.voltage(circuit.output, back)


def driven_input(circuit: Circuit, volts: float, kind: str) -> Circuit:
    """All independent sources zero but the one at inputs[0] (added against ground where there is none)."""
    net = circuit.inputs[0]
    source = input_source(circuit)
    quiet = sources_off(circuit)
    if source is None:
        return added(quiet, Component(kind, {"+": net, "-": GROUND}, ref=_TEST, value=volts))
    components = tuple(
        dataclasses.replace(new, kind=kind, value=volts, params={}) if old is source else new
        for old, new in zip(circuit.components, quiet.components, strict=True)
    )
    return dataclasses.replace(quiet, components=components)


def input_source(circuit: Circuit) -> Component | None:
    """The voltage source whose plus pin is on inputs[0]."""
    sources = circuit.of_kind("voltage_source", "ac_source")
    return next((c for c in sources if circuit.inputs and c.pins["+"] == circuit.inputs[0]), None)


# --- one reactive part ----------------------------------------------------------------------------------


def reactive(circuit: Circuit) -> Component:
    """The only capacitor or inductor. Raises SolveError where there is none or several."""
    parts = circuit.of_kind(*REACTIVE)
    if len(parts) != 1 or not parts[0].value:
        raise SolveError("needs exactly one capacitor or inductor, with a value")
    return parts[0]


def seen_resistance(circuit: Circuit) -> float:
    """Resistance in Ω that the only capacitor or inductor sees. Raises SolveError."""
    part = reactive(circuit)
    circuit = complete(circuit)
    rest = dataclasses.replace(circuit, components=tuple(c for c in circuit.components if c is not part))
    ohms = resistance(rest, *part.nets)
    if not ohms > _NEGLIGIBLE:
        raise SolveError("the capacitor or inductor sees no resistance")
    return ohms


def time_constant(circuit: Circuit) -> float:
    """R·C or L/R in s, R being what the only reactive part sees. Raises SolveError."""
    part, ohms = reactive(circuit), seen_resistance(circuit)
    assert part.value is not None
    return ohms * part.value if part.kind == "capacitor" else part.value / ohms


@dataclass(frozen=True, slots=True)
class Filter:
    """A first-order low or high pass."""

    kind: Literal["low_pass", "high_pass"]
    cutoff: float
    """Hz, where the magnitude is 1/√2 of that in the pass band."""
    passband: float
    """Signed gain in the pass band."""


def first_order(circuit: Circuit) -> Filter:
    """The filter that a circuit with one reactive part is. Raises SolveError where it is neither kind."""
    part, tau = reactive(circuit), time_constant(circuit)
    fast = "inductor" if part.kind == "capacitor" else "capacitor"  # at DC what the part is at infinity
    swapped = dataclasses.replace(
        circuit,
        components=tuple(dataclasses.replace(c, kind=fast) if c is part else c for c in circuit.components),
    )
    low, high = gain(circuit).real, gain(swapped).real
    cutoff = 1.0 / (2.0 * math.pi * tau)
    if abs(high) < _NEGLIGIBLE * abs(low):
        return Filter("low_pass", cutoff, low)
    if abs(low) < _NEGLIGIBLE * abs(high):
        return Filter("high_pass", cutoff, high)
    raise SolveError("passes both low and high frequencies")


# --- one L and one C ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resonance:
    """An RLC circuit whose L and C lie in series or in parallel."""

    kind: Literal["series", "parallel"]
    frequency: float
    """Hz."""
    resistance: float
    """Ω: in series with the L-C chain, or across the tank. 0 or inf where nothing damps."""
    quality: float | None
    """Q; None where nothing damps."""

    @property
    def bandwidth(self) -> float | None:
        """Hz between the two -3 dB points."""
        return self.frequency / self.quality if self.quality else None


def resonance(circuit: Circuit) -> Resonance:
    """Resonance of exactly one L and one C, in series or in parallel, the rest resistive. Raises SolveError."""
    coils, caps = circuit.of_kind("inductor"), circuit.of_kind("capacitor")
    if len(coils) != 1 or len(caps) != 1 or not coils[0].value or not caps[0].value:
        raise SolveError("needs exactly one inductor and one capacitor, with values")
    coil, cap = coils[0], caps[0]
    assert coil.value and cap.value
    circuit = complete(circuit)
    f0 = 1.0 / (2.0 * math.pi * math.sqrt(coil.value * cap.value))
    reactance = math.sqrt(coil.value / cap.value)
    if set(coil.nets) == set(cap.nets):
        rest = tuple(c for c in circuit.components if c is not coil and c is not cap)
        try:
            ohms = resistance(dataclasses.replace(circuit, components=rest), *coil.nets)
        except (SolveError, KeyError):
            ohms = math.inf  # nothing but the tank, or a current source, ties the two nets
        if ohms < _NEGLIGIBLE:
            raise SolveError("a voltage source lies across the tank")
        quality = None if math.isinf(ohms) else ohms / reactance
        return Resonance("parallel", f0, ohms, quality)
    if not _same_current(circuit, coil, cap, f0):
        raise SolveError("L and C lie neither in series nor in parallel")
    wired = tuple(
        dataclasses.replace(c, kind="inductor") if c is cap else c for c in circuit.components if c is not coil
    )
    ohms = resistance(dataclasses.replace(circuit, components=wired), *coil.nets)
    return Resonance("series", f0, ohms, reactance / ohms if ohms > _NEGLIGIBLE else None)


def _same_current(circuit: Circuit, coil: Component, cap: Component, f0: float) -> bool:
    """Whether L and C carry one current, seen at two frequencies that have nothing to do with f0."""
    test = circuit
    if not circuit.of_kind("ac_source"):
        sources = circuit.of_kind("voltage_source")
        if not sources:
            return False
        test = circuit.with_component(sources[0].ref, kind="ac_source", value=1.0, params={})
    for f in (0.61 * f0, 1.7 * f0):
        s = ac(test, f)
        i, j = abs(s.current(coil.ref)), abs(s.current(cap.ref))
        if not math.isclose(i, j, rel_tol=1e-6) or i < 1e-15:
            return False
    return True


# --- measuring a probe ----------------------------------------------------------------------------------


def _power(p: Probe) -> float:
    return dc(p.circuit).power(p.circuit.by_ref[p.ref])


def _bandwidth(p: Probe) -> float:
    found = resonance(p.circuit).bandwidth
    if found is None:
        raise SolveError("nothing damps the resonance")
    return found


def _quality(p: Probe) -> float:
    found = resonance(p.circuit).quality
    if found is None:
        raise SolveError("nothing damps the resonance")
    return found


def _gain_db(p: Probe) -> float:
    size = abs(gain(p.circuit))
    if size == 0.0:
        raise SolveError("no gain at all")
    return 20.0 * math.log10(size)


def _impedance(p: Probe) -> float:
    s = ac(p.circuit, p.freq)
    current = abs(s.current(p.ref))
    if current == 0.0:
        raise SolveError(f"{p.ref}: carries no current")
    return abs(s.voltage(*p.circuit.by_ref[p.ref].nets[:2])) / current


_MEASURES: Mapping[Quantity, Callable[[Probe], float]] = {
    "voltage": lambda p: dc(p.circuit).voltage(p.a, p.b or None),
    "current": lambda p: dc(p.circuit).pin_currents[p.ref][p.a or next(iter(p.circuit.by_ref[p.ref].pins))],
    "power": _power,
    "resistance": lambda p: resistance(p.circuit, p.a, p.b),
    "gain": lambda p: gain(p.circuit).real,
    "gain_db": _gain_db,
    "impedance": _impedance,
    "ac_gain": lambda p: abs(gain(p.circuit, p.freq)),
    "ac_voltage": lambda p: abs(ac(p.circuit, p.freq).voltage(p.a, p.b or None)),
    "ac_current": lambda p: abs(ac(p.circuit, p.freq).current(p.ref)),
    "time_constant": lambda p: time_constant(p.circuit),
    "cutoff": lambda p: first_order(p.circuit).cutoff,
    "resonance": lambda p: resonance(p.circuit).frequency,
    "bandwidth": _bandwidth,
    "quality": _quality,
}


def measure(p: Probe) -> float:
    """The number asked for, in SI units. Raises SolveError, KeyError for a net or ref that is not there."""
    value = _MEASURES[p.quantity](p) * p.factor
    return abs(value) if p.magnitude else value
