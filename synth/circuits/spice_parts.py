"""Each kind of part as ngspice lines: idealised to what textbooks calculate with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

from synth.circuits.netlist import Component

Drive = Literal["dc", "ac", "off"]
Pins = Mapping[str, str]
Writer = Callable[[str, Component, Pins, Drive], list[str]]

_ON, _OFF = "1e4", "1e-12"
"""Conductance of an ideal diode (S). Two straight lines converge where an exponential this steep does not."""
_OPAMP_GAIN = "1e9"
_OPEN, _CLOSED = "1e15", "1e-6"
_V_BE, _V_CE_SAT, _V_ZENER = 0.7, 0.2, 0.7


def _value(c: Component) -> float:
    if c.value is None:
        raise ValueError(f"{c.ref or c.kind}: has no value")
    return c.value


def _two(letter: str) -> Writer:
    def write(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
        start = f" ic={c.params['ic']!r}" if "ic" in c.params else ""
        return [f"{letter}{i} {' '.join(list(pins.values())[:2])} {_value(c)!r}{start}"]

    return write


def _voltage_source(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    level = f"dc {_value(c)!r}" if drive == "dc" else "dc 0"
    return [f"v{i} {pins['+']} {pins['-']} {level}"]


def _ac_source(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    level = f"dc 0 ac {_value(c)!r} {c.params.get('phase', 0.0)!r}" if drive == "ac" else "dc 0"
    return [f"v{i} {pins['+']} {pins['-']} {level}"]


def _current_source(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    # SPICE counts the current through the source from its first node to its second
    return [f"i{i} {pins['-']} {pins['+']} dc {_value(c) if drive == 'dc' else 0.0!r}"]


def _controlled(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    out, sense = f"{pins['+']} {pins['-']}", f"{pins['c+']} {pins['c-']}"
    back = f"{pins['-']} {pins['+']}"
    gain = repr(_value(c))
    if c.kind == "vcvs":
        return [f"e{i} {out} {sense} {gain}"]
    if c.kind == "vccs":
        return [f"g{i} {back} {sense} {gain}"]
    sensor = f"vc{i} {sense} 0"
    if c.kind == "cccs":
        return [sensor, f"f{i} {back} vc{i} {gain}"]
    return [sensor, f"h{i} {out} vc{i} {gain}"]


def _drop(i: str, a: str, k: str, volts: float) -> list[str]:
    """Conducts from a to k once `volts` lie across it."""
    across = f"v({a},k{i})"
    return [f"bd{i} {a} k{i} i = {across} > 0 ? {_ON} * {across} : {_OFF} * {across}", f"vd{i} k{i} {k} {volts!r}"]


def _diode(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    return _drop(i, pins["A"], pins["K"], _value(c))


def _zener(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    forward = _drop(f"{i}f", pins["A"], pins["K"], c.params.get("vf", _V_ZENER))
    return forward + _drop(f"{i}r", pins["K"], pins["A"], _value(c))


def _bjt(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    base, collector, emitter = pins["B"], pins["C"], pins["E"]
    v_be, low = c.params.get("vbe", _V_BE), c.params.get("vce_sat", _V_CE_SAT)
    if c.kind == "npn":
        junction = _drop(f"{i}b", base, emitter, v_be)
        flow = f"f{i} {collector} {emitter} vd{i}b {_value(c)!r}"
        clamp = _drop(f"{i}s", emitter, collector, -low)
    else:
        junction = _drop(f"{i}b", emitter, base, v_be)
        flow = f"f{i} {emitter} {collector} vd{i}b {_value(c)!r}"
        clamp = _drop(f"{i}s", collector, emitter, -low)
    return [*junction, flow, *clamp]


def _mosfet(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    gate, drain, source = pins["G"], pins["D"], pins["S"]
    control = f"{gate} {source}" if c.kind == "nmos" else f"{source} {gate}"
    on = c.params.get("r_on", 0.0) or float(_CLOSED)
    return [
        f"s{i} {drain} {source} {control} sw{i}",
        f".model sw{i} sw(vt={abs(_value(c))!r} vh=0 ron={on!r} roff={_OPEN})",
    ]


def _opamp(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    return [f"e{i} {pins['out']} 0 {pins['+']} {pins['-']} {_OPAMP_GAIN}"]


def _opamp_diff(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    sense = f"{pins['+']} {pins['-']}"
    return [f"e{i}p {pins['out+']} 0 {sense} {_OPAMP_GAIN}", f"e{i}n 0 {pins['out-']} {sense} {_OPAMP_GAIN}"]


def _regulator(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    level = _value(c) if drive == "dc" else 0.0
    # what the output source delivers is drawn from the input, and nothing from the ground pin
    return [f"v{i} {pins['out']} {pins['gnd']} {level!r}", f"f{i} {pins['in']} {pins['gnd']} v{i} -1"]


def _switch(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    ohms = _CLOSED if c.params.get("closed", 0.0) else _OPEN
    return [f"r{i} {pins['1']} {pins['2']} {ohms}"]


def _transformer(i: str, c: Component, pins: Pins, drive: Drive) -> list[str]:
    n = _value(c)
    if math.isclose(n, 0.0):
        raise ValueError(f"{c.ref}: a transformer without turns")
    if drive == "dc" and not c.params.get("instant"):  # at true DC a winding is a wire
        return [f"v{i}p {pins['p1']} {pins['p2']} 0", f"v{i}s {pins['s1']} {pins['s2']} 0"]
    return [
        f"e{i} {pins['p1']} t{i} {pins['s1']} {pins['s2']} {n!r}",
        f"vt{i} t{i} {pins['p2']} 0",
        f"f{i} {pins['s1']} {pins['s2']} vt{i} {-n!r}",
    ]


PARTS: Mapping[str, Writer] = {
    "resistor": _two("r"),
    "capacitor": _two("c"),
    "inductor": _two("l"),
    "voltage_source": _voltage_source,
    "ac_source": _ac_source,
    "current_source": _current_source,
    "vcvs": _controlled,
    "vccs": _controlled,
    "cccs": _controlled,
    "ccvs": _controlled,
    "diode": _diode,
    "led": _diode,
    "zener": _zener,
    "npn": _bjt,
    "pnp": _bjt,
    "nmos": _mosfet,
    "pmos": _mosfet,
    "opamp": _opamp,
    "opamp_diff": _opamp_diff,
    "regulator": _regulator,
    "switch": _switch,
    "transformer": _transformer,
}
