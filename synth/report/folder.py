"""Everything a report is about, read once: items with their standing, pictures, what was paid, gold figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from qa.dataset import Dataset, DatasetError
from qa.item import Check, Item
from qa.standing import BLIND, REVIEW, VOTE, Standing, latest, standing
from synth.checks.gold import LabelError, TeacherAccuracy, gold_of, label_error, teacher_accuracy
from synth.pictures.stock import Picture, Stock
from synth.review.log import apply
from synth.teacher.config import Teacher
from synth.teacher.journal import Journal, Spent
from synth.writing.log import Record, WritingLog

Truth = Literal["rule", "person", "teacher confirmed", "teacher alone", "imported"]
STANDINGS: tuple[Standing, ...] = ("accepted", "review", "unchecked", "rejected")


@dataclass(frozen=True, slots=True)
class Judged:
    """An Item and what its checks come to."""

    item: Item
    standing: Standing
    checks: Mapping[str, Check]
    """The last of each name."""
    truth: Truth
    teacher: str
    """The model that wrote it, the rule, or the person: `gpt-4o`, `rule`, `person`."""


@dataclass(frozen=True)
class Folder:
    """A dataset folder as it stands."""

    root: Path
    items: tuple[Judged, ...]
    pictures: tuple[Picture, ...]
    writing: tuple[Record, ...]
    """What came of each picture a teacher was asked to write about."""
    spent: tuple[Spent, ...]
    teachers: Mapping[str, Teacher]
    """For the dates of prices."""
    label_error: LabelError | None
    accuracy: tuple[TeacherAccuracy, ...]

    @property
    def name(self) -> str:
        return self.root.resolve().name

    @cached_property
    def kept(self) -> tuple[Judged, ...]:
        """Those that will be trained on: the accepted; while there are none, all that are not rejected."""
        accepted = tuple(j for j in self.items if j.standing == "accepted")
        return accepted or tuple(j for j in self.items if j.standing != "rejected")


def truth(item: Item, checks: Mapping[str, Check]) -> Truth:
    """Where the answer comes from, best first: a rule over a netlist, a person, a teacher confirmed or not."""
    review = checks.get(REVIEW)
    if review is not None and review.verdict == "pass":
        return "person"
    kind = item.origin.writer.split(":", 1)[0]
    if kind == "rule":
        return "rule"
    if kind == "person":
        return "person"
    confirmed = any(name in checks and checks[name].verdict == "pass" for name in (BLIND, VOTE))
    if confirmed and standing(item) == "accepted":
        return "teacher confirmed"
    return "teacher alone" if kind == "teacher" else "imported"


def writer_name(writer: str) -> str:
    """`teacher:gpt-4o@write@1` is gpt-4o; a rule, a person or an import is named by its kind."""
    kind, _, rest = writer.partition(":")
    return re.sub(r"@[^@]*@[^@]*$", "", rest) or kind if kind == "teacher" else kind


def judged(item: Item) -> Judged:
    """An Item with all that is derived from its checks."""
    checks = latest(item)
    return Judged(item, standing(item), checks, truth(item, checks), writer_name(item.origin.writer))


def read_folder(root: Path, teachers: Mapping[str, Teacher]) -> Folder:
    """The folder as it stands on disk. Raises DatasetError where there is none or a line is bad."""
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder; name a dataset folder: circuit-vqa synth report data/NAME")
    ds = Dataset(root)
    stock = Stock(ds)
    if not ds.items_path.is_file() and not stock.path.is_file():
        ds = Dataset.open(root)
    if ds.items_path.is_file():
        apply(ds)
    label_error, accuracy = gold_figures(ds)
    return Folder(
        root=root,
        items=tuple(judged(i) for i in ds.items()) if ds.items_path.is_file() else (),
        pictures=tuple(stock.read()),
        writing=tuple(WritingLog(ds).read()),
        spent=tuple(read_spent(root)),
        teachers=teachers,
        label_error=label_error,
        accuracy=accuracy,
    )


def gold_figures(ds: Dataset) -> tuple[LabelError | None, tuple[TeacherAccuracy, ...]]:
    """What the solver-verified circuits mixed in say; nothing where none were."""
    if gold_of(ds) is None or not ds.items_path.is_file():
        return None, ()
    return label_error(ds), tuple(teacher_accuracy(ds))


def read_spent(root: Path) -> list[Spent]:
    """What the journal says was paid; nothing where no teacher was asked."""
    path = root / "journal.sqlite"
    if not path.is_file():
        return []
    with Journal(path) as journal:
        return journal.spent()
