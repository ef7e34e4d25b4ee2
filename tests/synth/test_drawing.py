"""Pictures: sound layouts, legible labels that touch nothing, the same bytes for the same seed, nothing printed
that the circuit does not know and nothing known that is not printed."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
import sys

import pymupdf
import pytest
from PIL import Image

from synth.circuits import drawing
from synth.circuits.draw import draw_circuit, family_names, sheet_of
from synth.circuits.faults import faults
from synth.circuits.style import Style
from synth.circuits.words import circuit_of

SEEDS = range(24)
FAMILIES = family_names()


def sheets(family: str):  # type: ignore[no-untyped-def]
    for seed in SEEDS:
        rng = random.Random(f"{seed}/{family}/0")
        sheet = sheet_of(family, rng)
        yield seed, sheet, Style.sample(rng, "zh" if seed % 2 else "en")


def test_there_are_sixteen_families_at_least() -> None:
    assert len(FAMILIES) >= 16 and len(set(FAMILIES)) == len(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_layouts_are_sound(family: str) -> None:
    found = {f"seed {seed}: {fault}" for seed, sheet, _ in sheets(family) for fault in faults(sheet)}
    assert not found


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_touch_nothing_and_are_legible(family: str) -> None:
    crowded = []
    for seed, sheet, style in sheets(family):
        scene = drawing.compose(sheet, style)
        assert scene.font_px >= 13
        assert max(scene.width, scene.height) <= 1000
        crowded += [f"seed {seed}: {c}" for c in scene.collisions]
    assert not crowded


@pytest.mark.parametrize("family", FAMILIES)
def test_every_printed_word_is_known_and_every_known_word_printed(family: str) -> None:
    for _, sheet, style in sheets(family):
        scene = drawing.compose(sheet, style)
        circuit = circuit_of(sheet, style, "x", family)
        printed = {line for label in scene.placed for line in label.lines}
        words = " ".join(printed)
        for c in circuit.components:
            if circuit.shown.refs:
                assert c.ref in words
        for net, name in circuit.shown.nets.items():
            assert not name or name in words or net == "0"
        refs = [c.ref for c in circuit.components]
        assert len(set(refs)) == len(refs)


@pytest.mark.parametrize("family", FAMILIES)
def test_picture_opens_and_bytes_repeat(family: str) -> None:
    one, two = (draw_circuit(family, 11, 4, "zh") for _ in range(2))
    assert one.png == two.png and one.circuit == two.circuit
    with Image.open(io.BytesIO(one.png)) as im:
        im.load()
        assert im.size == (one.width, one.height) and 150 <= max(im.size) <= 1000 and min(im.size) >= 56


def test_bytes_do_not_depend_on_the_process() -> None:
    code = (
        "import hashlib; from synth.circuits.draw import draw_circuit as d, family_names as f;"
        "print(hashlib.sha256(b''.join(d(n, 3, 1, 'zh').png for n in f())).hexdigest())"
    )
    here = hashlib.sha256(b"".join(draw_circuit(n, 3, 1, "zh").png for n in FAMILIES)).hexdigest()
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert here == there


def test_drawing_needs_no_matplotlib() -> None:
    code = "import sys; from synth.circuits.draw import draw_circuit as d; d('rc_low_pass', 0, 0, 'zh');"
    code += "print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_words_in_the_svg_reach_the_page() -> None:
    sheet = sheet_of("rc_low_pass", random.Random(1))
    style = Style(lang="zh", words=("输入", "输出"))
    svg = drawing.to_svg(sheet, style)
    with pymupdf.open(stream=svg.encode(), filetype="svg") as document:
        assert "R" in document[0].get_text()


def test_faults_are_found() -> None:
    from synth.circuits.layout import Sheet

    s = Sheet("resistor_network")
    s.two("resistor", (0, 0), (3, 0), 1.0, "R1")
    s.two("resistor", (1.5, 1), (1.5, -1), 1.0, "R2")
    s.two("resistor", (5, 0), (8, 0), 1.0, "R3")
    s.wire((5, 0), (5, 2), (8, 2), (8, 0))
    found = " ".join(faults(s))
    assert "lies on" in found and "runs through" in found and "R3 is shorted" in found and "loose" in found
