"""Questions that exist already become Items: read, their pictures found, their answers graded once by our grader."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from qa.dataset import Dataset, Problem
from qa.errors import KitError
from qa.grading import grade_item
from qa.item import Item, Lang, Level, Origin, item_id
from qa.prompts import assistant_text
from synth.sources.importing.detect import read_file
from synth.sources.importing.encoding import LOST
from synth.sources.importing.found import Bad, BadRow, Found
from synth.sources.importing.gallery import Gallery, Picture

SOURCE = "import"
TOPIC = "imported"
LangChoice = Literal["auto", "zh", "en"]
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_UNSPLIT = re.compile("A\\s?[.\uff0e、:\uff1a)\uff09].*B\\s?[.\uff0e、:\uff1a)\uff09]", re.DOTALL)
_BATCH = 64  # Items that go to disk together: a stop loses at most the reading of so many


@dataclass
class Report:
    """What came of a file."""

    format: str
    items: int = 0
    """Items added now."""
    kept: int = 0
    """Questions that were there already, or stand in the file twice."""
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's rows, before their pictures are looked at."""

    file: Path
    images: Path
    format: str
    rows: tuple[Found | Bad, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What the user says of every row that does not say it itself."""

    lang: LangChoice = "auto"
    level: Level = 1
    licence: str = "unknown"


def load(file: Path, images: Path) -> Loaded:
    """Read a file of questions, in any of the formats of `importing.detect`; `images` is where picture paths start.

    Raises KitError where the format cannot be told, the file holds no row, or `images` is no folder.
    """
    if not images.is_dir():
        raise KitError(f"{images}: no such folder; give --images the one that the picture paths start from")
    read = read_file(file)
    rows = tuple(read.rows())
    if not rows:
        raise KitError(f"{file} ({read.format}) holds no question")
    return Loaded(file, images, read.format, rows)


def run(
    loaded: Loaded, dataset: Dataset, given: Given | None = None, advance: Callable[[int], None] | None = None
) -> Report:
    """Add the Items of a file; what is there already is kept, each bad row is named and skipped.

    `advance` is told how many rows are done. Raises KitError where another command is filling the dataset.
    """
    with dataset.filling():
        return _Run(loaded, dataset, given or Given()).all(advance or (lambda _: None))


class _Run:
    """One file on its way into a dataset."""

    def __init__(self, loaded: Loaded, dataset: Dataset, given: Given) -> None:
        self.loaded, self.dataset, self.given = loaded, dataset, given
        self.gallery = Gallery(loaded.images, dataset)
        self.report = Report(loaded.format)
        self.answers: dict[str, tuple[str, str]] = {}
        """id -> the answer, and where it stands."""
        self.groups: dict[str, str] = {}
        """picture in the dataset -> its group."""
        for item in dataset.items():
            self.answers[item.id] = (item.answer_text, f"{dataset.items_path} ({item.id})")
            self.groups.update(dict.fromkeys(item.pictures, item.group))

    def all(self, advance: Callable[[int], None]) -> Report:
        """Every row, on disk batch by batch."""
        rows = self.loaded.rows
        self._join([r for r in rows if isinstance(r, Found) and len(r.images) > 1])
        batch: list[Item] = []
        for done, row in enumerate(rows, 1):
            try:
                if isinstance(row, Bad):
                    raise BadRow(row.field, row.what)
                batch += self._new(row)
            except BadRow as e:
                what = " ".join(e.what.split())
                self.report.problems.append(Problem(str(self.loaded.file), row.line, e.field, what))
            if len(batch) >= _BATCH or done == len(rows):
                self.report.items += self.dataset.append(batch)
                batch = []
            advance(done)
        if self.report.items or not self.dataset.manifest():
            self.dataset.write_manifest()
        return self.report

    def _new(self, row: Found) -> list[Item]:
        """The row's Item with its pictures stored, or nothing if it is there already. Raises BadRow."""
        pictures = [self.gallery.picture(name) for name in row.images]
        item = self._item(row, pictures)
        there = self.answers.get(item.id)
        if there is not None:
            if there[0] != item.answer_text:
                raise BadRow("answer", f"{item.answer_text!r}, but {there[1]} answers the same question {there[0]!r}")
            self.report.kept += 1
            return []
        _refuse_ungradable(item)
        for picture in pictures:
            self.gallery.store(picture)
            self.groups.setdefault(picture.name, item.group)
        self.answers[item.id] = (item.answer_text, f"line {row.line}")
        return [item]

    def _item(self, row: Found, pictures: Sequence[Picture]) -> Item:
        if LOST in row.model_dump_json():
            raise BadRow("row", "holds bytes that are not UTF-8; mend them")
        if not row.options and row.answer in ("A", "B", "C", "D") and _UNSPLIT.search(row.question):
            raise BadRow("options", "the question holds options that cannot be told apart; write A. … B. … with spaces")
        try:
            return Item(
                id=item_id([p.digest for p in pictures], row.question, row.options),
                pictures=tuple(p.name for p in pictures),
                form="mcq" if row.options else "fill",
                level=row.level or self.given.level,
                topic=row.topic or TOPIC,
                lang=self._lang(row),
                question=row.question,
                options=row.options,
                answer=row.answer,
                accept=row.accept,
                explanation=row.explanation,
                group=self.groups.get(pictures[0].name) or _group(pictures[0]),
                origin=Origin(
                    source=SOURCE,
                    writer=f"import:{self.report.format}@1",
                    licence=self.given.licence,
                    file=f"{self.loaded.file.name}:{row.line}",
                ),
            )
        except ValidationError as e:
            first = e.errors()[0]
            what = first["msg"].removeprefix("Value error, ")
            head, colon, rest = what.partition(": ")
            where = ".".join(str(x) for x in first["loc"])
            raise (BadRow(head, rest) if colon and not where else BadRow(where or "row", what)) from e

    def _lang(self, row: Found) -> Lang:
        if self.given.lang != "auto":
            return self.given.lang
        return row.lang or ("zh" if _CHINESE.search(" ".join((row.question, *(row.options or ())))) else "en")

    def _join(self, rows: Sequence[Found]) -> None:
        """Pictures that one question shows together share a group, and so do all that hang on them."""
        joined: dict[str, str] = {}
        for row in rows:
            try:
                pictures = [self.gallery.picture(name) for name in row.images]
            except BadRow:
                continue  # said when the row's turn comes
            groups = [_root(joined, self.groups.get(p.name) or _group(p)) for p in pictures]
            for picture, group in zip(pictures, groups, strict=True):
                joined.update({g: min(groups) for g in groups if g != min(groups)})
                self.groups.setdefault(picture.name, group)
        if not joined:
            return
        before = set(self.groups.values())
        self.groups = {name: _root(joined, group) for name, group in self.groups.items()}
        if before - set(self.groups.values()):
            self.dataset.replace(lambda i: i.model_copy(update={"group": _root(joined, i.group)}))


def _root(joined: dict[str, str], group: str) -> str:
    while group in joined:
        group = joined[group]
    return group


def _group(picture: Picture) -> str:
    return f"{SOURCE}-{picture.digest[:12]}"


def _refuse_ungradable(item: Item) -> None:
    """An answer that our own grader does not take would be marked wrong in every model. Raises BadRow."""
    try:
        verdict = grade_item(item, assistant_text(item))
    except ValueError as e:  # a tolerance for a blank that is not there
        raise BadRow("accept", str(e)) from e
    if verdict.verdict != "right":
        raise BadRow("answer", f"the answer cannot be graded ({item.answer_text[:60]!r}: {verdict.why})")
