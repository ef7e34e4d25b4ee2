"""A run with any function that asks: in rounds as batch files are, and left in the middle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from qa.errors import KitError
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call
from synth.teacher.config import Price, Teacher
from synth.teacher.journal import Journal
from synth.writing.log import WritingLog
from synth.writing.run import Report, make_plan, run
from tests.synth.writing.folder import items, stocked
from tests.synth.writing.writing_teacher import question

PRICE = Price.model_validate({"input": 1, "output": 1, "date": "2026-01-01"})
ONE = Teacher(name="one", base_url="http://x/v1", model="m", price=PRICE)


def reply(call: Call) -> str:
    """Three questions first, then what was missing."""
    again = len(call.messages) > 2
    return json.dumps({"questions": [question(call.row, i, True) for i in (range(3, 5) if again else range(3))]})


def in_rounds(open_after: int | None = None) -> Callable[..., Iterator[Answer]]:
    """Answers as batch files do: a round of calls, then a round of what followed. `open_after`: so many, then away."""

    def ask(
        calls: Iterable[Call],
        teachers: Mapping[str, Teacher],
        journal: Journal,
        budget: Budget | None = None,
        *,
        follow: Callable[[Answer], Call | None] | None = None,
    ) -> Iterator[Answer]:
        todo, given = list(calls), 0
        while todo:
            more = []
            for call in todo:
                if given == open_after:
                    raise KitError("batches are open")
                given += 1
                answer = Answer(call, "k", text=reply(call))
                assert follow is not None
                if (extra := follow(answer)) is not None:
                    more.append(extra)
                yield answer
            todo = more

    return ask


def written(home: Path, ask: Callable[..., Iterator[Answer]], report: Report, **options: Any) -> None:
    ds = stocked(home / "d", 0)
    with ds.filling(), Journal(home / "d" / "journal.sqlite") as journal:
        run(ds, make_plan(ds, [ONE], **options), journal, Budget(), ask, report)


def test_rounds_of_calls(tmp_path: Path) -> None:
    stocked(tmp_path / "d", 6)
    report = Report()
    written(tmp_path, in_rounds(), report)
    assert (report.items, report.pictures, report.corrected) == (30, 6, 6) and len(items(tmp_path)) == 30


def test_left_in_the_middle_and_gone_on_with(tmp_path: Path) -> None:
    ds = stocked(tmp_path / "d", 6)
    report = Report()
    with pytest.raises(KitError, match="open"):
        written(tmp_path, in_rounds(open_after=8), report)
    assert report.items == len(items(tmp_path)) == 10 and len(WritingLog(ds).read()) == 2
    written(tmp_path, in_rounds(), report := Report())
    assert report.pictures == 4 and len(items(tmp_path)) == 30


def test_the_limit_takes_pictures_that_are_not_done(tmp_path: Path) -> None:
    ds = stocked(tmp_path / "d", 6)
    for done in (2, 4, 6, 6):
        written(tmp_path, in_rounds(), Report(), limit=2)
        assert len(WritingLog(ds).read()) == done


def test_room_for_a_reply_grows_with_the_questions_and_a_teachers_own_limit_counts(tmp_path: Path) -> None:
    ds = stocked(tmp_path / "d", 1)

    def parameters(**settings: Any) -> Mapping[str, Any]:
        plan = make_plan(ds, [ONE.model_copy(update={"parameters": settings})], per_picture=10)
        return next(plan.calls(plan.desk())).parameters

    assert parameters()["max_tokens"] == parameters(max_tokens=2048)["max_tokens"] == 4000
    assert parameters(max_tokens=9000)["max_tokens"] == 9000
    assert "max_tokens" not in parameters(max_completion_tokens=6000)
