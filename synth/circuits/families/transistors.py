"""One transistor: a common-emitter stage, and switches with a MOSFET or an NPN."""

from __future__ import annotations

import random

from synth.circuits.layout import Part, Point, Sheet
from synth.circuits.solver import SolveError, dc
from synth.circuits.values import E12, E24, nearest, pick

BETAS = (50, 60, 80, 100, 100, 120, 150, 180, 200)
_TRIES = 40


def common_emitter(rng: random.Random) -> Sheet:
    """Divider bias and emitter resistor; coupling capacitors, bypass and load as they come."""
    for _ in range(_TRIES):
        s = _common_emitter(rng)
        if _active(s):
            return s
    raise ValueError("no common-emitter stage in its active region found")


def _active(s: Sheet) -> bool:
    circuit = s.circuit("trial", {})
    q = circuit.of_kind("npn")[0]
    try:
        found = dc(circuit)
    except SolveError:
        return False
    drop = found.voltage(q.pins["C"], q.pins["E"])
    return found.states[next(k for k in found.states)] == "active" and drop > 1.5


def _common_emitter(rng: random.Random) -> Sheet:
    s = Sheet("common_emitter")
    beta, supply = rng.choice(BETAS), rng.choice((9, 10, 12, 12, 15, 18, 20, 24))
    amps = rng.uniform(0.6e-3, 4e-3)
    series = rng.choice((E12, E24))
    v_e = supply * rng.uniform(0.1, 0.2)
    rc, re = nearest(supply * rng.uniform(0.35, 0.5) / amps, series), nearest(v_e / amps, series)
    spill = amps / beta * rng.uniform(8, 20)  # through the divider
    r1, r2 = nearest((supply - v_e - 0.7) / spill, series), nearest((v_e + 0.7) / spill, series)
    high, low, base, qx = 3.4, -3.4, 0.0, 2.2
    s.two("resistor", (base, high), (base, 0), r1, side="left")
    s.two("resistor", (base, 0), (base, low), r2, side="left")
    q = s.block("npn", (qx, 0), beta)
    s.wire((base, 0), q.pins["B"])
    s.two("resistor", (qx, high), q.pins["C"], rc)
    s.two("resistor", q.pins["E"], (qx, low), re, side="left")
    if rng.random() < 0.85:
        s.two("capacitor", (-2.6, 0), (base, 0), rng.choice((1e-6, 4.7e-6, 10e-6, 22e-6)), side="above")
        if rng.random() < 0.25:
            volts = rng.choice((5e-3, 10e-3, 20e-3))
            s.two("ac_source", (-2.6, 0), (-2.6, low), volts, freq=1000, side="left")
            s.wire((-2.6, low), (base, low))
            s.inputs.append((-2.6, 0))
        else:
            s.port("in", (-2.6, 0))
    x = qx
    if rng.random() < 0.7:
        x = qx + 1.7
        s.wire(q.pins["E"], (x, -1))
        s.two("capacitor", (x, -1), (x, low), rng.choice((22e-6, 47e-6, 100e-6)))
    end = qx + 1.6
    if rng.random() < 0.75:
        end = qx + 3.4
        s.two("capacitor", q.pins["C"], (end, 1), rng.choice((1e-6, 4.7e-6, 10e-6, 22e-6)))
        if rng.random() < 0.6:
            s.two("resistor", (end, 1), (end, low), nearest(rc * rng.uniform(0.8, 5), series))
            x = end
            s.wire((end, 1), (end + 1.0, 1))
            end += 1.0
    else:
        s.wire(q.pins["C"], (end, 1))
    s.port("out", (end, 1))
    right = end + 1.8
    s.two("voltage_source", (right, high), (right, low), supply, ref=rng.choice(("VCC", "VCC", "")))
    s.wire((base, high), (qx, high), (right, high))
    s.wire((base, low), (qx, low), (right, low))
    s.ground((rng.choice((base, qx)), low))
    return s


def mosfet_switch(rng: random.Random) -> Sheet:
    """An NMOS low-side switch, on or off beyond doubt."""
    s = Sheet("mosfet_switch")
    threshold = rng.choice((1, 1.5, 2, 2.5, 3, 4))
    on = rng.random() < 0.8
    level = (
        rng.choice([v for v in (3.3, 5, 6, 8, 10, 12) if v >= threshold + 1.8]) if on else rng.choice((0.4, 0.5, 0.8))
    )
    m = s.block("nmos", (4.6, 0), threshold, r_on=rng.choice((0.05, 0.1, 0.2, 0.5, 1, 2)))
    _control(s, m.pins["G"], level, pick(rng, 47, 1000), pick(rng, 10e3, 100e3), rng)
    _switched(s, m, "D", "S", rng)
    return s


def npn_switch(rng: random.Random) -> Sheet:
    """An NPN low-side switch, driven well into saturation."""
    for _ in range(_TRIES):
        s = Sheet("")
        level = rng.choice((3.3, 5, 5, 6, 9))
        q = s.block("npn", (4.6, 0), rng.choice(BETAS))
        _control(s, q.pins["B"], level, pick(rng, 470, 22e3), pick(rng, 10e3, 100e3), rng, always=True)
        _switched(s, q, "C", "E", rng)
        found = dc(s.circuit("trial", {}))
        if "saturated" in found.states.values():
            return s
    raise ValueError("no saturated NPN switch found")


def _control(
    s: Sheet, at: Point, level: float, series: float, down: float, rng: random.Random, always: bool = False
) -> None:
    """A source that holds the gate or base, by a resistor, with a second one to ground."""
    s.two("voltage_source", (0, 0), (0, LOW), level, ref=rng.choice(("VG", "Vin", "") if not always else ("Vin", "")))
    x = 2.7
    if always or rng.random() < 0.75:
        s.two("resistor", (0, 0), (x, 0), series)
    else:
        s.wire((0, 0), (x, 0))
    s.wire((x, 0), at)
    if rng.random() < 0.5:
        s.two("resistor", (x, 0), (x, LOW), down)
        s.wire((0, LOW), (x, LOW))
    s.inputs.append((0, 0))


LOW = -2.6
"""The lower rail of the switches."""


def _switched(s: Sheet, q: Part, upper: str, lower: str, rng: random.Random) -> None:
    """Supply and load: a resistor, an LED with its resistor, or a coil with a free-wheeling diode."""
    supply = rng.choice((5, 6, 9, 12, 12, 15, 24))
    x, drain = q.pins[upper]
    how = rng.choice(("resistor", "led", "led", "coil"))
    if how == "resistor":
        top = drain + 2.4
        s.two("resistor", (x, top), (x, drain), pick(rng, 47, 2200))
    elif how == "led":
        top = drain + 4.2
        drop = rng.choice((1.8, 2.0, 2.2, 3.0))
        ohms = nearest((supply - drop) / rng.uniform(5e-3, 18e-3))
        upside = rng.random() < 0.3
        middle = top - 2.1
        s.two("resistor", (x, middle) if upside else (x, top), (x, drain) if upside else (x, middle), ohms)
        s.two("led", (x, top) if upside else (x, middle), (x, middle) if upside else (x, drain), drop)
    else:
        top = drain + 4.2
        s.two("resistor", (x, top), (x, top - 2.1), pick(rng, 20, 220), side="left")
        s.two("inductor", (x, top - 2.1), (x, drain), rng.choice((1e-3, 4.7e-3, 10e-3, 22e-3, 0.1)), side="left")
        s.two("diode", (x + 1.5, drain), (x + 1.5, top), 0.7)
        s.wire((x, drain), (x + 1.5, drain))
        s.wire((x, top), (x + 1.5, top))
    right = x + (3.8 if how == "coil" else 3.2)
    if rng.random() < 0.6:
        s.wire((x, drain), (x + (2.3 if how == "coil" else 1.2), drain))
        s.port("out", (x + (2.3 if how == "coil" else 1.2), drain))
    s.two("voltage_source", (right, top), (right, LOW), supply, ref=rng.choice(("VDD" if upper == "D" else "VCC", "")))
    s.wire((x, top), (right, top))
    s.wire(q.pins[lower], (x, LOW))
    s.wire((0, LOW), (x, LOW), (right, LOW))
    s.ground((x, LOW))
