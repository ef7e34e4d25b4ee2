"""Makes the picture of the README: sixteen generated circuits on one sheet.

Run as: .venv/bin/python docs/make_gallery.py [--out docs/gallery.png]
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image, ImageDraw

from qa.item import Lang
from synth.circuits.draw import draw_circuit

PICKS: list[tuple[str, int, Lang]] = [
    ("wheatstone_bridge", 7, "zh"),
    ("inverting_amplifier", 4, "en"),
    ("common_emitter", 3, "zh"),
    ("full_wave_rectifier", 2, "en"),
    ("mesh_grid", 0, "zh"),
    ("rc_low_pass", 3, "zh"),
    ("combinational_logic", 6, "en"),
    ("series_rlc", 8, "en"),
    ("linear_regulator", 9, "zh"),
    ("summing_amplifier", 3, "zh"),
    ("thevenin", 1, "zh"),
    ("mosfet_switch", 5, "zh"),
    ("ladder_network", 4, "en"),
    ("integrator", 1, "zh"),
    ("led_driver", 4, "en"),
    ("zener_regulator", 0, "en"),
]
SEED, COLUMNS = 2026, 4
CELL, GAP = (460, 330), 10
MAX_BYTES = 400_000


def card(family: str, index: int, lang: Lang) -> Image.Image:
    """One circuit, shrunk to fit, centred on a card of its own paper."""
    picture = Image.open(io.BytesIO(draw_circuit(family, SEED, index, lang).png)).convert("RGB")
    paper = picture.getpixel((2, 2))
    picture.thumbnail((CELL[0] - 16, CELL[1] - 16), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", CELL, paper)
    whole.paste(picture, ((CELL[0] - picture.width) // 2, (CELL[1] - picture.height) // 2))
    return whole


def gallery() -> Image.Image:
    """All cards on a light ground."""
    rows = -(-len(PICKS) // COLUMNS)
    size = (COLUMNS * (CELL[0] + GAP) + GAP, rows * (CELL[1] + GAP) + GAP)
    sheet = Image.new("RGB", size, "#e4e7ec")
    draw = ImageDraw.Draw(sheet)
    for i, pick in enumerate(PICKS):
        x, y = GAP + i % COLUMNS * (CELL[0] + GAP), GAP + i // COLUMNS * (CELL[1] + GAP)
        sheet.paste(card(*pick), (x, y))
        draw.rectangle((x, y, x + CELL[0] - 1, y + CELL[1] - 1), outline="#c4cad4")
    return sheet


def main() -> None:
    """Writes the PNG with as many colours as its size allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("gallery.png"))
    out: Path = parser.parse_args().out
    sheet = gallery()
    for colours in (128, 64, 32):
        data = io.BytesIO()
        sheet.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
        if len(data.getvalue()) <= MAX_BYTES:
            break
    out.write_bytes(data.getvalue())
    print(f"{out}: {len(data.getvalue()) / 1e3:.0f} kB, {colours} colours")


if __name__ == "__main__":
    main()
