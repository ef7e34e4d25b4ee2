"""Calls asked, and what came of each put on disk: shared by every verb that asks a teacher."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from qa.jsonl import append_records
from qa.progress import Advance
from synth.teacher.asking import Asker
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher
from synth.teacher.journal import Journal
from synth.teacher.schedule import Follow

if TYPE_CHECKING:
    from pydantic import BaseModel

FLUSH_S = 0.5
"""Records go to disk so often; what a kill takes with it, the journal answers again for nothing."""
LATER = ("budget", "teacher", "gave_up")
"""Failures that another run may not meet."""


@dataclass
class Report:
    """What a run asked."""

    answered: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(row, why) of calls that another run would not answer either: refused, rejected, an unreadable picture."""
    waiting: Counter[str] = field(default_factory=Counter)
    """Why a call waits for another run -> how many."""
    stopped: str = ""
    """Which limit of the budget was reached."""
    requests: int = 0
    cost: float = 0.0


def ask_and_keep(
    calls: Iterable[Call],
    teachers: Mapping[str, Teacher],
    journal: Journal,
    budget: Budget,
    ask: Asker,
    path: Path,
    record_of: Callable[[Answer], BaseModel | None],
    report: Report,
    advance: Advance | None = None,
    follow: Follow | None = None,
) -> None:
    """Asks every call and appends what `record_of` makes of its answer to `path`. Hold `Dataset.filling()`.

    `record_of` sees answers that have a text, and may return None. `report` is right also when this is left by an
    error or Ctrl-C: the same run goes on from the journal and the file.
    """
    book = _Book(path, report, budget, advance)
    try:
        with closing(ask(calls, teachers, journal, budget, follow=follow)) as answers:  # type: ignore[type-var]
            for answer in answers:
                book.take(answer, record_of(answer) if answer.text is not None else None)
    finally:
        book.flush()
        report.stopped, report.requests, report.cost = budget.stopped, budget.requests, budget.cost


class _Book:
    """Keeps records for half a second, then writes them."""

    def __init__(self, path: Path, report: Report, budget: Budget, advance: Advance | None) -> None:
        self.path, self.report, self.budget, self.advance = path, report, budget, advance
        self._records: list[BaseModel] = []
        self._seen: set[str] = set()
        self._flushed = time.monotonic()

    def take(self, answer: Answer, record: BaseModel | None) -> None:
        self._seen.add(answer.call.row)  # a row with a second turn is answered twice
        if answer.failure is not None:
            if answer.failure.kind in LATER:
                self.report.waiting[answer.failure.what] += 1
            else:
                self.report.failures.append((answer.call.row, f"{answer.failure.kind}: {answer.failure.what}"))
        if record is not None:
            self.report.answered += 1
            self._records.append(record)
        if time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        append_records(self.path, self._records)
        self._records = []
        self._flushed = time.monotonic()
        if self.advance is not None:
            self.advance(len(self._seen), f"${self.budget.cost:.2f}")
