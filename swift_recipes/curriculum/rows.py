"""Training rows of a dataset folder by the level of their Items. A row of val or test stops everything."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from qa.dataset import Dataset
from qa.errors import KitError
from qa.formats import swift_rows

Key = tuple[str, tuple[str, ...]]
UNKNOWN = 0
"""The level of rows whose question is no Item of the folder: they are trained on in the last stage."""


def by_level(data: Path) -> dict[int, list[str]]:
    """Lines of `swift/train.jsonl` by level, in the file's order; UNKNOWN where no Item asks that.

    A row belongs to the Item with the same question on the same pictures: so it does not matter whether the answer is
    the Item's own, an explanation or a teacher's.

    Raises:
        KitError: no Items, no rows, a broken row, or a row that is an Item of val or test.
    """
    known = _items(data)
    path = data / "swift" / "train.jsonl"
    found: dict[int, list[str]] = {}
    for number, line in enumerate(_lines(path), 1):
        level, split = known.get(_key(path, number, line), (UNKNOWN, "train"))
        if split != "train":
            raise KitError(
                f"{path}:{number}: this question is in {split}, so the {split} figures would mean nothing;"
                f" make the file anew: circuit-vqa synth export {data}"
            )
        found.setdefault(level, []).append(line)
    if not found:
        raise KitError(f"{path}: holds no rows; make it anew: circuit-vqa synth export {data}")
    return found


def sample(lines: list[str], share: float, seed: str) -> list[str]:
    """This share of the lines, rounded, in their order; the same seed takes the same ones."""
    take = round(len(lines) * share)
    chosen = sorted(random.Random(seed).sample(range(len(lines)), take))
    return [lines[i] for i in chosen]


def _items(data: Path) -> dict[Key, tuple[int, str | None]]:
    """(level, split) of every Item; of two that ask the same, the one that must not be trained on."""
    known: dict[Key, tuple[int, str | None]] = {}
    for item in Dataset.open(data).items():
        row = swift_rows.to_row(item)
        key = _question(row)
        if key not in known or item.split != "train":
            known[key] = (item.level, item.split)
    return known


def _key(path: Path, number: int, line: str) -> Key:
    try:
        return _question(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError) as e:
        raise KitError(f"{path}:{number}: is not a row for swift ({type(e).__name__}: {e}); export anew") from e


def _question(row: dict[str, Any]) -> Key:
    first = next(turn["content"] for turn in row["messages"] if turn["role"] == "user")
    return first, tuple(Path(p).name for p in _paths(row.get("images")))


def _paths(images: object) -> list[str]:
    """Picture paths of a row, which swift also takes as one text or as {path: …}."""
    listed = images if isinstance(images, list) else [images] if images else []
    return [str(i.get("path") if isinstance(i, dict) else i) for i in listed]


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8")  # not splitlines(): JSON may hold U+2028 and the like, which end no line
        return [line for line in text.split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as e:
        raise KitError(f"{path}: cannot be read ({e.__class__.__name__}); export or name it again") from e
