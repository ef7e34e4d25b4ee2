"""What is sent instead of a picture: a blank one of equal size (`--blind`), or the netlist as text (`--text`)."""

from __future__ import annotations

import os
from pathlib import Path

from qa.dataset import Dataset
from qa.errors import KitError
from qa.formats.asked import Asked

LEAD = {"zh": "电路的网表如下(图略):", "en": "The circuit as a netlist (no picture):"}
"""Stands before the netlist."""


def blank(picture: Path, folder: Path) -> Path:
    """A white PNG of the picture's size in `folder`, made once for each size."""
    from PIL import Image

    with Image.open(picture) as shown:
        width, height = shown.size
    path = folder / f"{width}x{height}.png"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f".{path.stem}.{os.getpid()}.png"
        Image.new("RGB", (width, height), "white").save(half)
        half.replace(path)
    return path


def netlist(row: Asked, data: Path) -> str:
    """The netlists of a row's pictures as text, with their lead. Raises KitError where one is not there."""
    texts = []
    for picture in row.images:
        path = Dataset(data).netlist_path(picture)
        try:
            texts.append(path.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            raise KitError(f"{path} is not there, so item {row.id} cannot be asked with --text") from None
        except UnicodeDecodeError:
            raise KitError(f"{path} is no text (UTF-8), so item {row.id} cannot be asked with --text") from None
    return "\n".join([LEAD[row.lang], *texts])


def has_netlists(row: Asked, data: Path) -> bool:
    """Whether the netlist of every picture of a row is known; without a picture there is none to know."""
    return bool(row.images) and all(Dataset(data).netlist_path(p).is_file() for p in row.images)
