"""Teachers write questions on every usable picture of a folder: who is asked what, and what lands where."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Item, Lang
from qa.progress import Advance
from synth.pictures.stock import Picture, Stock
from synth.teacher.asking import Asker
from synth.teacher.budget import Budget
from synth.teacher.call import Call
from synth.teacher.config import Teacher
from synth.teacher.journal import Journal
from synth.teacher.prompts import Prompt, load_prompt
from synth.writing.desk import PASSED_ON, Desk, Result, Task
from synth.writing.log import Record, WritingLog
from synth.writing.reply import ReplyForm
from synth.writing.rules import same_question
from synth.writing.share import LangChoice, language, order

FLUSH_S = 0.5
"""Items go to disk so often: a stop loses nothing of it, the journal answers again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked, before anybody is."""

    tasks: tuple[Task, ...]
    teachers: dict[str, Teacher]
    prompts: dict[Lang, Prompt]
    per_picture: int
    form: ReplyForm
    done: int
    """Pictures that were done before."""
    faulty: int
    """Pictures that nobody is asked about."""
    older: Counter[str]
    """Version of the prompt -> pictures of the plan that were done with it before."""

    def desk(self) -> Desk:
        return Desk(self.teachers, self.prompts, self.per_picture, self.form)

    def calls(self, desk: Desk) -> Iterator[Call]:
        """The first call about each picture, made as needed."""
        return (desk.first_call(task) for task in self.tasks)


@dataclass
class Report:
    """What came of a run."""

    pictures: int = 0
    """Done in this run."""
    items: int = 0
    """Added to the folder."""
    corrected: int = 0
    dropped: int = 0
    """Questions that could not be used."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Category -> pictures that do not give enough for it."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(picture as its owner named it, why) where no teacher gave a question."""
    others_may: bool = False
    """Whether another teacher may do what this one could not: not so where a picture is gone."""
    unfinished: Counter[str] = field(default_factory=Counter)
    """Why a picture waits for another run -> how many."""
    stopped: str = ""
    """Which limit of the budget was reached."""
    requests: int = 0
    cost: float = 0.0


def make_plan(
    dataset: Dataset,
    teachers: Sequence[Teacher],
    *,
    lang: LangChoice = "zh",
    per_picture: int = 5,
    form: ReplyForm = "json",
    prompt: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Plan:
    """Which pictures are to be written about, by whom, in which language.

    A picture that one of these teachers has done with this version of the prompt is not asked about again.

    Raises:
        KitError: the folder has no pictures, or only faulty ones; the prompt cannot be used.
    """
    langs: tuple[Lang, ...] = ("zh", "en") if lang == "both" else (lang,)
    if prompt is not None and len(langs) > 1:
        raise KitError(f"{prompt} is in one language: give --lang zh or --lang en with --prompt")
    name = "write" if form == "json" else "write_text"
    prompts = {x: load_prompt(name, x, prompt) for x in langs}
    for x in prompts:
        prompts[x] = _with_correction(prompts[x], name)
        prompts[x].needs(("count", "caption", "reasons", "kept", "missing"))
    usable, faulty = _usable(dataset)
    asked = {t.name: t for t in teachers}
    done: set[str] = set()
    older: dict[str, str] = {}
    for record in WritingLog(dataset).read():
        if record.failure is not None or record.teacher not in asked or record.lang not in prompts:
            continue
        if record.prompt == prompts[record.lang].version:
            done.add(record.picture)
        else:
            older[record.picture] = record.prompt
    left = [p for p in usable if p.path not in done]
    tasks = tuple(
        Task(p, dataset.root / p.path, language(p.path, lang, seed), order(p.path, asked, seed)) for p in left[:limit]
    )
    versions = Counter(older[t.picture.path] for t in tasks if t.picture.path in older)
    return Plan(tasks, asked, prompts, per_picture, form, len(usable) - len(left), faulty, versions)


def _with_correction(prompt: Prompt, name: str) -> Prompt:
    """A user's own file may leave the correction turn to the shipped prompt."""
    if "again" in prompt:
        return prompt
    again = dict(load_prompt(name, prompt.lang).parts)["again"]
    return Prompt(prompt.name, prompt.version, prompt.lang, (*prompt.parts, ("again", again)), prompt.where)


def _usable(dataset: Dataset) -> tuple[list[Picture], int]:
    """Pictures to ask about, each path once, and how many are left out."""
    stock = Stock(dataset)
    if not stock.path.is_file():
        raise KitError(
            f"{dataset.root} holds no pictures.jsonl; take pictures in first: circuit-vqa synth images DIR --out"
            f" {dataset.root}"
        )
    pictures = stock.read()
    usable = {p.path: p for p in pictures if p.fault is None and p.path}
    if not usable:
        raise KitError(
            f"{dataset.root}: none of {len(pictures)} pictures can be used ({_faults(pictures)}); see pictures.jsonl"
            if pictures
            else f"{stock.path} is empty; take pictures in first: circuit-vqa synth images DIR --out {dataset.root}"
        )
    return list(usable.values()), len(pictures) - len(usable)


def _faults(pictures: Iterable[Picture]) -> str:
    return ", ".join(f"{n} {fault}" for fault, n in Counter(p.fault for p in pictures).most_common())


def run(
    dataset: Dataset,
    plan: Plan,
    journal: Journal,
    budget: Budget,
    ask: Asker,
    report: Report,
    advance: Advance | None = None,
) -> None:
    """Asks, and adds the Items picture by picture. Hold `dataset.filling()`.

    `report` is right also when this is left by an error or Ctrl-C. What was paid for is in the journal before it is
    read: stopped in any way, the same run goes on from there.
    """
    desk = plan.desk()
    book = _Book(dataset, budget, advance, report)
    try:
        with closing(ask(plan.calls(desk), plan.teachers, journal, budget, follow=desk.follow)) as answers:  # type: ignore[type-var]
            for _ in answers:
                while desk.results:
                    book.take(desk.results.popleft())
    finally:
        while desk.results:
            book.take(desk.results.popleft())
        book.close()


class _Book:
    """Keeps what comes in, writes it to the folder every half second, counts."""

    def __init__(self, dataset: Dataset, budget: Budget, advance: Advance | None, report: Report) -> None:
        self.dataset, self.budget, self.advance, self.report = dataset, budget, advance, report
        self.log = WritingLog(dataset)
        self.known: set[str] = set()
        """ids, and picture + words, of the questions that are there."""
        for item in dataset.items():
            self.known.update(_marks(item))
        self._results: list[Result] = []
        self._flushed = time.monotonic()
        self._seen = 0

    def take(self, result: Result) -> None:
        self._results.append(result)
        report = self.report
        self._seen += result.last
        if result.record is None:
            report.unfinished[result.unfinished] += 1
        else:
            self._count(result, result.record)
        if time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    def _count(self, result: Result, record: Record) -> None:
        report = self.report
        report.corrected += record.corrected
        report.dropped += len(record.dropped)
        if record.failure is None:
            report.pictures += 1
            report.skipped.update(s.category for s in record.skipped)
        elif result.last:
            picture = result.task.picture
            name = picture.file + (f" page {picture.page}" if picture.page else "")
            report.others_may |= record.failure in PASSED_ON
            report.failures.append((name or picture.path, f"{record.teacher}: {record.failure}: {record.why}"))

    def flush(self) -> None:
        """Items first, then the records that say they are there."""
        fresh: list[Item] = []
        for item in (i for r in self._results for i in r.items):
            marks = _marks(item)
            if not any(m in self.known for m in marks):
                self.known.update(marks)
                fresh.append(item)
        self.report.items += self.dataset.append(fresh)
        self.log.append(r.record for r in self._results if r.record is not None)
        self._results = []
        self._flushed = time.monotonic()
        if self.advance is not None:
            self.advance(self._seen, f"{self.report.items} items, ${self.budget.cost:.2f}")

    def close(self) -> None:
        """Everything on disk, the manifest written anew."""
        self.flush()
        report = self.report
        report.stopped, report.requests, report.cost = self.budget.stopped, self.budget.requests, self.budget.cost
        if report.items or not self.dataset.manifest():
            self.dataset.write_manifest()


def _marks(item: Item) -> tuple[str, str]:
    return item.id, f"{item.pictures[0] if item.pictures else ''} {same_question(item.question)}"
