"""The scheduler against a teacher that misbehaves: no row lost, nothing paid twice, budgets kept, keys hidden."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from pathlib import Path

import pytest
from pydantic import BaseModel

from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call, Message
from synth.teacher.config import TeacherError
from synth.teacher.journal import Journal
from synth.teacher.replies import correction, read_list
from synth.teacher.schedule import ask, ask_all
from tests.synth.teacher.asking import calls, teacher
from tests.synth.teacher.fake_teacher import counted, fake_teacher

SECRET = "sk-never-to-be-seen-0123456789"


class Q(BaseModel):
    question: str
    answer: str


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are short here; how long they are elsewhere is a matter of taste, not of truth."""
    monkeypatch.setattr("synth.teacher.lane.LONGEST_BACKOFF_S", 0.3)


def rows(answers: list[Answer]) -> list[str]:
    return sorted(a.call.row for a in answers)


def wanted(count: int) -> list[str]:
    return sorted(f"r{i}" for i in range(count))


def failures(answers: list[Answer]) -> Counter[str]:
    return Counter(a.failure.kind for a in answers if a.failure)


def test_faults_lose_no_row_and_pay_none_twice(tmp_path: Path, picture: Path) -> None:
    with (
        fake_teacher(error_500=0.3, hang_up=0.1, latency=0.01) as url,
        Journal(tmp_path / "j.sqlite") as journal,
    ):
        answers = list(ask(calls(150, picture), {"fake": teacher(url)}, journal))
        assert rows(answers) == wanted(150) and not failures(answers)
        seen = counted(url)
        assert seen["500"] > 30 and seen["hung_up"] > 5
        assert set(seen["paid"].values()) == {1}
        assert journal.spent()[0].answers == 150
        again = list(ask(calls(150, picture), {"fake": teacher(url)}, journal))
        assert rows(again) == wanted(150) and all(a.cached and a.text for a in again)
        assert counted(url)["requests"] == seen["requests"]


def test_another_prompt_picture_or_parameter_is_asked_anew(tmp_path: Path, picture: Path) -> None:
    with fake_teacher() as url, Journal(tmp_path / "j.sqlite") as journal:

        def asked(**settings: object) -> int:
            prompt = str(settings.pop("prompt", "write@1"))
            before = counted(url).get("requests", 0)
            fake = teacher(url, **settings)
            list(ask(calls(3, picture, prompt=prompt), {"fake": fake}, journal))
            return int(counted(url)["requests"]) - before

        assert asked() == 3
        assert asked() == 0
        assert asked(prompt="write@2") == 3
        assert asked(model="m2") == 3
        assert asked(parameters={"temperature": 0.7}) == 3
        assert asked(concurrency=3, timeout_s=9) == 0
        picture.write_bytes(picture.read_bytes() + b"x")
        assert asked() == 3


def test_a_cap_slows_the_run_and_loses_nothing(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(cap=40, latency=0.05) as url, Journal(tmp_path / "j.sqlite") as journal:
        answers = list(ask(calls(120, picture), {"fake": teacher(url, concurrency=64)}, journal))
        assert rows(answers) == wanted(120) and not failures(answers)
        assert counted(url)["429"] < 80  # obeyed, not hammered


def test_a_cap_that_names_no_time_is_found_too(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(cap=40, latency=0.05, retry_after="") as url, Journal(tmp_path / "j.sqlite") as journal:
        answers = list(ask(calls(80, picture), {"fake": teacher(url, concurrency=64)}, journal))
        assert rows(answers) == wanted(80) and not failures(answers)


def test_a_known_rate_is_kept_from_the_start(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(cap=50) as url, Journal(tmp_path / "j.sqlite") as journal:
        start = time.monotonic()
        list(ask(calls(60, picture), {"fake": teacher(url, rpm=2400)}, journal))
        assert time.monotonic() - start > 1.3
        assert counted(url).get("429", 0) == 0


@pytest.mark.parametrize("truncated", [0.01, 0.2])
def test_bad_json_costs_its_own_row_one_turn(tmp_path: Path, picture: Path, truncated: float) -> None:
    kept: dict[str, int] = {}

    def follow(answer: Answer) -> Call | None:
        found = read_list(answer.text or "", Q, "questions", answer.finish)
        kept[answer.call.row] = max(len(found.values), kept.get(answer.call.row, 0))
        corrected = len(answer.call.messages) > 1
        return correction(answer, found.reason) if found.reason and answer.text and not corrected else None

    with fake_teacher(truncated=truncated, prose=0.3) as url, Journal(tmp_path / "j.sqlite") as journal:
        answers = list(ask(calls(200, picture), {"fake": teacher(url)}, journal, follow=follow))
    extra = len(answers) - 200
    assert extra >= 1 and extra <= 3 * truncated * 200
    assert kept == {f"r{i}": 5 for i in range(200)}


def test_refusals_are_failures_of_their_row_and_are_not_asked_twice(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(refusals=0.3) as url, Journal(tmp_path / "j.sqlite") as journal:
        answers = list(ask(calls(60, picture), {"fake": teacher(url)}, journal))
        assert 5 < failures(answers)["refused"] < 40
        list(ask(calls(60, picture), {"fake": teacher(url)}, journal))
        assert counted(url)["requests"] == 60


def test_the_budget_is_hard_and_the_journal_free(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(latency=0.02) as url, Journal(tmp_path / "j.sqlite") as journal:
        fake = teacher(url, picture_tokens=1000, parameters={"max_tokens": 300})  # an answer costs $1.20
        budget = Budget(max_cost=12.5)
        answers = list(ask(calls(40, picture), {"fake": fake}, journal, budget))
        assert rows(answers) == wanted(40)
        paid = [a for a in answers if a.text]
        assert sum(a.cost for a in paid) == pytest.approx(budget.cost) == pytest.approx(journal.spent()[0].cost)
        assert 12.5 - 1.6 <= budget.cost <= 12.5
        assert failures(answers)["budget"] == 40 - len(paid)
        assert "max_cost" in budget.stopped

        offline = list(ask(calls(40, picture), {"fake": fake}, journal, Budget(max_requests=0)))
        assert sorted(a.call.row for a in offline if a.text) == rows(paid)
        more = list(ask(calls(40, picture), {"fake": fake}, journal, Budget(max_requests=5)))
        assert sum(1 for a in more if a.text and not a.cached) == 5


def test_a_refused_key_stops_its_teacher_and_no_other(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FAKE_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    with (
        fake_teacher(always=401, echo_key=True) as refusing,
        fake_teacher(echo_key=True, error_500=0.3) as willing,
        Journal(tmp_path / "j.sqlite") as journal,
    ):
        both = {
            "bad": teacher(refusing, "bad", key_env="FAKE_KEY", concurrency=4),
            "good": teacher(willing, "good", key_env="FAKE_KEY"),
        }
        mixed = [c for pair in zip(calls(50, picture, "bad"), calls(50, picture, "good"), strict=True) for c in pair]
        answers = list(ask(mixed, both, journal))
        assert counted(refusing)["requests"] <= 8
        assert counted(willing)["500"] > 5
    assert failures(answers) == {"teacher": 50}
    assert sum(1 for a in answers if a.text) == 50
    said = " ".join(a.failure.what for a in answers if a.failure)
    assert "key was refused" in said
    assert SECRET not in said + repr(answers) + caplog.text + repr(both)
    assert "***" in said + caplog.text  # the server did echo it
    for file in tmp_path.glob("j.sqlite*"):
        assert SECRET.encode() not in file.read_bytes()


def test_settings_every_request_trips_over_end_early(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(always=400) as url, Journal(tmp_path / "j.sqlite") as journal:
        answers = list(ask(calls(300, picture), {"fake": teacher(url, concurrency=4)}, journal))
        assert counted(url)["requests"] < 30
    assert failures(answers)["rejected"] + failures(answers)["teacher"] == 300


def test_silence_times_out_and_a_dead_teacher_is_given_up(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(slow_rows=".*") as url, Journal(tmp_path / "j.sqlite") as journal:
        fake = teacher(url, timeout_s=0.2, patience_s=1.0, concurrency=4)
        start = time.monotonic()
        answers = list(ask(calls(30, picture), {"fake": fake}, journal))
    assert failures(answers) == {"teacher": 30} and time.monotonic() - start < 10


def test_one_question_asked_twice_at_once_is_paid_once(tmp_path: Path, picture: Path) -> None:
    same = [Call(f"twin{i}", "fake", "p@1", (Message("user", "row same ?", (picture,)),)) for i in range(10)]
    with fake_teacher(latency=0.1) as url, Journal(tmp_path / "j.sqlite") as journal:
        answers = list(ask(same, {"fake": teacher(url)}, journal))
        assert counted(url)["requests"] == 1
    assert len({a.call.row for a in answers}) == 10 and sum(not a.cached for a in answers) == 1


def test_bad_pictures_and_unknown_teachers(tmp_path: Path, picture: Path) -> None:
    text = tmp_path / "b.png"
    text.write_text("no picture")
    with fake_teacher() as url, Journal(tmp_path / "j.sqlite") as journal:
        mixed = [*calls(1, tmp_path / "none.png"), *calls(1, text), *calls(2, picture)]
        answers = list(ask(mixed, {"fake": teacher(url)}, journal))
        assert failures(answers) == {"picture": 2} and sum(1 for a in answers if a.text) == 2
        with pytest.raises(TeacherError, match="no teacher is called who"):
            list(ask(calls(1, picture, "who"), {"fake": teacher(url)}, journal))


def test_leaving_early_keeps_what_is_in_flight(tmp_path: Path, picture: Path) -> None:
    with fake_teacher(latency=0.2) as url, Journal(tmp_path / "j.sqlite") as journal:
        fake = teacher(url, concurrency=8)
        with contextlib.closing(ask(calls(500, picture), {"fake": fake}, journal)) as answers:
            for _ in range(20):
                next(answers)
        assert counted(url)["requests"] < 60
        assert sum(counted(url)["paid"].values()) == journal.spent()[0].answers


def test_cancelling_keeps_what_is_in_flight(tmp_path: Path, picture: Path) -> None:
    async def main(url: str, journal: Journal) -> None:
        async with contextlib.aclosing(ask_all(calls(99, picture), {"fake": teacher(url)}, journal)) as answers:
            async for _ in answers:
                pass

    with fake_teacher(latency=0.5) as url, Journal(tmp_path / "j.sqlite") as journal:
        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(main(url, journal), 0.8))
        paid = counted(url)["paid"]
        assert paid and sum(paid.values()) == journal.spent()[0].answers
