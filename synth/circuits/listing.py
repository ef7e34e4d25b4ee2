"""A circuit as text: what its picture shows, a line a part, for a model that reads instead of looking."""

from __future__ import annotations

from synth.circuits.netlist import GROUND, KINDS, Circuit, Component
from synth.circuits.values import printed

_VALUED = ("resistor", "capacitor", "inductor", "voltage_source", "ac_source", "current_source")


def value_shown(c: Component, circuit: Circuit) -> str:
    """What the picture prints of a value, in the one form that questions use: `4.7 kΩ`; empty where it prints none."""
    if not circuit.shown.values or c.value is None:
        return ""
    if c.kind == "regulator":
        return f"78{c.value:02.0f}"
    if c.kind not in _VALUED:
        return ""
    value = printed(c.value, KINDS[c.kind].unit, "spaced")
    return f"{value} {printed(c.params['freq'], 'Hz', 'spaced')}" if "freq" in c.params else value


def netlist_text(circuit: Circuit) -> str:
    """One line a part: `R1 resistor 4.7 kΩ: 1=Vin 2=n1`. Names, values and nets as far as the picture shows them.

    A net with a label bears it, ground is `GND`, the rest are numbered `n1`, `n2`, … in order of appearance; parts
    without a printed designator have none. A body pin is left out where it lies on the source.
    """
    nets = _net_names(circuit)
    return "\n".join(_line(c, circuit, nets) for c in circuit.components) + "\n"


def _net_names(circuit: Circuit) -> dict[str, str]:
    names, used = {}, set(circuit.shown.nets.values())
    n = 0
    for net in circuit.by_net:
        if net in circuit.shown.nets:
            names[net] = circuit.shown.nets[net]
        elif net == GROUND:
            names[net] = "GND"
        else:
            n += 1
            while f"n{n}" in used:
                n += 1
            names[net] = f"n{n}"
    return names


def _line(c: Component, circuit: Circuit, nets: dict[str, str]) -> str:
    head = [c.ref if circuit.shown.refs else "", KINDS[c.kind].en, value_shown(c, circuit)]
    pins = [f"{pin}={nets[net]}" for pin, net in c.pins.items() if pin in KINDS[c.kind].pins or _tells(c, pin)]
    return f"{' '.join(h for h in head if h)}: {' '.join(pins)}"


def _tells(c: Component, pin: str) -> bool:
    """Whether an extra pin (body) is somewhere else than the pin it is usually tied to."""
    return c.pins[pin] != c.pins.get("S")
