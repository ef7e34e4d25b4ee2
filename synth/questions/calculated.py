"""Level 4: voltages, currents and powers of any netlist at DC."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from qa.item import Lang
from synth.circuits.analysis import SOURCES, at_peak, complete
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.circuits.probe import Probe
from synth.circuits.solver import Solution, SolveError, dc
from synth.questions.draft import Draft
from synth.questions.givens import amplitude, givens
from synth.questions.numeric import Asked, askable, drafts, found, node_text
from synth.questions.numeric_options import written
from synth.questions.view import View, say
from synth.questions.working import across_text, branch_text, junction_text

_CARRIES = ("resistor", "inductor", "led", "diode", "zener", "voltage_source")
MOST_PER_RULE = 2
"""Targets of one rule in one circuit."""
OPAMP_SUPPLY = 15.0
"""No op-amp is asked for more volts than this: a real one would clip."""


class Setting:
    """A circuit at its DC operating point, with what a question about it has to say first."""

    def __init__(self, circuit: Circuit, lang: Lang) -> None:
        """Raises SolveError where there is nothing to calculate or not enough is shown."""
        self.view = View(circuit, lang)
        self.given = ""
        if not circuit.of_kind(*SOURCES):
            raise SolveError("nothing drives it")
        for net in circuit.inputs:
            parts = [c for c, _ in circuit.by_net.get(net, [])]
            if not any(c.kind in (*SOURCES, "capacitor") for c in parts):
                raise SolveError("an input is open: its level is not known")
        moment, peak = "", False
        if circuit.of_kind("npn", "pnp") and circuit.of_kind("capacitor", "ac_source"):
            moment = say(lang, "静态(无交流信号)时,", "with no AC signal applied")
        elif circuit.of_kind("ac_source"):
            if not circuit.of_kind("diode", "zener", "led"):
                raise SolveError("driven by AC: no DC question")
            circuit, peak = at_peak(circuit), True
            moment = say(lang, "在交流电源电压达到正峰值的瞬间,", "at the positive peak of the AC source")
        elif circuit.of_kind("capacitor", "inductor"):
            moment = say(lang, "电路达到直流稳态后,", "in DC steady state")
        circuit = complete(circuit)
        self.circuit, self.lang = circuit, lang
        peaks = [amplitude(self.view, c) for c in self.view.circuit.of_kind("ac_source")] if peak else []
        said = givens(self.view, extra=[p for p in peaks if p])
        if said is None or None in peaks:
            raise SolveError("a figure that is needed cannot be said")
        self.moment = moment
        self.given = said
        self.solution: Solution[float] = dc(circuit)
        for u in circuit.of_kind("opamp"):
            if abs(self.solution.voltage(u.pins["out"])) > OPAMP_SUPPLY:
                raise SolveError(f"{u.ref}: a real op-amp would clip")
        self.volts = max((abs(v) for v in self.solution.voltages.values()), default=0.0)
        self.amps = max((abs(self.solution.current(k)) for k in self.solution.pin_currents), default=0.0)

    def ask(
        self,
        rule: str,
        topic: str,
        stem: tuple[str, str],
        probe: Probe,
        unit: str,
        mistakes: Sequence[float],
        why: str,
        signed: bool = False,
    ) -> Asked | None:
        """The question, None where its value is zero or what is left of a cancellation."""
        value = found(probe)
        scale = {"V": self.volts, "A": self.amps * 1e-3, "W": self.volts * self.amps * 0.1}.get(unit, 0.0)
        if value is None or not askable(value, unit, scale):
            return None
        zh, en = stem
        lead = self.moment if self.lang == "zh" else ""
        phrase = say(self.lang, zh, f"{en} {self.moment}".strip())
        offsets = self.drops if unit == "V" else ()
        return Asked(
            rule, topic, phrase, value, unit, probe, self.given, mistakes, why, lead, signed=signed, offsets=offsets
        )

    @property
    def drops(self) -> list[float]:
        """Voltages of conducting diodes and of a base: forgotten or counted twice, an answer is off by one of them."""
        drops = [c.value or 0.0 for c in self.circuit.of_kind("diode", "led")]
        return drops + ([0.7] if self.circuit.of_kind("npn", "pnp") else [])

    def voltages_about(self, value: float) -> list[float]:
        """Voltages that one gets by mixing things up: of another part, what is left of a source, half."""
        s, parts = self.solution, self.circuit.components
        sources = [abs(c.value or 0.0) for c in self.circuit.of_kind("voltage_source")]
        others = [abs(s.voltage(*c.nets)) for c in parts if len(c.pins) == 2]
        drops = self.drops
        size = abs(value)
        return [
            *(abs(v - size) for v in sources),
            *(size + d for d in drops),
            *(abs(size - d) for d in drops),
            *others,
            *sources,
        ]


def setting(circuit: Circuit, lang: Lang) -> Setting | None:
    """The setting, None where there is nothing to calculate. Kept with the circuit: all writers share it."""
    key = f"_setting_{lang}"
    if key not in circuit.__dict__:
        try:
            circuit.__dict__[key] = Setting(circuit, lang)
        except (SolveError, KeyError):
            circuit.__dict__[key] = None
    made: Setting | None = circuit.__dict__[key]
    return made


def _some(targets: list[Component], rng: random.Random) -> list[Component]:
    return rng.sample(targets, min(len(targets), MOST_PER_RULE))


def node_voltage(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Voltage of a labelled net against ground."""
    s = setting(circuit, lang)
    if s is None or GROUND not in s.view.named_nets:
        return
    held = {frozenset(c.nets) for c in circuit.of_kind("voltage_source", "ac_source")}
    nets = [n for n in s.view.labels if n != GROUND and frozenset((n, GROUND)) not in held]
    if circuit.of_kind("opamp"):
        nets = [n for n in nets if n != circuit.output]  # asked as the output voltage
    for net in rng.sample(nets, min(len(nets), MOST_PER_RULE)):
        label = s.view.labels[net]
        probe = Probe("voltage", s.circuit, a=net)
        value = s.solution.voltage(net)
        asked = s.ask(
            "node_voltage",
            "voltage",
            (
                f"{node_text(label, lang)}对地的电压",
                f"the voltage at {node_text(label, lang)} with respect to ground",
            ),
            probe,
            "V",
            s.voltages_about(value),
            junction_text(s.view, s.circuit, s.solution, net, lang),
            signed=_both_signs(s),
        )
        if asked:
            yield from drafts(asked, lang, rng)


def _both_signs(s: Setting) -> bool:
    """Whether voltages of either sign are plausible in this circuit."""
    return (
        bool(s.circuit.of_kind("opamp", "vcvs", "ccvs", "vccs", "cccs"))
        or min(s.solution.voltages.values(), default=0.0) < -1e-6
    )


def voltage_between(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Voltage from one labelled net to another."""
    s = setting(circuit, lang)
    if s is None:
        return
    nets = [n for n in s.view.labels if n != GROUND]
    held = {frozenset(c.nets) for c in circuit.of_kind("voltage_source", "ac_source")}
    pairs = [(a, b) for a in nets for b in nets if a != b and frozenset((a, b)) not in held]
    for a, b in rng.sample(pairs, min(len(pairs), 1)):
        na, nb = (node_text(s.view.labels[n], lang) for n in (a, b))
        value = s.solution.voltage(a, b)
        va, vb = (abs(s.solution.voltage(n)) for n in (a, b))
        has_ground, result = GROUND in s.view.named_nets, written(value, "V")
        why = say(lang, f"由节点电压法得 U = {result}", f"Nodal analysis gives U = {result}")
        if has_ground:
            why = f"U = {written(s.solution.voltage(a), 'V')} - ({written(s.solution.voltage(b), 'V')}) = {result}"
        asked = s.ask(
            "voltage_between",
            "voltage",
            (
                f"{na}相对于{nb}的电压(即{na}电位减去{nb}电位)",
                f"the voltage of {na} with respect to {nb}",
            ),
            Probe("voltage", s.circuit, a=a, b=b),
            "V",
            [*((va + vb, va, vb) if has_ground else ()), *s.voltages_about(value)],
            why,
            signed=True,
        )
        if asked:
            yield from drafts(asked, lang, rng)


def voltage_across(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Size of the voltage across a named part."""
    s = setting(circuit, lang)
    if s is None:
        return
    held = {frozenset(c.nets) for c in circuit.of_kind("voltage_source", "ac_source")}
    parts = s.view.named(circuit.of_kind("resistor", "capacitor", "current_source"))
    # what a coupling capacitor at an open input charges to depends on what is connected there
    parts = [c for c in parts if not (c.kind == "capacitor" and set(c.nets) & set(circuit.inputs))]
    for c in _some([c for c in parts if frozenset(c.nets) not in held], rng):
        a, b = c.nets
        value = s.solution.voltage(a, b)
        asked = s.ask(
            "voltage_across",
            "voltage",
            (f"{s.view.the(c)}两端电压的大小", f"the magnitude of the voltage across {s.view.the(c)}"),
            Probe("voltage", s.circuit, a=a, b=b, magnitude=True),
            "V",
            s.voltages_about(value),
            across_text(s.view, s.circuit, s.solution, c, lang),
        )
        if asked:
            yield from drafts(asked, lang, rng)


def current_through(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Size of the current through a named part."""
    s = setting(circuit, lang)
    if s is None:
        return
    targets = _some(s.view.named(circuit.of_kind(*_CARRIES)), rng)
    for c in targets:
        value = abs(s.solution.current(c.ref))
        asked = s.ask(
            "current_through",
            "current",
            (f"流过{s.view.the(c)}的电流大小", f"the magnitude of the current through {s.view.the(c)}"),
            Probe("current", s.circuit, ref=c.ref, a=next(iter(c.pins)), magnitude=True),
            "A",
            _currents_about(s, c, value),
            branch_text(s.view, s.circuit, s.solution, c, lang),
        )
        if asked:
            yield from drafts(asked, lang, rng)


def _currents_about(s: Setting, c: Component, value: float) -> list[float]:
    """The whole source over one resistor, the current of another part, a drop forgotten."""
    sources = [abs(x.value or 0.0) for x in s.circuit.of_kind("voltage_source")]
    resistors = [c] if c.kind == "resistor" else s.circuit.of_kind("resistor")
    ohms = [r.value for r in resistors if r.value]
    total = sum(r.value or 0.0 for r in s.circuit.of_kind("resistor"))
    others = [abs(s.solution.current(k)) for k in s.solution.pin_currents]
    return [
        *(v / r for v in sources[:1] for r in ohms[:2]),
        *(v / total for v in sources[:1] if total),
        *others,
    ]


def power(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Power that a resistor turns into heat, or that a source delivers."""
    s = setting(circuit, lang)
    if s is None:
        return
    for c in _some(s.view.named(circuit.of_kind("resistor", "voltage_source", "current_source")), rng):
        absorbed = s.solution.power(c)
        volts, amps = abs(s.solution.voltage(*c.nets)), abs(s.solution.current(c.ref))
        if amps < 1e-9 or volts < 1e-4:
            continue
        delivers = c.kind != "resistor" and absorbed < 0
        name, factor, verb = s.view.the(c), -1.0 if delivers else 1.0, "delivered by" if delivers else "absorbed by"
        zh = f"{name}{'提供' if delivers else '消耗' if c.kind == 'resistor' else '吸收'}的功率"
        en = f"the power {'dissipated in' if c.kind == 'resistor' else verb} {name}"
        others = [abs(s.solution.power(x)) for x in s.circuit.components if x.kind in ("resistor", c.kind)]
        source = max((abs(x.value or 0.0) for x in s.circuit.of_kind("voltage_source")), default=0.0)
        slips = [source**2 / c.value, source * amps] if c.kind == "resistor" and c.value else []
        asked = s.ask(
            "power",
            "power",
            (zh, en),
            Probe("power", s.circuit, ref=c.ref, factor=factor),
            "W",
            [*slips, *others],
            f"P = U·I = {written(volts, 'V')} × {written(amps, 'A')} = {written(abs(absorbed), 'W')}",
        )
        if asked:
            yield from drafts(asked, lang, rng)


CALCULATED_WRITERS = (node_voltage, voltage_between, voltage_across, current_through, power)
