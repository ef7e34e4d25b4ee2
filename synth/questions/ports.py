"""Level 4: what a circuit looks like from two of its nets: equivalent resistance, Thevenin equivalent."""

from __future__ import annotations

import random
from collections.abc import Iterator

from qa.item import Lang
from synth.circuits.analysis import SOURCES, added, resistance, without
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.circuits.probe import Probe
from synth.circuits.solver import SolveError, dc
from synth.questions.calculated import setting
from synth.questions.draft import Draft
from synth.questions.givens import givens
from synth.questions.numeric import Asked, askable, drafts, found
from synth.questions.numeric_options import written
from synth.questions.view import View, say


def equivalent_resistance(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Resistance between two labelled nets, or as the only source sees it."""
    view = View(circuit, lang)
    said = givens(view, states=False)
    if said is None or not circuit.of_kind("resistor"):
        return
    for phrase, probe in _ports(circuit, view, lang, rng):
        value = found(probe)
        if value is None or not askable(value, "Ω") or value > 1e9:
            continue
        ohms = [c.value for c in circuit.of_kind("resistor") if c.value]
        if any(abs(value - r) < 1e-9 * r for r in ohms) and len(ohms) == 1:
            continue  # the one resistor there is
        parallel = 1.0 / sum(1.0 / r for r in ohms)
        mistakes = [sum(ohms), parallel, *(value + r for r in ohms), *(abs(value - r) for r in ohms), *ohms]
        why = say(
            lang,
            f"独立源置零后,从两端看进去的等效电阻为{written(value, 'Ω')}。",
            f"With independent sources set to zero, the two terminals see {written(value, 'Ω')}.",
        )
        asked = Asked("equivalent_resistance", "equivalent-resistance", phrase, value, "Ω", probe, said, mistakes, why)
        yield from drafts(asked, lang, rng)


def _ports(circuit: Circuit, view: View, lang: Lang, rng: random.Random) -> Iterator[tuple[str, Probe]]:
    """(how to call the port, what to measure): seen by the only source, and between two labelled nets."""
    sources = circuit.of_kind(*SOURCES)
    if len(sources) == 1 and sources[0].ref in circuit.by_ref and id(sources[0]) in view.names:
        source = sources[0]
        rest = without(circuit, source.ref)
        name = view.the(source)
        phrase = say(lang, f"从{name}两端看进去的等效电阻", f"the equivalent resistance seen by {name}")
        if not circuit.of_kind("capacitor", "inductor"):
            yield phrase, Probe("resistance", rest, a=source.pins["+"], b=source.pins["-"])
    if circuit.of_kind("opamp", "opamp_diff"):
        return  # an output that holds its voltage makes such a resistance a riddle
    nets = [n for n in view.labels if n != GROUND]
    pairs = [(a, b) for i, a in enumerate(nets) for b in nets[i + 1 :]]
    if not circuit.of_kind("capacitor", "inductor"):
        for a, b in rng.sample(pairs, min(1, len(pairs))):
            off = say(lang, "(独立源置零)", " (independent sources set to zero)") if sources else ""
            la, lb = view.labels[a], view.labels[b]
            phrase = say(
                lang,
                f"{la}、{lb}两端之间的等效电阻{off}",
                f"the equivalent resistance between {la} and {lb}{off}",
            )
            yield phrase, Probe("resistance", circuit, a=a, b=b)


def thevenin_voltage(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Open-circuit voltage and resistance at the terminals of a load."""
    s = setting(circuit, lang)
    if s is None or len(circuit.of_kind("resistor")) < 3 or circuit.of_kind("opamp", "npn", "pnp"):
        return
    loads = [c for c in s.view.named(circuit.of_kind("resistor")) if s.solution.power(c) > 0]
    # the one at the output, else the last
    at_output = [c for c in loads if set(c.nets) == {circuit.output, circuit.output_ref}]
    for c in (at_output or loads)[-1:]:
        opened = without(circuit, c.ref)
        a, b = c.nets
        name = s.view.the(c)
        try:
            ohms, volts = resistance(opened, a, b), dc(opened).voltage(a, b)
        except (SolveError, KeyError):
            return
        why = say(
            lang,
            f"断开{name}:U_oc = {written(abs(volts), 'V')},独立源置零:R_eq = {written(ohms, 'Ω')}。",
            f"Without {name}: V_oc = {written(abs(volts), 'V')}; sources zero: R_th = {written(ohms, 'Ω')}.",
        )
        if any(abs(abs(volts) - abs(x.value or 0.0)) < 1e-9 for x in circuit.of_kind("voltage_source")):
            return  # the source itself: nothing to calculate
        now = abs(s.solution.voltage(a, b))
        open_voltage = s.ask(
            "thevenin_voltage",
            "thevenin",
            (f"断开{name}后,其两端的开路电压大小", f"the open-circuit voltage (magnitude) once {name} is removed"),
            Probe("voltage", opened, a=a, b=b, magnitude=True),
            "V",
            [now, *s.voltages_about(volts)],
            why,
        )
        seen = s.ask(
            "thevenin_resistance",
            "thevenin",
            (
                f"以{name}为负载,断开后从其两端看进去的戴维南等效电阻",
                f"the Thevenin resistance seen by {name} as the load",
            ),
            Probe("resistance", opened, a=a, b=b),
            "Ω",
            _resistances_about(opened, ohms, c.value or 0.0),
            why,
        )
        for asked in (open_voltage, seen):
            if asked:
                yield from drafts(asked, lang, rng)


def _resistances_about(circuit: Circuit, ohms: float, load: float) -> list[float]:
    values = [c.value for c in circuit.of_kind("resistor") if c.value]
    with_load = ohms * load / (ohms + load) if ohms + load else 0.0
    return [sum(values), with_load, ohms + load, *values]


def short_circuit_current(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Current through a wire laid between the two labelled terminals of a Thevenin or Norton exercise."""
    s = setting(circuit, lang)
    if s is None or circuit.function not in ("thevenin", "norton") or len(s.view.labels) != 2:
        return
    a, b = s.view.labels
    wire = Component("voltage_source", {"+": a, "-": b}, "_short", 0.0)
    probe = Probe("current", added(circuit, wire), ref="_short", a="+", magnitude=True)
    value = found(probe)
    if value is None:
        return
    try:
        volts, ohms = dc(circuit).voltage(a, b), resistance(circuit, a, b)
    except SolveError:
        return
    la, lb = s.view.labels[a], s.view.labels[b]
    stem = (
        f"将{la}、{lb}两端用导线短接后,流过该导线的短路电流大小",
        f"the magnitude of the short-circuit current through a wire laid from {la} to {lb}",
    )
    total = sum(c.value or 0.0 for c in circuit.of_kind("resistor"))
    others = [abs(s.solution.current(c.ref)) for c in circuit.components if c.ref]
    slips = [abs(volts) / total, *others, *(abs(c.value or 0.0) for c in circuit.of_kind("current_source"))]
    why = f"I_sc = U_ab/R_ab = {written(abs(volts), 'V')} / {written(ohms, 'Ω')} = {written(value, 'A')}"
    asked = s.ask("short_circuit_current", "norton", stem, probe, "A", slips, why)
    if asked:
        yield from drafts(asked, lang, rng)


PORT_WRITERS = (equivalent_resistance, thevenin_voltage, short_circuit_current)
