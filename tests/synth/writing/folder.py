"""A dataset folder with so many pictures, and a teachers.yaml, for the tests of writing."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from qa.dataset import Dataset
from qa.item import Item
from synth.pictures.stock import Picture, Stock
from tests.command_line import said
from tests.conftest import ROOT

KEY = "sk-written-0123456789abcdef"


def png(number: int) -> bytes:
    """A small picture like no other."""
    from PIL import Image

    out = io.BytesIO()
    sheet = Image.new("RGB", (64, 64), "white")
    for bit in range(16):
        if number >> bit & 1:
            sheet.putpixel((4 * bit, 8), (0, 0, 0))
    sheet.save(out, "PNG")
    return out.getvalue()


def stocked(root: Path, count: int, first: int = 0) -> Dataset:
    """The folder with pictures `first` to `first + count`, as `synth images` leaves them."""
    ds = Dataset.create(root)
    pictures = []
    for n in range(first, first + count):
        data = png(n)
        digest = hashlib.sha256(data).hexdigest()
        path = ds.add_image(data)
        pictures.append(
            Picture(
                path=path,
                source="images",
                file=f"p{n:04}.png",
                width=64,
                height=64,
                digest=digest,
                group=f"g{n}",
                licence="CC0-1.0",
            )
        )
    Stock(ds).append(pictures)
    return ds


def teachers_yaml(home: Path, url: str, names: Iterable[str] = ("one",), **settings: object) -> Path:
    """teachers.yaml in `home`: a dollar a thousand tokens, the key from WRITING_KEY."""
    file = home / "teachers.yaml"
    more = "".join(f", {k}: {v}" for k, v in settings.items())
    file.write_text(
        "teachers:\n"
        + "".join(
            f"  - {{name: {n}, base_url: '{url}', model: m-{n}, key_env: WRITING_KEY,"
            f" price: {{input: 1000, output: 1000, date: 2026-01-01}}{more}}}\n"
            for n in names
        ),
        "utf-8",
    )
    return file


def command(home: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of `circuit-vqa synth write HOME/d …`."""
    line = [sys.executable, "-m", "circuit_vqa", "synth", "write", str(home / "d"), *words]
    return [*line, "--teachers", str(home / "teachers.yaml")], os.environ | {
        "WRITING_KEY": KEY,
        "PYTHONPATH": str(ROOT),
    }


def write(home: Path, *words: str, code: int = 0) -> str:
    """Runs it; returns all it said."""
    line = ("synth", "write", home / "d", *words, "--teachers", home / "teachers.yaml")
    text = said(*line, code=code, WRITING_KEY=KEY)
    assert "Traceback" not in text and KEY not in text
    return text


def items(home: Path) -> list[Item]:
    """The Items of the folder, each question once."""
    found = list(Dataset.open(home / "d").items())
    assert len({i.id for i in found}) == len(found)
    assert len({(i.pictures, i.question) for i in found}) == len(found)
    return found
