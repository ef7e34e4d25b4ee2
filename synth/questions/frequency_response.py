"""Level 4: the gain of a filter, integrator or differentiator at one frequency."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Iterator

from qa.item import Lang
from synth.circuits.analysis import first_order
from synth.circuits.netlist import Circuit
from synth.circuits.probe import Probe
from synth.circuits.solver import SolveError
from synth.questions.draft import Draft
from synth.questions.frequency import PI2, part_text, said_of
from synth.questions.numeric import Asked, drafts, found, is_word
from synth.questions.numeric_options import Scale, written
from synth.questions.view import View, say

_NICE = (1.0, 2.0, 5.0)
_SPAN = (1 / 5, 5.0)
"""By how much a frequency that is asked about differs from where the gain is 1."""
_PASSING = (1 / 5, 2.0)
"""The same of a filter's cutoff, outwards: further into the pass band gains are too near each other to choose from."""


def _nice_frequency(near: float, span: tuple[float, float], rng: random.Random) -> float:
    """A round frequency within `span` times `near`."""
    decade = math.floor(math.log10(near))
    choices = [float(f"{n:g}e{d}") for d in (decade - 1, decade, decade + 1) for n in _NICE]
    return rng.choice([f for f in choices if near * span[0] <= f <= near * span[1]])


def gain_at(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """|U_o/U_i| of a first-order filter at a stated frequency."""
    said = said_of(circuit, lang)
    if said is None:
        return
    view, given = said
    out, into = circuit.output, circuit.inputs[0] if circuit.inputs else ""
    if out not in view.labels:
        return
    try:
        filt = first_order(circuit)
    except (SolveError, KeyError):
        yield from _integrating(circuit, view, given, rng)
        return
    low, high = _PASSING
    f = _nice_frequency(filt.cutoff, (low, high) if filt.kind == "high_pass" else (1 / high, 1 / low), rng)
    probe = Probe("ac_gain", circuit, freq=f)
    value = found(probe)
    if value is None:
        return
    x = f / filt.cutoff if filt.kind == "low_pass" else filt.cutoff / f
    top = abs(filt.passband)
    slips = [top / (1 + x), top * x / math.hypot(1, x), top / math.hypot(1, x / PI2), top / math.hypot(1, x * PI2)]
    both = [view.labels.get(n, "") for n in (out, into)]
    ratio = "/".join(both) if all(both) and not any(is_word(x) for x in both) else ""
    at = written(f, "Hz")
    stem = say(
        lang,
        f"频率为{at}时,该电路电压增益的幅值{f'|{ratio}|' if ratio else ''}",
        f"the magnitude of the voltage gain{f' |{ratio}|' if ratio else ''} at {at}",
    )
    x_text = "f/f_c" if filt.kind == "low_pass" else "f_c/f"
    lead = "" if abs(top - 1) < 1e-9 else f"{written(top, '')}"
    why = (
        f"f_c = {written(filt.cutoff, 'Hz')}; |A| = {lead or '1'}/√(1 + ({x_text})²)"
        f" = {lead or '1'}/√(1 + {written(x, '')}²) = {written(value, '')}"
    )
    yield from drafts(
        Asked(
            "gain_at_frequency",
            "frequency-response",
            stem,
            value,
            "",
            probe,
            given,
            slips,
            why,
            scale=Scale(top, _PASSING),
        ),
        lang,
        rng,
    )


def _integrating(circuit: Circuit, view: View, given: str, rng: random.Random) -> Iterator[Draft]:
    """|U_o/U_i| of an op-amp with one capacitor that has no pass band: integrator, differentiator."""
    caps, ohms = circuit.of_kind("capacitor"), circuit.of_kind("resistor")
    if len(caps) != 1 or not circuit.of_kind("opamp") or not ohms or not caps[0].value or not ohms[0].value:
        return
    at_one = 1.0 / (PI2 * ohms[0].value * caps[0].value)
    f = _nice_frequency(at_one, _SPAN, rng)
    probe = Probe("ac_gain", circuit, freq=f)
    value = found(probe)
    if value is None or not 1e-3 < value < 1e3:
        return
    x, at = f / at_one, written(f, "Hz")
    product = f"2π × {at} × {written(ohms[0].value, 'Ω')} × {part_text(caps[0])}"
    if math.isclose(value, 1.0 / x, rel_tol=1e-9):
        why = f"|A| = 1/(2πfRC) = 1/({product}) = {written(value, '')}"
    elif math.isclose(value, x, rel_tol=1e-9):
        why = f"|A| = 2πfRC = {product} = {written(value, '')}"
    else:
        why = say(view.lang, f"按相量计算,|A| = {written(value, '')}", f"With phasors, |A| = {written(value, '')}")
    stem = say(view.lang, f"频率为{at}时,该电路电压增益的幅值", f"the magnitude of the voltage gain at {at}")
    asked = Asked("gain_at_frequency", "frequency-response", stem, value, "", probe, given, [1 / value], why)
    asked = dataclasses.replace(asked, factors=(PI2, 2.0), scale=Scale(span=_SPAN))
    yield from drafts(asked, view.lang, rng)
