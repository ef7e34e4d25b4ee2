"""How a DC answer comes about, with its figures: one to three short lines for the explanation."""

from __future__ import annotations

from qa.item import Lang
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.circuits.solver import Solution
from synth.questions.numeric_options import written
from synth.questions.view import View, say

_MOST_BRANCHES = 4


def _loop(circuit: Circuit, s: Solution[float]) -> tuple[Component, list[Component]] | None:
    """(source, resistors) where the whole circuit is one loop of them, conducting diodes among them."""
    sources, resistors = circuit.of_kind("voltage_source"), circuit.of_kind("resistor")
    diodes = circuit.of_kind("diode", "led")
    if len(sources) != 1 or len(resistors) + len(diodes) + 1 != len(circuit.components) or not resistors:
        return None
    current = abs(s.current(sources[0].ref))
    same = all(abs(abs(s.current(r.ref)) - current) <= 1e-9 * current for r in (*resistors, *diodes))
    return (sources[0], resistors) if same and current else None


def _loop_text(circuit: Circuit, s: Solution[float]) -> str:
    """`I = (12 V - 2 V) / (1 kΩ + 2 kΩ) = 3.333 mA`, empty where the circuit is not one loop."""
    loop = _loop(circuit, s)
    if loop is None:
        return ""
    source, resistors = loop
    total = " + ".join(written(r.value or 0.0, "Ω") for r in resistors)
    amps = written(abs(s.current(source.ref)), "A")
    drops = [abs(s.voltage(*d.nets)) for d in circuit.of_kind("diode", "led")]
    volts = " - ".join(written(v, "V") for v in (abs(source.value or 0.0), *drops))
    return f"I = {f'({volts})' if drops else volts} / ({total}) = {amps}"


def across_text(view: View, circuit: Circuit, s: Solution[float], c: Component, lang: Lang) -> str:
    """How the voltage across a part comes about."""
    volts, amps = abs(s.voltage(*c.nets)), abs(s.current(c.ref))
    result = written(volts, "V")
    if c.kind == "resistor" and c.value:
        start = _loop_text(circuit, s) or say(
            lang, f"由节点电压法得电流 I = {written(amps, 'A')}", f"Nodal analysis gives I = {written(amps, 'A')}"
        )
        return f"{start}; U = I·R = {written(amps, 'A')} × {written(c.value, 'Ω')} = {result}"
    return say(lang, f"由节点电压法得 U = {result}", f"Nodal analysis gives U = {result}")


def branch_text(view: View, circuit: Circuit, s: Solution[float], c: Component, lang: Lang) -> str:
    """How the current through a part comes about."""
    amps = written(abs(s.current(c.ref)), "A")
    loop = _loop_text(circuit, s)
    if loop:
        return loop
    if c.kind == "resistor" and c.value:
        volts = written(abs(s.voltage(*c.nets)), "V")
        return say(
            lang,
            f"由节点电压法得两端电压 U = {volts}; I = U/R = {volts} / {written(c.value, 'Ω')} = {amps}",
            f"Nodal analysis gives U = {volts}; I = U/R = {volts} / {written(c.value, 'Ω')} = {amps}",
        )
    series = [
        r
        for r in circuit.of_kind("resistor")
        if r.value and set(r.nets) & set(c.nets) and abs(abs(s.current(r.ref)) - abs(s.current(c.ref))) < 1e-12
    ]
    if series and series[0].value:
        r = series[0]
        volts = written(abs(s.voltage(*r.nets)), "V")
        return f"I = {volts} / {written(r.value or 0.0, 'Ω')} = {amps}"
    return say(lang, f"由基尔霍夫电流定律得 I = {amps}", f"Kirchhoff's current law gives I = {amps}")


def junction_text(view: View, circuit: Circuit, s: Solution[float], net: str, lang: Lang) -> str:
    """Kirchhoff's current law at a net, with the currents that the named parts carry."""
    result = written(s.voltage(net), "V")
    loop = _loop_text(circuit, s)
    to_ground = [c for c in circuit.of_kind("resistor") if set(c.nets) == {net, GROUND} and c.value]
    if loop and to_ground:
        return f"{loop}; U = {loop.rsplit('= ', 1)[1]} × {written(to_ground[0].value or 0.0, 'Ω')} = {result}"
    inward: list[str] = []
    outward: list[str] = []
    told = True
    for c, pin in circuit.by_net[net]:
        amps = s.pin_currents.get(c.ref, {}).get(pin, 0.0)
        if abs(amps) > 1e-10:
            if id(c) not in view.names:
                told = False  # the sum would not hold without it
                break
            (outward if amps > 0 else inward).append(f"{view.the(c)} {written(abs(amps), 'A')}")
    label = view.labels.get(net, net)
    if not told or not inward or not outward or len(inward) + len(outward) > _MOST_BRANCHES:
        return say(lang, f"由节点电压法得 U_{label} = {result}", f"Nodal analysis gives V_{label} = {result}")
    return say(
        lang,
        f"节点{label}:流入({'、'.join(inward)}) = 流出({'、'.join(outward)}),得 U_{label} = {result}",
        f"Node {label}: in ({', '.join(inward)}) = out ({', '.join(outward)}), so V_{label} = {result}",
    )
