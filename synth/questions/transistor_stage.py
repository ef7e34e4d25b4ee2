"""Level 4: what a one-transistor stage does to its AC signal."""

from __future__ import annotations

import random
from collections.abc import Iterator

from qa.item import Lang
from synth.circuits.analysis import complete, gain, input_source, without
from synth.circuits.netlist import GROUND, Circuit
from synth.circuits.probe import Probe
from synth.circuits.small_signal import mid_band, r_be
from synth.circuits.solver import SolveError
from synth.questions.draft import Draft
from synth.questions.givens import givens
from synth.questions.numeric import Asked, drafts, found
from synth.questions.numeric_options import written
from synth.questions.view import View, say


def stage(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Mid-band gain and input resistance of a stage with one BJT; r_be is told, rounded."""
    view = View(circuit, lang)
    transistors = view.named(circuit.of_kind("npn", "pnp"))
    if len(transistors) != 1 or len(circuit.of_kind("npn", "pnp")) != 1 or len(circuit.inputs) != 1:
        return
    if not circuit.of_kind("capacitor") or not circuit.output or circuit.of_kind("inductor", "opamp"):
        return
    q = transistors[0]
    try:
        ohms = float(f"{r_be(complete(circuit), q.ref):.2g}")
        linear = mid_band(circuit, {q.ref: ohms})
        gain(linear)
    except (SolveError, KeyError):
        return
    name = view.the(q)
    shorted = say(lang, "各电容对交流信号视为短路", "every capacitor is a short circuit for the signal")
    beta = written(q.value or 0.0, "")
    known = f"β = {beta}{say(lang, '、', ' and ')}r_be = {written(ohms, 'Ω')}"
    facts = [say(lang, f"{name}的{known}", f"{name} has {known}"), shorted]
    given = givens(view, states=False, extra=facts)
    if given is None:
        return
    yield from _gain(view, linear, given, ohms, q.value or 0.0, rng)
    yield from _input_resistance(view, linear, given, ohms, rng)


def _gain(view: View, linear: Circuit, given: str, ohms: float, beta: float, rng: random.Random) -> Iterator[Draft]:
    probe = Probe("gain", linear)
    value = found(probe)
    if value is None or not 1e-2 < abs(value) < 1e4:
        return
    lang, size = view.lang, abs(value)
    values = [c.value for c in view.circuit.of_kind("resistor") if c.value]
    slips = [*(beta * r / ohms for r in values), *(r / ohms for r in values), size + 1]
    out, into = (view.labels.get(n, "") for n in (view.circuit.output, view.circuit.inputs[0]))
    ratio = f"{out}/{into}" if out and into else ""
    stem = say(
        lang, f"该放大电路中频段的电压放大倍数{ratio}", f"the mid-band voltage gain{' ' + ratio if ratio else ''}"
    )
    why = say(
        lang,
        f"画微变等效电路(r_be与βi_b),解得 A_u = {written(value, '')}",
        f"The small-signal circuit (r_be and βi_b) gives A = {written(value, '')}",
    )
    asked = Asked("stage_gain", "gain", stem, value, "", probe, given, slips, why, signed=True)
    yield from drafts(asked, lang, rng)


def _input_resistance(view: View, linear: Circuit, given: str, ohms: float, rng: random.Random) -> Iterator[Draft]:
    source = input_source(linear)
    if source is not None and source.pins["-"] != GROUND:
        return
    bare = without(linear, source.ref) if source is not None else linear
    probe = Probe("resistance", bare, a=view.circuit.inputs[0], b=GROUND)
    value = found(probe)
    if value is None or not 1.0 < value < 1e8:
        return
    lang = view.lang
    values = [c.value for c in view.circuit.of_kind("resistor") if c.value]
    slips = [ohms, *values, *(value + r for r in values), ohms + sum(values)]
    stem = say(lang, "该放大电路中频段的输入电阻R_i", "the mid-band input resistance of the stage")
    why = say(
        lang,
        f"由微变等效电路从输入端看进去,R_i = {written(value, 'Ω')}",
        f"Seen from the input, the small-signal circuit is R_i = {written(value, 'Ω')}",
    )
    yield from drafts(
        Asked("stage_input_resistance", "input-resistance", stem, value, "Ω", probe, given, slips, why), lang, rng
    )


STAGE_WRITERS = (stage,)
