"""Which letter is taken for which: the confusion of a run's choices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from eval.prediction import Prediction
from qa.item import LETTERS

NONE = "none"
"""Column of replies in which no letter could be read."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by (wanted, read); `read` of the columns, of which the last is NONE."""

    wanted: tuple[str, ...]
    read: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def most(self) -> int:
        """The largest count, at least 1."""
        return max((n for row in self.counts for n in row), default=0) or 1


def confusion(predictions: Iterable[Prediction]) -> Confusion | None:
    """Over every multiple-choice reply, rotations and repeats too; None where there is none."""
    seen: Counter[tuple[str, str]] = Counter()
    rows: set[str] = set()
    for p in predictions:
        if p.form == "mcq" and isinstance(p.answer, str):
            seen[p.answer, letter(p.read)] += 1
            rows.update(LETTERS[: len(p.options)] if p.options else p.answer)
    if not seen:
        return None
    wanted = tuple(sorted(rows))
    read = (*wanted, NONE)
    return Confusion(wanted, read, tuple(tuple(seen[w, r] for r in read) for w in wanted))


def letter(read: str | None) -> str:
    """The letter that was read, or NONE."""
    return read if read and len(read) == 1 and read in LETTERS else NONE
