"""Rows of one's own may not show pictures of val or test: figures on those would mean nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from qa.dataset import file_hash
from qa.errors import KitError
from swift_recipes.checks import picture_path, rows_of


def refuse(path: Path, data: Path) -> None:
    """Raises KitError with the first row of a swift JSONL that shows a picture of val or test of a dataset folder.

    Pictures are the same if their bytes are, whatever their names.
    """
    held = _held(data)
    digest = cache(file_hash)
    for number, row in rows_of(path):
        for picture in map(Path, map(picture_path, row["images"])):
            alike = held.get(picture.stat().st_size, set()) if picture.is_file() else set()
            if any(digest(picture) == digest(other) for other in alike):
                raise KitError(
                    f"{path}:{number}: its picture is one of val or test of {data}, so figures would mean nothing;"
                    " take that row out"
                )


def _held(data: Path) -> dict[int, set[Path]]:
    """Pictures of val and test by their size: few pictures of another set have the same, so few must be hashed."""
    found: dict[int, set[Path]] = {}
    for split in ("val", "test"):
        rows = data / "swift" / f"{split}.jsonl"
        for _, row in rows_of(rows) if rows.is_file() else ():
            for picture in map(Path, map(picture_path, row["images"])):
                if picture.is_file():
                    found.setdefault(picture.stat().st_size, set()).add(picture)
    return found
