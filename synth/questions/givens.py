"""What a calculation needs and the picture does not print: said at the start of the question."""

from __future__ import annotations

from synth.circuits.analysis import SOURCES
from synth.circuits.devices import forward_drop, v_be, v_ce_sat
from synth.circuits.netlist import KINDS, Circuit, Component
from synth.circuits.solver import dc
from synth.questions.numeric_options import written
from synth.questions.view import View, say

_PRINTED = ("resistor", "capacitor", "inductor", "voltage_source", "current_source")
"""Kinds whose value stands in a picture that shows values; of all others it is said in the question."""
_MOST = 7
"""More figures than this make a question nobody reads."""


def givens(view: View, *, states: bool = True) -> str | None:
    """Sentences with every figure and assumption needed; None where a part that needs one has no name.

    `states`: mention what operating points need (β, drops, thresholds); small facts of it are left out in
    purely linear questions.
    """
    lang, facts = view.lang, []
    for c in view.circuit.components:
        fact = _fact(view, c, states)
        if fact is None:
            return None
        if fact:
            facts.append(fact)
    if len(facts) > _MOST:
        return None
    if view.circuit.of_kind("opamp", "opamp_diff"):
        facts.append(say(lang, "运放视为理想运放", "the op-amp is ideal"))
    return sentence(facts, lang)


def sentence(facts: list[str], lang: str) -> str:
    """`设A,B。` or `Take A and B.`; empty without facts."""
    if not facts:
        return ""
    if lang == "zh":
        return f"已知{','.join(facts)}。"
    head = ", ".join(facts[:-1])
    return f"Given that {head + ' and ' if head else ''}{facts[-1]}."


def _fact(view: View, c: Component, states: bool) -> str | None:
    """What has to be said of one part; empty: nothing; None: something, but it has no name."""
    lang = view.lang
    if c.kind in _PRINTED:
        if view.circuit.shown.values or c.value is None:
            return ""
        return _named(view, c, f" = {written(c.value, KINDS[c.kind].unit, 6)}")
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
    drop = written(forward_drop(c), "V")
    return _named(view, c, say(view.lang, f"导通压降为{drop}", f" drops {drop} when it conducts"))


def _zener(view: View, c: Component) -> str | None:
    assert c.value is not None
    volts = written(c.value, "V")
    return _named(view, c, say(view.lang, f"稳定电压为{volts}", f" has a Zener voltage of {volts}"))


def _bjt(view: View, c: Component) -> str | None:
    beta, drop, low = written(c.value or 0.0, ""), written(v_be(c), "V"), written(v_ce_sat(c), "V")
    minus = "|" if c.kind == "pnp" else ""
    text = say(
        view.lang,
        f"的β = {beta}、{minus}U_BE{minus} = {drop}",
        f" has β = {beta} and {minus}V_BE{minus} = {drop}",
    )
    if _state(view.circuit, c) == "saturated":
        text += say(view.lang, f"、饱和时{minus}U_CE{minus} = {low}", f", and {minus}V_CE{minus} = {low} in saturation")
    return _named(view, c, text)


def _mosfet(view: View, c: Component) -> str | None:
    volts = written(abs(c.value or 0.0), "V")
    ohms = c.params.get("r_on", 0.0)
    on = written(ohms, "Ω") if ohms else "0 Ω"
    minus = "|" if c.kind == "pmos" else ""
    return _named(
        view,
        c,
        say(
            view.lang,
            f"的开启电压{minus}U_th{minus} = {volts}、导通电阻为{on}",
            f" has {minus}V_th{minus} = {volts} and an on-resistance of {on}",
        ),
    )


def _regulator(view: View, c: Component) -> str | None:
    volts = written(c.value or 0.0, "V")
    return _named(
        view, c, say(view.lang, f"输出稳定在{volts}、自身耗流不计", f" holds {volts} and draws no current itself")
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
    return dc(circuit).states.get(c.ref, "")


def independent(circuit: Circuit) -> list[Component]:
    """Its independent sources."""
    return circuit.of_kind(*SOURCES)
