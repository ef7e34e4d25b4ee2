"""How test sets were asked: as they are, without the picture, in every rotation; the section of the page of results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from qa.errors import KitError
from swift_recipes.results.escaping import escape

FOLDER = "asked"
"""Beside the summaries: `docs/results/asked/*.json`, made by `circuit-vqa eval note`."""
SECTION = """
## What the questions give away

Accuracy of one model on the same questions, asked as they are, with a blank picture (`--blind`), and with every
rotation of the options having to be right (`--circular`). *chance*: what guessing gets. A blind figure far above it
means that the questions, not the picture, were read. To add a report:
`circuit-vqa eval note REPORT --out {folder}/NAME.json`.

| test set | pictures | model | asked | bench | n | accuracy | 95 % interval | chance |
|---|---|---|---|---|--:|--:|--:|--:|
"""


class Part(BaseModel):
    """One bench on pictures of one source."""

    model_config = ConfigDict(frozen=True)

    bench: str
    source: str
    n: int
    accuracy: float
    interval: tuple[float, float]
    chance: float | None = None


class Asked(BaseModel):
    """One report, as far as the page shows it."""

    model_config = ConfigDict(frozen=True)

    data: str
    model: str
    asked: str
    """`as it is`, `blank`, `circular`, …"""
    parts: tuple[Part, ...]


def read_asked(folder: Path) -> list[Asked]:
    """Every note of a folder of summaries, by name. Raises KitError naming the first that is none."""
    found = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            found.append(Asked.model_validate_json(path.read_bytes()))
        except ValidationError as e:
            fault = e.errors()[0]
            where = ".".join(map(str, fault["loc"])) or "file"
            raise KitError(f"{path}: {where}: {fault['msg']}; make it anew: circuit-vqa eval note REPORT") from e
    return found


def section(asked: Sequence[Asked], folder: str) -> str:
    """The section as Markdown, empty without reports."""
    rows = [(a, p) for a in asked for p in a.parts]
    rows.sort(key=lambda x: (x[0].data, x[1].source, x[1].bench, x[0].model, _order(x[0].asked)))
    if not rows:
        return ""
    return SECTION.format(folder=escape(f"{folder}/{FOLDER}")) + "".join(_row(a, p) for a, p in rows)


def _order(asked: str) -> tuple[int, str]:
    known = ("as it is", "blank", "circular")
    return (known.index(asked) if asked in known else len(known), asked)


def _row(a: Asked, p: Part) -> str:
    low, high = p.interval
    chance = "–" if p.chance is None else f"{p.chance * 100:.1f} %"
    cells = (
        escape(a.data), escape(p.source), escape(a.model), escape(a.asked), escape(p.bench.removeprefix("circuit_")),
        f"{p.n:,}", f"{p.accuracy * 100:.1f} %", f"{low * 100:.1f}–{high * 100:.1f} %", chance,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"
