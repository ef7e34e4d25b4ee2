"""Shards of pictures with their truth, as `circuit-vqa synth dense` writes them, read in a seeded order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import KitError

if TYPE_CHECKING:
    import numpy

TOGETHER = 4
"""Shards whose pictures are shuffled together."""


@dataclass(frozen=True)
class Picture:
    """A grey picture (uint8, height x width) and all that is known of it (`synth/dense.py`, Seen)."""

    pixels: numpy.ndarray
    truth: dict[str, Any]


def paths(folder: Path) -> list[Path]:
    """The shards of a folder. Raises KitError where there are none."""
    found = sorted(folder.glob("[0-9]*.jsonl"))
    if not found:
        raise KitError(f"{folder}: holds no shards; make them with: circuit-vqa synth dense --out {folder}")
    return found


def read(path: Path) -> list[Picture]:
    """The pictures of one shard. Raises KitError where lines and pixels do not fit together."""
    import numpy

    try:
        truths = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        pixels = numpy.load(path.with_suffix(".pictures.npy"), allow_pickle=False)
        sizes = [(int(t["height"]), int(t["width"])) for t in truths]
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise KitError(f"{path}: not a shard ({e}); delete it and run: circuit-vqa synth dense") from e
    if sum(h * w for h, w in sizes) != len(pixels):
        raise KitError(f"{path}: pixels and lines do not fit; delete it and run: circuit-vqa synth dense")
    ends = numpy.cumsum([h * w for h, w in sizes])[:-1]
    cut = numpy.split(pixels, ends)
    return [Picture(p.reshape(size), t) for p, size, t in zip(cut, sizes, truths, strict=True)]


def batches(folder: Path, size: int, seed: int, skip: int = 0) -> Iterator[list[Picture]]:
    """Batches for ever, each epoch in another order; the same seed gives the same ones. `skip` passes over so many.

    Shards that are added to the folder are seen from the next epoch on.
    """
    epoch = 0
    while True:
        rng = random.Random(f"shards/{seed}/{epoch}")
        order = paths(folder)
        rng.shuffle(order)
        for start in range(0, len(order), TOGETHER):
            pictures = [p for path in order[start : start + TOGETHER] for p in read(path)]
            rng.shuffle(pictures)
            for i in range(0, len(pictures) - size + 1, size):
                if skip:
                    skip -= 1
                else:
                    yield pictures[i : i + size]
        epoch += 1
