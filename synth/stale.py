"""Rows that another room wrote before the split changed: they may hold pictures that are tested with now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from qa.dataset import Dataset
from qa.item import Item

NOTED = "kd"
"""Where manifest.json names the files that `circuit-vqa kd` wrote."""


def remove_stale(ds: Dataset, items: Iterable[Item]) -> list[str]:
    """Takes away the rows of `circuit-vqa kd` that hold a picture of val or test; returns their names.

    They are made again for nothing by the same command: every answer is in the journal.
    """
    noted = ds.manifest().get(NOTED)
    others = {PurePosixPath(p).name for i in items if i.split in ("val", "test") for p in i.pictures}
    gone = []
    for name in noted if isinstance(noted, dict) else ():
        path = ds.root / "swift" / Path(str(name)).name
        if path.is_file() and _holds(path, others):
            path.unlink()
            gone.append(f"swift/{path.name}")
    return gone


def _holds(path: Path, pictures: set[str]) -> bool:
    """Whether a row names one of these pictures; a file that cannot be read may, too."""
    try:
        with path.open(encoding="utf-8") as f:
            return any(PurePosixPath(p).name in pictures for line in f for p in json.loads(line)["images"])
    except (ValueError, LookupError, TypeError):
        return True
