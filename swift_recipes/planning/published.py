"""Memory of training runs that others published, and how far the estimate is from it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from swift_recipes.planning.memory import Setup, total
from swift_recipes.shapes import SHAPES

TABLE = Path(__file__).with_name("published_memory.tsv")


def published(table: Path = TABLE) -> Iterator[tuple[dict[str, str], Setup]]:
    """Each row of the table, and the run it describes."""
    lines = [line for line in table.read_text("utf-8").splitlines() if not line.startswith("#")]
    names = lines[0].split("\t")
    for line in lines[1:]:
        row = dict(zip(names, line.split("\t"), strict=True))
        yield (
            row,
            Setup(
                shape=SHAPES[row["model"]],
                tokens=int(row["tokens"].lstrip("~")),
                image_tokens=int(row["image_tokens"]),
                method=row["method"],
                rank=int(row["rank"]),
                train_vision=row["vision"] == "trained",
                sharding=row["sharding"],
                gpus=int(row["gpus"]),
                widened=row["source"] == "qwen" and row["method"] == "qlora",
            ),
        )


def errors(source: str = "") -> list[float]:
    """(estimate - published) / published of every row, or of those whose source starts so."""
    return [total(setup) / float(row["gib"]) - 1 for row, setup in published() if row["source"].startswith(source)]


def summary(source: str = "") -> tuple[int, float, float]:
    """(rows of the table, median and largest error without sign)."""
    sizes = [abs(e) for e in errors(source)]
    return len(sizes), statistics.median(sizes), max(sizes)
