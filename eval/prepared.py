"""The cases of one bench, made from its folder: rows, pictures or what stands in for them, examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benches.base import Bench
from eval.cases import Before, Case, cases
from eval.instead import blank, has_netlists, netlist
from eval.mode import Mode, WayError
from eval.rows import dataset_of, picture_paths, read_rows, spread
from eval.style import Examples
from qa.dataset import Dataset
from qa.formats.asked import Asked


@dataclass(frozen=True)
class Prepared:
    """What one bench asks."""

    bench: Bench
    cases: tuple[Case, ...]
    questions: int
    left_out: int = 0
    """Questions whose netlist is not known, under `--text`."""
    without_picture: tuple[str, ...] = ()
    """Ids of questions that have none."""


def prepared(bench: Bench, folder: Path, mode: Mode, limit: int | None, blanks: Path, split: str = "test") -> Prepared:
    """Every request of one bench. Raises KitError where rows, pictures, netlists or examples are missing."""
    data = dataset_of(folder)
    every = read_rows(folder, split)
    rows = [r for r in every if has_netlists(r, data)] if mode.picture == "netlist" else every
    if not rows:
        raise WayError(
            f"{data} knows no netlist of the pictures in {bench.short}; only generated circuits and netlist sources"
            " have them (made anew with this version): run without --text"
        )
    chosen = spread(rows, limit)
    before: list[Before] = []
    if mode.style_of:
        before.append(Examples(Dataset(data), mode.style_of, bench.forms))
    if mode.picture == "netlist":
        before.append(lambda row: netlist(row, data))

    def pictures(row: Asked) -> tuple[Path, ...]:
        if mode.picture == "netlist":
            return ()
        shown = picture_paths(row, folder)
        return tuple(blank(p, blanks) for p in shown) if mode.picture == "blank" else tuple(shown)

    todo = tuple(cases(bench, chosen, mode, pictures, before))
    return Prepared(bench, todo, len(chosen), len(every) - len(rows), tuple(r.id for r in chosen if not r.images))


def count(prepared: Sequence[Prepared]) -> int:
    """Requests in all."""
    return sum(len(p.cases) for p in prepared)
