"""The netlist is read off the drawing: what touches is connected, what is printed can be read back."""

from __future__ import annotations

import random
import re
from collections import Counter

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.quantity import parse_whole
from qa.reply import clean
from qa.units import Unit
from synth.circuits import drawing, labels, text, values, words
from synth.circuits.draw import family_names, sheet_of, suited
from synth.circuits.layout import Sheet
from synth.circuits.netlist import GROUND, KINDS
from synth.circuits.style import Style

FAMILIES = family_names()


def divider() -> Sheet:
    s = Sheet("voltage_divider")
    s.two("voltage_source", (0, 4), (0, 0), 5.0, "V1")
    s.two("resistor", (3, 4), (3, 2), 1e3, "R1")
    s.two("resistor", (3, 2), (3, 0), 2e3, "R2")
    s.wire((0, 4), (3, 4))
    s.wire((0, 0), (3, 0))
    s.wire((3, 2), (4, 2))
    s.port("out", (4, 2))
    s.ground((1, 0))  # in the middle of a wire
    return s


def test_touching_is_connected() -> None:
    circuit = divider().circuit("x", {(4.0, 2.0): "Vout"})
    r1, r2, v1 = (circuit.by_ref[n].pins for n in ("R1", "R2", "V1"))
    assert r2["2"] == v1["-"] == GROUND and r1["1"] == v1["+"] and r1["2"] == r2["1"] == circuit.output
    assert circuit.shown.nets == {circuit.output: "Vout", GROUND: "GND"}
    assert len({r1["1"], r1["2"], GROUND}) == 3


def test_dots_where_three_meet_and_nowhere_else() -> None:
    made = drawing._Drawing(divider(), Style(), 60)
    assert sorted(made.dots()) == [(1.0, 0.0), (3.0, 2.0)]


def test_a_wire_drawn_twice_makes_no_dot() -> None:
    s = divider()
    s.wire((0, 4), (3, 4))
    assert sorted(drawing._Drawing(s, Style(), 60).dots()) == [(1.0, 0.0), (3.0, 2.0)]


def test_values_alone_only_where_they_name_every_part() -> None:
    bare = Style(shows="values")
    assert suited(bare, divider()) == bare
    assert suited(bare, sheet_of("combinational_logic", random.Random(0))).shows == "both"


def test_without_a_ground_symbol_no_net_is_called_ground() -> None:
    s = divider()
    s.grounds.clear()
    circuit = s.circuit("x", {})
    assert GROUND in circuit.by_net and GROUND not in circuit.shown.nets


@pytest.mark.parametrize("family", FAMILIES)
def test_mirroring_changes_the_picture_and_not_the_netlist(family: str) -> None:
    for seed in range(8):
        sheet = sheet_of(family, random.Random(seed))
        other = sheet.mirrored()
        assert sheet.circuit("x", {}).components == other.circuit("x", {}).components
        assert sheet.wires != other.wires or not sheet.wires


@pytest.mark.parametrize("family", FAMILIES)
def test_every_figure_beside_a_part_is_its_value(family: str) -> None:
    for seed in range(12):
        rng = random.Random(seed)
        sheet = sheet_of(family, rng)
        style = Style.sample(rng, "zh" if seed % 2 else "en")
        circuit = words.circuit_of(sheet, style, "x")
        printed = {p.owner: p.lines for p in drawing.compose(sheet, style).placed}
        for i, (part, component) in enumerate(zip(sheet.parts, circuit.components, strict=True)):
            lines = " ".join(printed.get(f"part:{i}", ()))
            assert (component.ref in re.split(r"[ =,]+", lines)) == circuit.shown.refs
            if component.kind in words.VALUED and component.kind != "regulator" and circuit.shown.values:
                figure = values.printed(component.value or 0, KINDS[part.kind].unit, style.unit_style)
                assert figure in lines


@pytest.mark.parametrize("family", FAMILIES)
def test_netlists_are_those_of_a_drawn_circuit(family: str) -> None:
    for seed in range(30):
        sheet = sheet_of(family, random.Random(seed))
        circuit = words.circuit_of(sheet, Style(), "x")
        refs = Counter(c.ref for c in circuit.components)
        assert max(refs.values()) == 1 and "" not in refs
        named = {*circuit.shown.nets, *circuit.inputs, circuit.output}
        for net, pins in circuit.by_net.items():
            assert len(pins) > 1 or net in named


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_carry_the_very_words(family: str) -> None:
    sheet = sheet_of(family, random.Random(3))
    style = Style(lang="en", font="Times", words=("Uin", "Uout"))
    scene = drawing.compose(sheet, style)
    with pymupdf.open(stream=scene.svg.encode(), filetype="svg") as document:
        read = Counter("".join(document[0].get_text().split()).replace("μ", "µ"))
    wanted = Counter("".join("".join(p.lines) for p in scene.placed).replace(" ", ""))
    assert read == wanted


@given(
    st.sampled_from(values.E24),
    st.integers(-12, 6),
    st.sampled_from(("Ω", "F", "H", "V", "A")),
    st.sampled_from(("tight", "spaced", "bare", "rkm")),
)
def test_printed_values_read_back(mantissa: int, decade: int, unit: str, style: values.UnitStyle) -> None:
    value = float(f"{mantissa}e{decade}")
    read = parse_whole(clean(values.printed(value, unit, style)))
    assert read is not None and read.fits(unit) and read.value(Unit(unit, 1.0)) == pytest.approx(value, rel=1e-9)


def test_chinese_is_drawn_as_outlines_of_the_right_width() -> None:
    svg = text.to_svg("输入 R1", 0, 20, 20, "Helvetica", "#000000")
    assert svg.count("<path") == 2 and "R1" in svg
    assert text.width("输入", "Helvetica", 20) == pytest.approx(40, rel=0.02)


def test_a_label_is_moved_off_what_is_in_its_way() -> None:
    field = labels.Field("Helvetica", 16)
    field.bodies["part:0"] = (0, 0, 60, 20)
    free = field.put("part:0", labels.beside(field, (0, 0, 60, 20), [("R1",)], ["above", "below"], 5))
    assert free.box[3] <= 0 and not field.collisions()
    blocked = labels.Field("Helvetica", 16, lines=[(-100, -40, 200, -2)])
    blocked.bodies["part:0"] = (0, 0, 60, 20)
    moved = blocked.put("part:0", labels.beside(blocked, (0, 0, 60, 20), [("R1",)], ["above", "below"], 5))
    assert moved.box[1] >= 20
    walled = labels.Field("Helvetica", 16, lines=[(-500, -500, 500, 500)])
    walled.put("part:0", labels.beside(walled, (0, 0, 60, 20), [("R1",)], ["above"], 5))
    assert walled.collisions()


def test_an_unstated_value_of_the_series_is_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        values.pick(random.Random(0), 1.3, 1.4)
