"""Level 4: op-amp circuits (gain, output voltage) and transistors at their operating point."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from qa.item import Lang
from synth.circuits.analysis import SOURCES, complete, gain, input_source
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.circuits.probe import Probe
from synth.circuits.solver import SolveError, dc
from synth.questions.calculated import OPAMP_SUPPLY, Setting, setting
from synth.questions.draft import Draft
from synth.questions.givens import givens
from synth.questions.givens import volts as volts_text
from synth.questions.numeric import Asked, drafts, found, is_word
from synth.questions.numeric_options import Scale, written
from synth.questions.view import View, say

_INPUTS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0)


def _out_name(view: View) -> str | None:
    """What the output is called; None where the picture names none and no single op-amp says which it is."""
    circuit = view.circuit
    label = view.labels.get(circuit.output, "")
    if label and circuit.output_ref in (GROUND, *view.labels):
        if is_word(label):
            return ""  # “the output voltage output”
        if circuit.output_ref == GROUND:
            return label
        return f"({label} - {view.labels[circuit.output_ref]})"
    opamps = circuit.of_kind("opamp")
    if len(opamps) == 1 and circuit.output == opamps[0].pins["out"] and circuit.output_ref == GROUND:
        return ""
    return None


def amplifier_gain(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Signed voltage gain from the only input to the output, as a ratio and in dB."""
    view = View(circuit, lang)
    said, out = givens(view, states=False), _out_name(view)
    if said is None or out is None or len(circuit.inputs) != 1 or not circuit.of_kind("opamp", "vcvs", "vccs"):
        return
    still = bool(circuit.of_kind("capacitor", "inductor"))
    probe = Probe("gain", circuit)
    value = found(probe)
    if value is None or not 1e-3 < abs(value) < 1e5:
        return
    ratio = _ratio(view, out)
    if ratio is None:
        return
    stem = say(
        lang,
        f"该电路的{'直流' if still else ''}电压放大倍数{ratio}",
        f"the {'DC ' if still else ''}voltage gain {ratio} of the circuit",
    )
    why = _gain_text(view, value, lang)
    yield from drafts(
        Asked("gain", "gain", stem, value, "", probe, said, _gain_slips(circuit, value), why, signed=True), lang, rng
    )
    size, db = abs(value), 20.0 * math.log10(abs(value))
    if abs(db) > 1.0:
        slips = [10.0 * math.log10(size), 20.0 * math.log10(size + 1), size]
        stem = say(
            lang,
            f"该电路{'直流' if still else ''}电压增益{ratio}的分贝值20lg|A|",
            f"the {'DC ' if still else ''}voltage gain {ratio} in decibels (20·lg|A|)",
        )
        why_db = f"20·lg|A| = 20·lg({written(size, '')}) = {written(db, 'dB')}"
        yield from drafts(
            Asked(
                "gain_db",
                "gain",
                stem,
                db,
                "dB",
                Probe("gain_db", circuit),
                said,
                slips,
                why_db,
                scale=Scale(decibels=True),
            ),
            lang,
            rng,
        )


def _ratio(view: View, out: str) -> str | None:
    """What over what the gain is: `Uo/Ui`, `(输出电压与V1之比)`; None where the input cannot be named."""
    circuit = view.circuit
    into = view.labels.get(circuit.inputs[0], "")
    if into and out and not is_word(into):
        return f"{out}/{into}"
    source = input_source(circuit)
    if into:
        zh, en = ("输入电压", "the input voltage") if is_word(into) else (into, into)
    elif source is not None and id(source) in view.names:
        zh, en = f"{view.the(source)}的电压", f"the voltage of {view.the(source)}"
    else:
        return None
    zh_out, en_out = (out, out) if out else ("输出电压", "the output voltage")
    return say(view.lang, f"({zh_out}与{zh}之比)", f"(the ratio of {en_out} to {en})")


def _gain_slips(circuit: Circuit, value: float) -> list[float]:
    size = abs(value)
    ohms = [c.value for c in circuit.of_kind("resistor") if c.value]
    ratios = [a / b for a in ohms for b in ohms if a is not b]
    return [size + 1, size - 1, 1 / size, *ratios, *(1 + r for r in ratios)]


def _gain_text(view: View, value: float, lang: Lang) -> str:
    """The formula where one op-amp has one resistor each from input, ground and output at its inputs."""
    circuit = view.circuit
    opamps = circuit.of_kind("opamp")
    if len(opamps) == 1:
        minus, out = opamps[0].pins["-"], opamps[0].pins["out"]
        back = [c for c in circuit.of_kind("resistor") if set(c.nets) == {minus, out}]
        rest = [c for c in circuit.of_kind("resistor") if minus in c.nets and out not in c.nets]
        if len(back) == 1 and len(rest) == 1 and back[0].value and rest[0].value:
            r_f, r_1 = back[0].value, rest[0].value
            f, g = written(r_f, "Ω"), written(r_1, "Ω")
            if math.isclose(value, -r_f / r_1, rel_tol=1e-9):
                return f"A = -R_f/R_1 = -({f})/({g}) = {written(value, '')}"
            if math.isclose(value, 1 + r_f / r_1, rel_tol=1e-9):
                return f"A = 1 + R_f/R_1 = 1 + ({f})/({g}) = {written(value, '')}"
    return say(
        lang,
        f"由“虚短”和“虚断”列节点方程,得 A = {written(value, '')}",
        f"Virtual short and no input current give A = {written(value, '')}",
    )


def output_voltage(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Output of an op-amp circuit for stated or drawn DC inputs."""
    view = View(circuit, lang)
    out = _out_name(view)
    if out is None or not circuit.inputs or not circuit.of_kind("opamp"):
        return
    if circuit.of_kind("capacitor", "inductor", "ac_source"):
        return
    open_nets = [n for n in circuit.inputs if not any(c.kind in SOURCES for c, _ in circuit.by_net.get(n, []))]
    if any(n not in view.labels for n in open_nets):
        return
    for _ in range(6):
        volts = [rng.choice(_INPUTS) * rng.choice((1, 1, -1)) for _ in circuit.inputs]
        driven = complete(circuit, volts)
        try:
            value = dc(driven).voltage(circuit.output, None if circuit.output_ref == GROUND else circuit.output_ref)
        except (SolveError, KeyError):
            return
        if 0.05 <= abs(value) <= OPAMP_SUPPLY:
            break
        if not open_nets:
            return
    else:
        return
    facts = [_input_text(view.labels[n], v, lang) for n, v in zip(circuit.inputs, volts, strict=True) if n in open_nets]
    given = givens(view, states=False, extra=facts)
    if given is None:
        return
    sizes = [abs(v) for n, v in zip(circuit.inputs, volts, strict=True) if n in open_nets]
    sizes += [abs(c.value or 0.0) for c in circuit.of_kind("voltage_source")]
    size = abs(value)
    slips = [size + s for s in sizes] + [abs(size - s) for s in sizes]
    stem = say(lang, f"输出电压{out}", f"the output voltage{' ' + out if out else ''}")
    why = say(
        lang,
        f"由“虚短”和“虚断”列节点方程,得输出电压 = {written(value, 'V')}",
        f"Virtual short and no input current give an output of {written(value, 'V')}",
    )
    if len(circuit.inputs) == 1 and open_nets:
        a = gain(circuit).real
        why = (
            f"{_gain_text(view, a, lang)}; U_o = {written(a, '')} × ({written(volts[0], 'V')}) = {written(value, 'V')}"
        )
    back = "" if circuit.output_ref == GROUND else circuit.output_ref
    probe = Probe("voltage", driven, a=circuit.output, b=back)
    yield from drafts(
        Asked("output_voltage", "output-voltage", stem, value, "V", probe, given, slips, why, signed=True), lang, rng
    )


def _input_text(label: str, value: float, lang: Lang) -> str:
    """`Ui = 0.5 V`, or in words where the label is a word."""
    if is_word(label):
        return say(lang, f"输入电压为{volts_text(value)}", f"the input voltage is {volts_text(value)}")
    return f"{label} = {volts_text(value)}"


def operating_point(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """I_B, I_C, I_E and U_CE of a conducting BJT."""
    s = setting(circuit, lang)
    if s is None:
        return
    for q in s.view.named(circuit.of_kind("npn", "pnp"))[:1]:
        if s.solution.states.get(q.ref) in (None, "off"):
            continue
        yield from _bjt(s, q, lang, rng)


def _bjt(s: Setting, q: Component, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    name, beta = s.view.the(q), q.value or 0.0
    currents, sol = s.solution.pin_currents[q.ref], s.solution
    i_b, i_c = abs(currents["B"]), abs(currents["C"])
    saturated = sol.states[q.ref] == "saturated"
    no_drop = _without_drop(s.circuit, q)
    words = {"B": ("基极电流I_B", "base"), "C": ("集电极电流I_C", "collector"), "E": ("发射极电流I_E", "emitter")}
    for pin in rng.sample(("B", "C", "E"), 2):
        value = abs(currents[pin])
        zh, en = words[pin]
        why = {
            "B": say(
                lang,
                f"由输入回路(计入U_BE)得 I_B = {written(i_b, 'A')}",
                f"The base loop gives I_B = {written(i_b, 'A')}",
            ),
            "C": f"I_C = β·I_B = {written(beta, '')} × {written(i_b, 'A')} = {written(i_c, 'A')}",
            "E": f"I_E = I_B + I_C = {written(abs(currents['E']), 'A')}",
        }[pin]
        if saturated and pin == "C":
            why = say(
                lang,
                f"三极管饱和,I_C由外电路决定,为{written(i_c, 'A')}",
                f"Saturated: the load sets I_C = {written(i_c, 'A')}",
            )
        slips = [x for x in (abs(no_drop.get(pin, 0.0)), value * (1 + 1 / beta) if beta else 0.0, i_b * beta, i_b) if x]
        asked = s.ask(
            f"bjt_current_{pin.lower()}",
            "operating-point",
            (f"{name}的{zh}的大小", f"the magnitude of the {en} current of {name}"),
            Probe("current", s.circuit, ref=q.ref, a=pin, magnitude=True),
            "A",
            slips,
            why,
        )
        if asked:
            yield from drafts(asked, lang, rng)
    a, b = q.pins["C"], q.pins["E"]
    volts = sol.voltage(a, b)
    asked = s.ask(
        "bjt_voltage_ce",
        "operating-point",
        (f"{name}集电极与发射极之间电压|U_CE|", f"the magnitude of the collector-emitter voltage V_CE of {name}"),
        Probe("voltage", s.circuit, a=a, b=b, magnitude=True),
        "V",
        s.voltages_about(volts),
        say(
            lang,
            f"U_C = {written(sol.voltage(a), 'V')},U_E = {written(sol.voltage(b), 'V')},"
            f"|U_CE| = {written(abs(volts), 'V')}",
            f"V_C = {written(sol.voltage(a), 'V')}, V_E = {written(sol.voltage(b), 'V')},"
            f" |V_CE| = {written(abs(volts), 'V')}",
        ),
    )
    if asked and not saturated:
        yield from drafts(asked, lang, rng)


def _without_drop(circuit: Circuit, q: Component) -> dict[str, float]:
    """The currents of one who forgets V_BE."""
    try:
        wrong = dc(circuit.with_component(q.ref, params={**q.params, "vbe": 0.0}))
    except SolveError:
        return {}
    return dict(wrong.pin_currents[q.ref])


AMPLIFIER_WRITERS = (amplifier_gain, output_voltage, operating_point)
