"""Level 4: time constants, cutoff and resonance frequencies, and what a circuit does at one frequency."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from qa.item import Lang
from synth.circuits.analysis import SOURCES, first_order, resonance, seen_resistance
from synth.circuits.netlist import Circuit, Component
from synth.circuits.probe import Probe
from synth.circuits.solver import SolveError, ac
from synth.questions.draft import Draft
from synth.questions.givens import amplitude, givens
from synth.questions.numeric import Asked, drafts, found
from synth.questions.numeric_options import written
from synth.questions.view import View, say

PI2 = 2.0 * math.pi
_RMS = (math.sqrt(2.0),)


def said_of(circuit: Circuit, lang: Lang) -> tuple[View, str] | None:
    """(view, what the question must tell besides the picture), None where it cannot be told."""
    view = View(circuit, lang)
    given = givens(view, states=False)
    return None if given is None else (view, given)


def _others(circuit: Circuit, used: float) -> list[float]:
    """Resistances one may take for the right one: a single resistor, all in series, all in parallel."""
    ohms = [c.value for c in circuit.of_kind("resistor") if c.value]
    every = [sum(ohms), 1.0 / sum(1.0 / r for r in ohms)] if ohms else []
    return [r for r in (*every, *ohms) if abs(r / used - 1.0) > 0.01]


def part_text(c: Component) -> str:
    """The value of a capacitor or inductor: `100 nF`."""
    return written(c.value or 0.0, "F" if c.kind == "capacitor" else "H")


def time_constant(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """τ of a circuit with one capacitor or inductor."""
    said = said_of(circuit, lang)
    probe = Probe("time_constant", circuit)
    tau = found(probe) if said else None
    if said is None or tau is None or circuit.of_kind("opamp"):
        return
    part, ohms = circuit.of_kind("capacitor", "inductor")[0], seen_resistance(circuit)
    if part.kind == "capacitor":
        why = f"τ = R·C = {written(ohms, 'Ω')} × {part_text(part)} = {written(tau, 's')}"
        slips = [tau / ohms * r for r in _others(circuit, ohms)]
    else:
        why = f"τ = L/R = {part_text(part)} / {written(ohms, 'Ω')} = {written(tau, 's')}"
        slips = [tau * ohms / r for r in _others(circuit, ohms)]
    asked = Asked(
        "time_constant",
        "time-constant",
        say(lang, "该电路的时间常数τ", "the time constant τ of the circuit"),
        tau,
        "s",
        probe,
        said[1],
        slips,
        why,
        factors=(PI2, 2.0),
    )
    yield from drafts(asked, lang, rng)


def cutoff(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """-3 dB frequency of a first-order filter."""
    said = said_of(circuit, lang)
    if said is None:
        return
    try:
        fc, ohms = first_order(circuit).cutoff, seen_resistance(circuit)
    except (SolveError, KeyError):
        return
    part = circuit.of_kind("capacitor", "inductor")[0]
    ratio = [ohms / r if part.kind == "capacitor" else r / ohms for r in _others(circuit, ohms)]
    slips = [fc * k for k in ratio]
    r = written(ohms, "Ω")
    if part.kind == "capacitor":
        why = f"f_c = 1/(2πRC) = 1/(2π × {r} × {part_text(part)}) = {written(fc, 'Hz')}"
    else:
        why = f"f_c = R/(2πL) = {r} / (2π × {part_text(part)}) = {written(fc, 'Hz')}"
    asked = Asked(
        "cutoff",
        "cutoff",
        say(lang, "该滤波电路的截止频率(-3 dB)", "the cutoff frequency (-3 dB) of the filter"),
        fc,
        "Hz",
        Probe("cutoff", circuit),
        said[1],
        slips,
        why,
        factors=(PI2, PI2, 2.0),
    )
    yield from drafts(asked, lang, rng)


def resonant(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Resonance frequency, quality and bandwidth of a series or parallel RLC circuit."""
    said = said_of(circuit, lang)
    if said is None:
        return
    try:
        r = resonance(circuit)
    except (SolveError, KeyError):
        return
    coil, cap = circuit.of_kind("inductor")[0], circuit.of_kind("capacitor")[0]
    assert coil.value and cap.value
    f0 = r.frequency
    why = f"f_0 = 1/(2π√(LC)) = 1/(2π√({part_text(coil)} × {part_text(cap)})) = {written(f0, 'Hz')}"
    slips = [f0 * math.sqrt(2), f0 / math.sqrt(2), f0 * 4, f0 / 4]
    stem = say(lang, "该电路的谐振频率f_0", "the resonance frequency f_0 of the circuit")
    yield from drafts(
        Asked(
            "resonance",
            "resonance",
            stem,
            f0,
            "Hz",
            Probe("resonance", circuit),
            said[1],
            slips,
            why,
            factors=(PI2, 2.0),
        ),
        lang,
        rng,
    )
    if r.quality is None or not 0.05 < r.quality < 1e4:
        return
    q, ohms, x = r.quality, r.resistance, PI2 * f0 * coil.value
    formula = f"√(L/C)/R = {written(x, 'Ω')} / {written(ohms, 'Ω')}"
    if r.kind == "parallel":
        formula = f"R/√(L/C) = {written(ohms, 'Ω')} / {written(x, 'Ω')}"
    wrong = [1.0 / q]
    stem = say(lang, "该谐振电路的品质因数Q", "the quality factor Q of the resonant circuit")
    why_q = f"Q = {formula} = {written(q, '')}"
    yield from drafts(
        Asked(
            "quality_factor",
            "resonance",
            stem,
            q,
            "",
            Probe("quality", circuit),
            said[1],
            wrong,
            why_q,
            factors=(PI2, 2.0),
        ),
        lang,
        rng,
    )
    band = f0 / q
    wrong = [f0, f0 * q]
    stem = say(lang, "该谐振电路的通频带(-3 dB带宽)", "the -3 dB bandwidth of the resonant circuit")
    why_b = f"BW = f_0/Q = {written(f0, 'Hz')} / {written(q, '')} = {written(band, 'Hz')}"
    yield from drafts(
        Asked(
            "bandwidth",
            "resonance",
            stem,
            band,
            "Hz",
            Probe("bandwidth", circuit),
            said[1],
            wrong,
            why_b,
            factors=(PI2, 2.0),
        ),
        lang,
        rng,
    )


def _drive(circuit: Circuit, lang: Lang) -> tuple[View, str, Component, float] | None:
    """(view, givens, the only source, its frequency) of a linear circuit driven by one AC source."""
    sources = circuit.of_kind("ac_source")
    said = said_of(circuit, lang)
    if len(sources) != 1 or len(circuit.of_kind(*SOURCES)) != 1 or said is None:
        return None
    view, _ = said
    freq = sources[0].params.get("freq", 0.0)
    if not freq or not sources[0].value or id(sources[0]) not in view.names:
        return None
    hertz, peak = written(freq, "Hz"), amplitude(view, sources[0])
    fact = say(lang, f"{peak}、频率为{hertz}", f"{peak} at {hertz}")
    given = givens(view, states=False, extra=[fact])
    return None if given is None else (view, given, sources[0], freq)


def reactance(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Reactance of a named capacitor or inductor, and the impedance the source sees."""
    drive = _drive(circuit, lang)
    if drive is None:
        return
    view, given, source, f = drive
    for c in view.named(circuit.of_kind("capacitor", "inductor"))[:2]:
        probe = Probe("impedance", circuit, ref=c.ref, freq=f)
        value = found(probe)
        if value is None or c.value is None or not 1e-2 < value < 1e8:
            continue
        name, at, text = view.the(c), written(f, "Hz"), part_text(c)
        if c.kind == "capacitor":
            stem = say(lang, f"{name}在该频率下的容抗", f"the reactance (magnitude) of {name} at this frequency")
            why = f"X_C = 1/(2πfC) = 1/(2π × {at} × {text}) = {written(value, 'Ω')}"
        else:
            stem = say(lang, f"{name}在该频率下的感抗", f"the reactance of {name} at this frequency")
            why = f"X_L = 2πfL = 2π × {at} × {text} = {written(value, 'Ω')}"
        slips = [value * math.pi, value / math.pi]
        yield from drafts(
            Asked("reactance", "impedance", stem, value, "Ω", probe, given, slips, why, factors=(PI2, 2.0)), lang, rng
        )
        break
    probe = Probe("impedance", circuit, ref=source.ref, freq=f)
    value = found(probe)
    if value is None or not 1e-2 < value < 1e8:
        return
    ohms = [c.value for c in circuit.of_kind("resistor") if c.value]
    reactances = [
        abs(x) for x in (found(Probe("impedance", circuit, ref=c.ref, freq=f)) for c in _reactive(circuit)) if x
    ]
    slips = [sum(ohms) + sum(reactances), *reactances, *ohms, math.hypot(sum(ohms), sum(reactances))]
    name = view.the(source)
    stem = say(lang, f"从{name}看进去的总阻抗的模|Z|", f"the magnitude |Z| of the impedance seen by {name}")
    why = say(lang, f"按相量合成,|Z| = {written(value, 'Ω')}", f"Adding as phasors, |Z| = {written(value, 'Ω')}")
    yield from drafts(Asked("input_impedance", "impedance", stem, value, "Ω", probe, given, slips, why), lang, rng)


def _reactive(circuit: Circuit) -> list[Component]:
    return [c for c in circuit.of_kind("capacitor", "inductor") if c.ref]


def ac_amplitude(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Amplitude of a current and of a voltage in a linear circuit with one AC source."""
    drive = _drive(circuit, lang)
    if drive is None or not _reactive(circuit):
        return
    view, given, source, f = drive
    try:
        s = ac(circuit, f)
    except SolveError:
        return
    peak = source.value or 0.0
    parts = view.named(circuit.of_kind("resistor", "capacitor", "inductor"))
    for c in rng.sample(parts, min(1, len(parts))):
        volts, amps, name = abs(s.voltage(*c.nets)), abs(s.current(c.ref)), view.the(c)
        z = volts / amps if amps else 0.0
        if volts > 1e-3 * peak and abs(volts - peak) > 0.01 * peak:
            stem = say(lang, f"{name}两端电压的幅值", f"the amplitude of the voltage across {name}")
            others = [abs(s.voltage(*o.nets)) for o in parts]
            slips = [peak - volts, *others, peak]
            why = f"U_m = I_m·|Z| = {written(amps, 'A')} × {written(z, 'Ω')} = {written(volts, 'V')}"
            probe = Probe("ac_voltage", circuit, a=c.nets[0], b=c.nets[1], freq=f)
            yield from drafts(
                Asked("ac_voltage", "ac", stem, volts, "V", probe, given, slips, why, factors=_RMS), lang, rng
            )
        if volts > 1e-3 * peak and z:
            stem = say(lang, f"流过{name}的电流幅值", f"the amplitude of the current through {name}")
            slips = [peak / z, *(abs(s.current(o.ref)) for o in parts)]
            why = f"I_m = U_m/|Z| = {written(volts, 'V')} / {written(z, 'Ω')} = {written(amps, 'A')}"
            probe = Probe("ac_current", circuit, ref=c.ref, freq=f)
            yield from drafts(
                Asked("ac_current", "ac", stem, amps, "A", probe, given, slips, why, factors=_RMS), lang, rng
            )


FREQUENCY_WRITERS = (time_constant, cutoff, resonant, reactance, ac_amplitude)
