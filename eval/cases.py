"""Rows of a bench as they are put to a model: the turns, with options turned, the picture blanked, or asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benches.base import Bench
from eval.mode import Mode
from qa.formats.asked import Asked
from qa.item import LETTERS
from qa.prompts import SYSTEM
from qa.turn import Turn


@dataclass(frozen=True, slots=True)
class Case:
    """One request: a row in one order of its options, for the n-th time."""

    row: Asked
    """With the options as they are asked, and the letter that is right then."""
    turns: tuple[Turn, ...]
    rotation: int = 0
    repeat: int = 0


Pictures = Callable[[Asked], tuple[Path, ...]]
"""The pictures to send with a row."""
Before = Callable[[Asked], str]
"""What stands before a row's question: examples, a netlist; empty for nothing."""


def cases(
    bench: Bench, rows: Sequence[Asked], mode: Mode, pictures: Pictures, before: Sequence[Before] = ()
) -> Iterator[Case]:
    """Every request of a run on these rows, in their order."""
    for row in rows:
        sent, texts = pictures(row), [text for b in before if (text := b(row))]
        for rotation in rotations(row, mode):
            turned = rotate(row, rotation)
            user = Turn("user", "\n\n".join([*texts, bench.prompt(turned)]), sent)
            for repeat in range(mode.repeats):
                yield Case(turned, (Turn("system", SYSTEM), user), rotation, repeat)


def rotations(row: Asked, mode: Mode) -> range:
    """By how many places the options are moved on: 0 alone, or each once under `--circular`."""
    return range(len(row.options)) if mode.circular and row.options else range(1)


def rotate(row: Asked, places: int) -> Asked:
    """The row with its options moved on by so many places, and the letter of the right one with them."""
    if not places or not row.options or not isinstance(row.answer, str):
        return row
    n = len(row.options)
    options = tuple(row.options[(i - places) % n] for i in range(n))
    letter = LETTERS[(LETTERS.index(row.answer) + places) % n]
    return row.model_copy(update={"options": options, "answer": letter})
