"""The value of a component as a question writes it."""

from __future__ import annotations

from synth.circuits.netlist import KINDS, Component
from synth.circuits.values import printed

VALUED = ("resistor", "capacitor", "inductor", "voltage_source", "current_source")
"""Kinds whose one printed figure is their value."""


def quantity_text(value: float, unit: str) -> str:
    """`4.7 kΩ`, `100 nF`, `-0.5 A`."""
    return printed(value, unit, "spaced")


def value_text(c: Component) -> str:
    """The value with its unit, empty where it is not known or means something else than a figure in the picture."""
    if c.value is None or c.kind not in VALUED:
        return ""
    return quantity_text(c.value, KINDS[c.kind].unit)
