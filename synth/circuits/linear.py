"""Linear parts: what each adds to the equations, at DC (omega 0) or at an angular frequency."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from synth.circuits.mna import ONE, Expr, SolveError, System, value_of
from synth.circuits.netlist import Component


def _ends(c: Component) -> tuple[tuple[str, str], tuple[str, str]]:
    a, b, *_ = c.pins.items()
    return a, b


def _hold(s: System, key: str, c: Component, volts: complex, ohms: complex = 0.0) -> Expr:
    """v(first) - v(second) = volts + ohms · i; returns i."""
    (pa, a), (pb, b) = _ends(c)
    i = s.unknown()
    s.flow(key, (pa, a), (pb, b), i)
    s.equation((s.volt(a, b), 1.0), ({ONE: volts}, -1.0), (i, -ohms))
    return i


def _resistor(s: System, key: str, c: Component, omega: float) -> None:
    ohms = value_of(c)
    if ohms < 0:
        raise SolveError(f"{c.ref or c.kind}: resistance {ohms} is negative")
    if ohms == 0:
        _hold(s, key, c, 0.0)
    else:
        (pa, a), (pb, b) = _ends(c)
        s.flow(key, (pa, a), (pb, b), s.volt(a, b, 1.0 / ohms))


def _capacitor(s: System, key: str, c: Component, omega: float) -> None:
    (pa, a), (pb, b) = _ends(c)
    if omega:
        s.flow(key, (pa, a), (pb, b), s.volt(a, b, 1j * omega * value_of(c)))


def _inductor(s: System, key: str, c: Component, omega: float) -> None:
    _hold(s, key, c, 0.0, 1j * omega * value_of(c) if omega else 0.0)


def _voltage_source(s: System, key: str, c: Component, omega: float) -> None:
    _hold(s, key, c, 0.0 if omega else value_of(c))


def _ac_source(s: System, key: str, c: Component, omega: float) -> None:
    phase = math.radians(c.params.get("phase", 0.0))
    _hold(s, key, c, value_of(c) * complex(math.cos(phase), math.sin(phase)) if omega else 0.0)


def _current_source(s: System, key: str, c: Component, omega: float) -> None:
    a, b = _ends(c)
    s.flow(key, a, b, {ONE: 0.0 if omega else -value_of(c)})


def _controlled(s: System, key: str, c: Component, omega: float) -> None:
    plus, minus, cp, cm = ((p, c.pins[p]) for p in ("+", "-", "c+", "c-"))
    gain = value_of(c)
    if c.kind in ("cccs", "ccvs"):  # a 0 V sensor between c+ and c-
        control = s.unknown()
        s.flow(key, cp, cm, control)
        s.equation((s.volt(cp[1], cm[1]), 1.0))
    else:
        control = s.volt(cp[1], cm[1])
    if c.kind in ("vccs", "cccs"):  # as an independent one: gain · control comes out of `+`
        s.flow(key, plus, minus, {k: -gain * v for k, v in control.items()})
    else:
        s.flow(key, plus, minus, s.unknown())
        s.equation((s.volt(plus[1], minus[1]), 1.0), (control, -gain))


def _opamp(s: System, key: str, c: Component, omega: float) -> None:
    s.virtual_short(key, c.pins["+"], c.pins["-"], c.pins["out"])
    s.flow(key, ("out", c.pins["out"]), ("", ""), s.unknown())


def _opamp_diff(s: System, key: str, c: Component, omega: float) -> None:
    s.equation((s.volt(c.pins["+"], c.pins["-"]), 1.0))
    s.equation((s.volt(c.pins["out+"]), 1.0), (s.volt(c.pins["out-"]), 1.0))  # common mode at zero
    for pin in ("out+", "out-"):
        s.flow(key, (pin, c.pins[pin]), ("", ""), s.unknown())


def _regulator(s: System, key: str, c: Component, omega: float) -> None:
    s.flow(key, ("in", c.pins["in"]), ("out", c.pins["out"]), s.unknown())
    s.equation((s.volt(c.pins["out"], c.pins["gnd"]), 1.0), ({ONE: 0.0 if omega else value_of(c)}, -1.0))


def _switch(s: System, key: str, c: Component, omega: float) -> None:
    if c.params.get("closed", 0.0):
        _hold(s, key, c, 0.0)


def _transformer(s: System, key: str, c: Component, omega: float) -> None:
    """Ideal, value = primary turns / secondary turns; at DC both windings are plain wire.

    `instant` = 1: a DC solution is a moment of an alternating one, and the ratio holds.
    """
    p1, p2, s1, s2 = ((p, c.pins[p]) for p in ("p1", "p2", "s1", "s2"))
    primary, secondary = s.unknown(), s.unknown()
    s.flow(key, p1, p2, primary)
    s.flow(key, s1, s2, secondary)
    if omega or c.params.get("instant"):
        n = value_of(c)
        s.equation((s.volt(p1[1], p2[1]), 1.0), (s.volt(s1[1], s2[1]), -n))
        s.equation((primary, n), (secondary, 1.0))
    else:
        s.equation((s.volt(p1[1], p2[1]), 1.0))
        s.equation((s.volt(s1[1], s2[1]), 1.0))


STAMPS: Mapping[str, Callable[[System, str, Component, float], None]] = {
    "resistor": _resistor,
    "capacitor": _capacitor,
    "inductor": _inductor,
    "voltage_source": _voltage_source,
    "ac_source": _ac_source,
    "current_source": _current_source,
    "vcvs": _controlled,
    "vccs": _controlled,
    "cccs": _controlled,
    "ccvs": _controlled,
    "opamp": _opamp,
    "opamp_diff": _opamp_diff,
    "regulator": _regulator,
    "switch": _switch,
    "transformer": _transformer,
}
