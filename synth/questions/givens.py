"""What a calculation needs and the picture does not print: said at the start of the question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.circuits.analysis import complete
from synth.circuits.devices import forward_drop, v_be, v_ce_sat
from synth.circuits.netlist import KINDS, Circuit, Component
from synth.circuits.solver import SolveError, dc
from synth.questions.numeric_options import written
from synth.questions.view import View, say

_PRINTED = ("resistor", "capacitor", "inductor", "voltage_source", "current_source")
"""Kinds whose value stands in a picture that shows values; of all others it is said in the question."""
_MOST = 9
"""More figures than this make a question nobody reads."""


def givens(view: View, *, states: bool = True, extra: Sequence[str] = ()) -> str | None:
    """Sentences with every figure and assumption needed; None where a part that needs one has no name.

    `states`: also say what operating points need (β, drops, thresholds), which linear questions do not.
    `extra`: further facts of this question.
    """
    lang, facts = view.lang, []
    alike = [k for k in ("diode", "led") if len({c.value for c in view.circuit.of_kind(k)}) == 1] if states else []
    for c in view.circuit.components:
        fact = "" if c.kind in alike else _fact(view, c, states)
        if fact is None:
            return None
        if fact:
            facts.append(fact)
    for kind in alike:  # said once for all
        parts = view.circuit.of_kind(kind)
        drop, several = volts(parts[0].value or 0.0), len(parts) > 1
        zh, en = KINDS[kind].zh, KINDS[kind].en
        zh = f"每个{zh}的导通压降均为" if several else f"{zh}的导通压降为"
        facts.append(say(lang, f"{zh}{drop}", f"{'each' if several else 'the'} {en} has a forward voltage of {drop}"))
    facts += extra
    if len(facts) > _MOST:
        return None
    said = [f"已知{','.join(facts)}。"] if lang == "zh" and facts else _sentences(facts)
    if view.circuit.of_kind("opamp", "opamp_diff"):
        said.append(say(lang, "设运放为理想运放。", "Assume an ideal op-amp."))
    return ("" if lang == "zh" else " ").join(said)


_EQUATION = re.compile(r"(?:the )?\S+ = ")
_WORD = re.compile(r"(?:the|each|every) ")


def _sentences(facts: Sequence[str]) -> list[str]:
    """English: figures in one `Given: R1 = 1 kΩ, C1 = 10 nF.`, every other fact a sentence of its own."""
    figures = [f for f in facts if _EQUATION.match(f)]
    others = [f"{f[0].upper()}{f[1:]}." if _WORD.match(f) else f"{f}." for f in facts if f not in figures]
    return [*([f"Given: {', '.join(figures)}."] if figures else []), *others]


def volts(value: float) -> str:
    """`0.7 V`: as textbooks write drops, not `700 mV`."""
    return written(value, "V", exponent=0) if 0.05 <= abs(value) < 1000 else written(value, "V")


def amplitude(view: View, c: Component) -> str | None:
    """`V1的幅值为10 V`, None where the source has no name or value."""
    if c.value is None or id(c) not in view.names:
        return None
    return say(
        view.lang, f"{view.the(c)}的幅值为{volts(c.value)}", f"{view.the(c)} has an amplitude of {volts(c.value)}"
    )


def _fact(view: View, c: Component, states: bool) -> str | None:
    """What has to be said of one part; empty: nothing; None: something, but it has no name."""
    lang = view.lang
    if c.kind in _PRINTED:
        if view.circuit.shown.values or c.value is None:
            return ""
        return _named(view, c, f" = {written(c.value, KINDS[c.kind].unit, 6)}")
    if c.kind == "transformer" and c.value is not None:
        ratio = f"{c.value:g}:1" if c.value >= 1 else f"1:{1 / c.value:g}"
        return _named(
            view, c, say(lang, f"的原、副边匝数比为{ratio}", f" has a turns ratio (primary to secondary) of {ratio}")
        )
    if c.kind == "switch":
        closed = bool(c.params.get("closed", 0.0))
        return _named(view, c, say(lang, "闭合" if closed else "断开", " is closed" if closed else " is open"))
    if c.kind in _WORDS and states and c.value is not None:
        return _WORDS[c.kind](view, c)
    if c.kind in ("vcvs", "vccs", "cccs", "ccvs") and c.value is not None:
        gain = written(c.value, KINDS[c.kind].unit, 6)
        return _named(view, c, say(lang, f"的控制系数为{gain}", f" has the gain {gain}"))
    return ""


def _named(view: View, c: Component, rest: str) -> str | None:
    return view.the(c) + rest if id(c) in view.names else None


def _diode(view: View, c: Component) -> str | None:
    drop = volts(forward_drop(c))
    return _named(view, c, say(view.lang, f"的导通压降为{drop}", f" has a forward voltage of {drop}"))


def _zener(view: View, c: Component) -> str | None:
    assert c.value is not None
    level = volts(c.value)
    return _named(view, c, say(view.lang, f"的稳定电压为{level}", f" has a Zener voltage of {level}"))


def _bjt(view: View, c: Component) -> str | None:
    beta, drop, low = written(c.value or 0.0, ""), volts(v_be(c)), volts(v_ce_sat(c))
    minus = "|" if c.kind == "pnp" else ""
    text = say(
        view.lang,
        f"的β = {beta}、{minus}U_BE{minus} = {drop}",
        f" has β = {beta} and {minus}V_BE{minus} = {drop}",
    )
    state = _state(view.circuit, c)
    if state == "saturated":
        text += say(
            view.lang, f"、饱和时{minus}U_CE{minus} = {low}", f", with {minus}V_CE{minus} = {low} in saturation"
        )
    elif state == "active":  # many books neglect it in a divider's loop, and come out 5 % off
        text += say(view.lang, "(基极电流不可忽略)", "; its base current is not negligible")
    return _named(view, c, text)


def _mosfet(view: View, c: Component) -> str | None:
    level = volts(abs(c.value or 0.0))
    ohms = c.params.get("r_on", 0.0)
    on = written(ohms, "Ω") if ohms else "0 Ω"
    minus = "|" if c.kind == "pmos" else ""
    return _named(
        view,
        c,
        say(
            view.lang,
            f"的开启电压{minus}U_th{minus} = {level}、导通电阻为{on}",
            f" has {minus}V_th{minus} = {level} and an on-resistance of {on}",
        ),
    )


def _regulator(view: View, c: Component) -> str | None:
    level = volts(c.value or 0.0)
    return _named(
        view,
        c,
        say(
            view.lang,
            f"输出稳定在{level}、自身耗流不计",
            f" holds its output at {level} and draws no current for itself",
        ),
    )


_WORDS = {
    "diode": _diode,
    "led": _diode,
    "zener": _zener,
    "npn": _bjt,
    "pnp": _bjt,
    "nmos": _mosfet,
    "pmos": _mosfet,
    "regulator": _regulator,
}


def _state(circuit: Circuit, c: Component) -> str:
    try:
        return dc(complete(circuit)).states.get(c.ref, "")
    except SolveError:
        return ""
