"""Non-linear parts as textbooks calculate with them: a few linear states each, and when a state must change.

Diode and LED: open, or a constant drop. Zener: also a constant breakdown voltage. BJT: cut off, active with
V_BE and β, or saturated. MOSFET: an open or closed switch (`r_on` ohms).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from synth.circuits.mna import ONE, Expr, System, value_of
from synth.circuits.netlist import Component

OFF = "off"
V_ZENER_FORWARD = 0.7
V_BE = 0.7
V_CE_SAT = 0.2
V_BODY = 0.7
_GMIN = 1e-12
"""What an open part still conducts (S), so that a net behind it keeps a voltage."""
_TINY = 1e-9

Wish = tuple[str, float]
"""The state a part wants to go to, and how badly (volts, or milliamperes); 0: content."""


@dataclass(frozen=True, slots=True)
class Device:
    """How one kind of part behaves."""

    states: tuple[str, ...]
    stamp: Callable[[System, str, Component, str], None]
    wish: Callable[[Component, str, Mapping[str, float], Mapping[str, float]], Wish]
    """(part, state, volts by pin, amperes into each pin) -> wish."""
    ties: Mapping[str, tuple[tuple[str, str], ...]]
    """state -> pins whose voltages it binds to each other; a state not here binds none."""


def _leak(s: System, key: str, c: Component, a: str, b: str) -> None:
    s.flow(key, (a, c.pins[a]), (b, c.pins[b]), s.volt(c.pins[a], c.pins[b], _GMIN))


def _drop(s: System, key: str, c: Component, a: str, b: str, volts: float, ohms: float = 0.0) -> Expr:
    i = s.unknown()
    s.flow(key, (a, c.pins[a]), (b, c.pins[b]), i)
    s.equation((s.volt(c.pins[a], c.pins[b]), 1.0), ({ONE: volts}, -1.0), (i, -ohms))
    return i


def _wanted(state: str, excess: float) -> Wish:
    return state, excess if excess > _TINY else 0.0


# --- diodes ---------------------------------------------------------------------------------------------


def forward_drop(c: Component) -> float:
    """Forward drop in V of a diode, LED or zener."""
    return c.params.get("vf", V_ZENER_FORWARD) if c.kind == "zener" else value_of(c)


def _diode(s: System, key: str, c: Component, state: str) -> None:
    if state == OFF:
        _leak(s, key, c, "A", "K")
    elif state == "breakdown":
        _drop(s, key, c, "A", "K", -value_of(c))
    else:
        _drop(s, key, c, "A", "K", forward_drop(c))


def _diode_wish(c: Component, state: str, v: Mapping[str, float], i: Mapping[str, float]) -> Wish:
    forward = v["A"] - v["K"]
    if state == "on":
        return _wanted(OFF, -1e3 * i["A"])
    if state == "breakdown":
        return _wanted(OFF, 1e3 * i["A"])
    if c.kind == "zener" and -forward > value_of(c):
        return _wanted("breakdown", -forward - value_of(c))
    return _wanted("on", forward - forward_drop(c))


# --- transistors ----------------------------------------------------------------------------------------


def _sign(c: Component) -> float:
    return -1.0 if c.kind in ("pnp", "pmos") else 1.0


def v_be(c: Component) -> float:
    """|V_BE| in V of a conducting BJT."""
    return c.params.get("vbe", V_BE)


def v_ce_sat(c: Component) -> float:
    """|V_CE| in V of a saturated BJT."""
    return c.params.get("vce_sat", V_CE_SAT)


def _bjt(s: System, key: str, c: Component, state: str) -> None:
    if state == OFF:
        _leak(s, key, c, "B", "E")
        _leak(s, key, c, "C", "E")
        return
    base = _drop(s, key, c, "B", "E", _sign(c) * v_be(c))
    if state == "saturated":
        _drop(s, key, c, "C", "E", _sign(c) * v_ce_sat(c))
    else:
        collector = {k: value_of(c) * x for k, x in base.items()}
        s.flow(key, ("C", c.pins["C"]), ("E", c.pins["E"]), collector)


def _bjt_wish(c: Component, state: str, v: Mapping[str, float], i: Mapping[str, float]) -> Wish:
    sign = _sign(c)
    if state == OFF:
        return _wanted("active", sign * (v["B"] - v["E"]) - v_be(c))
    base, collector = 1e3 * sign * i["B"], 1e3 * sign * i["C"]
    if base < -_TINY:
        return OFF, -base
    if state == "active":
        return _wanted("saturated", v_ce_sat(c) - sign * (v["C"] - v["E"]))
    return _wanted("active", collector - value_of(c) * base)


def _mosfet(s: System, key: str, c: Component, state: str) -> None:
    if state == OFF:
        _leak(s, key, c, "D", "S")
    else:
        _drop(s, key, c, "D", "S", 0.0, c.params.get("r_on", 0.0))


def _mosfet_wish(c: Component, state: str, v: Mapping[str, float], i: Mapping[str, float]) -> Wish:
    over = _sign(c) * (v["G"] - v["S"]) - abs(value_of(c))
    return _wanted("on", over) if state == OFF else _wanted(OFF, -over)


def misused(c: Component, v: Mapping[str, float], i: Mapping[str, float]) -> str:
    """Why these voltages and currents are beyond what a textbook part knows of, empty where they are not."""
    if c.kind in ("npn", "pnp") and _sign(c) * (v["B"] - v["C"]) > v_be(c) + _TINY:
        return "its base-collector junction would conduct"
    if c.kind in ("npn", "pnp") and _sign(c) * i["C"] < -_TINY:
        return "its collector current would flow backwards"
    if c.kind in ("nmos", "pmos") and _sign(c) * (v["S"] - v["D"]) > V_BODY:
        return "its body diode would conduct"
    return ""


_AK = (("A", "K"),)
_RECTIFIER = Device((OFF, "on"), _diode, _diode_wish, {"on": _AK})
_BJT = Device(
    (OFF, "active", "saturated"), _bjt, _bjt_wish, {"active": (("B", "E"),), "saturated": (("B", "E"), ("C", "E"))}
)
_MOSFET = Device((OFF, "on"), _mosfet, _mosfet_wish, {"on": (("D", "S"),)})

DEVICES: Mapping[str, Device] = {
    "diode": _RECTIFIER,
    "led": _RECTIFIER,
    "zener": Device((OFF, "on", "breakdown"), _diode, _diode_wish, {"on": _AK, "breakdown": _AK}),
    "npn": _BJT,
    "pnp": _BJT,
    "nmos": _MOSFET,
    "pmos": _MOSFET,
}
