"""What a picture in some style says in words: names, values and ports of a sheet, and so what can be asked."""

from __future__ import annotations

from dataclasses import replace

from synth.circuits.layout import Label, Part, Sheet
from synth.circuits.netlist import KINDS, Circuit
from synth.circuits.style import Style
from synth.circuits.symbols import Point
from synth.circuits.values import printed

VALUED = frozenset(("resistor", "capacitor", "inductor", "voltage_source", "ac_source", "current_source", "regulator"))
"""Kinds whose value is printed (a regulator's as its type, 7805); the rest is given in the question."""


def label_texts(sheet: Sheet, style: Style) -> dict[Point, str]:
    """What is printed at each labelled point: the style's words for ports, else the label itself."""
    return {x.at: label_text(x, style) for x in sheet.labels}


def label_text(label: Label, style: Style) -> str:
    """What is printed at one labelled point."""
    if label.text or not label.role:
        return label.text
    return style.words[0 if label.role == "in" else 1]


def circuit_of(sheet: Sheet, style: Style, name: str, family: str = "") -> Circuit:
    """The netlist of a sheet with what this style shows of it."""
    circuit = sheet.circuit(name, label_texts(sheet, style), refs=style.shows_refs, values=style.shows_values)
    return replace(circuit, family=family)


def part_text(part: Part, style: Style) -> tuple[str, ...]:
    """What is printed beside a part: its name and the lines of its value, as far as shown."""
    lines = [part.ref] if style.shows_refs and part.ref else []
    if style.shows_values and part.kind in VALUED and part.value is not None:
        if part.kind == "regulator":
            lines.append(f"78{part.value:02.0f}")
        else:
            lines.append(printed(part.value, KINDS[part.kind].unit, style.unit_style))
        if "freq" in part.params:
            lines.append(printed(part.params["freq"], "Hz", style.unit_style))
    return tuple(lines)
