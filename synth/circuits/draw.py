"""The way in: a family, a seed and a number to a circuit with its picture."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from qa.item import Lang
from synth.circuits.drawing import compose
from synth.circuits.families import FAMILIES
from synth.circuits.layout import Sheet
from synth.circuits.netlist import Circuit
from synth.circuits.render import to_png
from synth.circuits.style import Style
from synth.circuits.words import VALUED, circuit_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """A circuit and the picture of it."""

    circuit: Circuit
    png: bytes
    width: int
    height: int
    style: Style


def family_names() -> list[str]:
    """Names of all families, in a fixed order."""
    return list(FAMILIES)


def sheet_of(family: str, rng: random.Random) -> Sheet:
    """A sheet of a family, its parts numbered. Raises KeyError for an unknown family."""
    sheet = FAMILIES[family].build(rng)
    sheet.number(rng)
    return sheet


def suited(style: Style, sheet: Sheet) -> Style:
    """The style, but with names where values alone would leave parts without any handle."""
    if style.shows == "values" and any(p.kind not in VALUED and p.kind != "opamp" for p in sheet.parts):
        return replace(style, shows="both")
    return style


def circuit_alone(family: str, seed: int, index: int, lang: Lang) -> Circuit:
    """The circuit that `draw_circuit` draws, without its picture: a fraction of the time."""
    rng = random.Random(f"{seed}/{family}/{index}")
    sheet = sheet_of(family, rng)
    return circuit_of(sheet, suited(Style.sample(rng, lang), sheet), f"{family}-{seed}-{index:06d}", family)


def draw_circuit(family: str, seed: int, index: int, lang: Lang) -> Drawn:
    """The circuit `index` of a family and its picture.

    Depends on its arguments alone; the netlist does not depend on `lang`. Raises KeyError for an unknown family.
    """
    rng = random.Random(f"{seed}/{family}/{index}")
    sheet = sheet_of(family, rng)
    style = suited(Style.sample(rng, lang), sheet)
    scene = compose(sheet, style)
    png = to_png(scene.svg, style, rng)
    circuit = circuit_of(sheet, style, f"{family}-{seed}-{index:06d}", family)
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    return Drawn(circuit, png, width, height, style)
