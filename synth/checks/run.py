"""`synth check`: rules, then one run that asks about every open Item, gold mixed in. Stop it anywhere, run again."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from qa.dataset import Dataset
from qa.item import Check, Item
from qa.standing import BLIND, FORM, REVIEW, SENSE, VOTE, latest, standing
from synth.checks.case import LATER, Case, Steps
from synth.checks.gold import TRUTH, WRITE, gold_of
from synth.checks.panel import Panel, by_teacher, model_of
from synth.checks.settled import with_checks
from synth.teacher.asking import Asker
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher
from synth.teacher.journal import Journal

SAVE_EVERY = 1000
SAVE_SECONDS = 20.0
"""Verdicts are written so often; they follow from the journal, so a kill between two writes costs nothing."""
ASKED = (SENSE, BLIND, VOTE)
ASKED_GOLD = (WRITE, TRUTH, BLIND, VOTE)


@dataclass
class Report:
    """What a run did."""

    open: int = 0
    """Items no answer came for: the next run asks them again."""
    cached: int = 0
    asked: int = 0
    cost: float = 0.0
    stopped: str = ""
    waiting: Counter[str] = field(default_factory=Counter)
    """Why no answer came, with how many calls."""


def cases_of(
    ds: Dataset, items: Sequence[Item], panel: Panel, gold: Sequence[Case], again: bool, seed: int
) -> list[Case]:
    """Every Item that has something to be asked, and the gold ones, in a seeded order."""
    open_ones = {i.id: with_checks(i, (), ASKED) if again else i for i in items if is_open(i, panel, again)}
    made = [Case(i, ds.root, panel, None, i.origin.writer) for i in open_ones.values()]
    made += gold
    made.sort(key=lambda c: (c.item.id, c.gold))
    Random(f"check/{seed}").shuffle(made)
    return made


def is_open(item: Item, panel: Panel, again: bool = False) -> bool:
    """Whether a teacher has something to say on this Item yet."""
    had = latest(item)
    if not by_teacher(item) or REVIEW in had:
        return False
    bare = with_checks(item, (), ASKED) if again else item
    if standing(bare) == "rejected":
        return False
    had = latest(bare)
    if BLIND not in had:
        return VOTE not in had
    if had[BLIND].verdict != "unsure" or VOTE in had:
        return False
    second = panel.second(item.origin.writer)
    return second is not None and panel.third(item.origin.writer, second) is not None


def ask_cases(
    ds: Dataset,
    cases: Sequence[Case],
    teachers: Mapping[str, Teacher],
    ask: Asker,
    budget: Budget,
    report: Report,
    advance: Callable[[int], None] = lambda done: None,
) -> None:
    """Asks every case to its end, writes what was found and adds it to the report. Ctrl-C and a full budget keep it.

    Raises TeacherError where no teacher can be asked at all.
    """
    run = _Run(cases)
    saver = _Saver(ds)
    with Journal(ds.root / "journal.sqlite") as journal:
        try:
            with closing(ask(run.first(), teachers, journal, budget, follow=run.follow)) as answers:  # type: ignore[type-var]
                for answer in answers:
                    _count(report, answer)
                    saver.take(run.ended)
                    advance(run.count)
        finally:
            saver.take(run.ended)
            saver.save()
    report.open, report.stopped = len(cases) - saver.done, budget.stopped


def _count(report: Report, answer: Answer) -> None:
    if answer.cached:
        report.cached += 1
    elif answer.failure is None:
        report.asked += 1
        report.cost += answer.cost
    if answer.failure is not None and answer.failure.kind in LATER:
        report.waiting[answer.failure.what] += 1


class _Run:
    """Cases under way. `first` and `follow` run in the asking thread; `ended` is read by the other."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases
        self._under_way: dict[str, tuple[Case, Steps]] = {}
        self.ended: deque[Case] = deque()
        self.count = 0

    def first(self) -> Iterator[Call]:
        for case in self._cases:
            row = f"{'gold' if case.gold else 'item'}/{case.item.id}"
            steps = case.steps()
            try:
                call = next(steps)
            except StopIteration:
                self._end(case)
                continue
            self._under_way[row] = (case, steps)
            yield _named(call, row)

    def follow(self, answer: Answer) -> Call | None:
        row = answer.call.row
        case, steps = self._under_way[row]
        try:
            return _named(steps.send(answer), row)
        except StopIteration:
            del self._under_way[row]
            self._end(case)
            return None

    def _end(self, case: Case) -> None:
        self.count += 1
        self.ended.append(case)


def _named(call: Call, row: str) -> Call:
    return replace(call, row=row)


class _Saver:
    """Puts finished cases into items.jsonl of the set and of its gold folder, many at a time."""

    def __init__(self, ds: Dataset) -> None:
        self.ds = ds
        self.done = 0
        self._new: dict[Path, dict[str, list[Check]]] = {}
        self._waiting = 0
        self._at = time.monotonic()

    def take(self, ended: deque[Case]) -> None:
        while ended:
            case = ended.popleft()
            self.done += case.is_whole
            if case.found:
                self._new.setdefault(case.root, {})[case.item.id] = case.found
                self._waiting += 1
        if self._waiting >= SAVE_EVERY or (self._waiting and time.monotonic() - self._at > SAVE_SECONDS):
            self.save()

    def save(self) -> None:
        for root, found in self._new.items():
            target, names = (self.ds, ASKED) if root == self.ds.root else (gold_of(self.ds), ASKED_GOLD)
            if target is not None:
                target.replace(lambda i, f=found, n=names: _updated(i, f.get(i.id), n))  # type: ignore[misc]
        self._new.clear()
        self._waiting, self._at = 0, time.monotonic()


def _updated(item: Item, found: list[Check] | None, names: tuple[str, ...]) -> Item:
    """Checks asked anew take the place of the old ones of the same name; a blind answer, that of an old vote too."""
    if not found:
        return item
    gone = {c.name for c in found} & set(names)
    if BLIND in gone:
        gone.add(VOTE)
    return with_checks(item, found, gone)


def writers(items: Sequence[Item]) -> dict[str, int]:
    """Model -> Items it wrote and no rule turned down, most first."""
    counts = Counter(model_of(i.origin.writer) for i in items if by_teacher(i) and _fit(i))
    return dict(counts.most_common())


def _fit(item: Item) -> bool:
    form = latest(item).get(FORM)
    return form is None or form.verdict != "fail"
