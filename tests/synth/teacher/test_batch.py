"""Batch files: every call is answered once, whatever happens to rows, files and connections."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from synth.teacher.batch.run import BatchesOpen, ask_batch
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call, Message
from synth.teacher.config import Teacher, TeacherError, load_teachers
from synth.teacher.journal import Journal
from tests.synth.teacher import asking
from tests.synth.teacher.asking import calls
from tests.synth.teacher.fake_batches import fake_batches
from tests.synth.teacher.fake_teacher import counted

PRICE = {"input": 1000, "output": 1000, "date": "2026-01-01", "batch": {"input": 500, "output": 500}}
COST = 1200 * 500 / 1e6
"""Of a row, by what the provider says it used."""


def teacher(url: str, **settings: Any) -> Teacher:
    return asking.teacher(url, **{"price": PRICE, "batch": {}, **settings})  # type: ignore[arg-type]


def run(url: str, folder: Path, todo: Any, budget: Budget | None = None, **options: Any) -> list[Answer]:
    settings = options.pop("settings", {})
    said = options.pop("said", [])
    with Journal(folder / "journal.sqlite") as journal:
        asked = ask_batch(
            todo, {"fake": teacher(url, **settings)}, journal, budget, folder=folder / "batches", poll_s=0.05,
            progress=said.append, **options,
        )  # fmt: skip
        return list(asked)


def by_row(answers: list[Answer]) -> dict[str, Answer]:
    found = {a.call.row: a for a in answers}
    assert len(found) == len(answers), "a call was answered twice"
    return found


def test_every_call_is_answered_at_batch_price_and_then_from_the_journal(tmp_path: Path, picture: Path) -> None:
    with fake_batches(delay=0.2, twice=True) as url:
        answers = by_row(run(url, tmp_path, calls(20, picture)))
        assert {f"r{i}" for i in range(20)} == set(answers)
        assert all(a.text == f"answer of {row}" and not a.cached for row, a in answers.items())
        assert all(a.cost == pytest.approx(COST) for a in answers.values())
        with Journal(tmp_path / "journal.sqlite") as journal:
            (spent,) = journal.spent()
        assert (spent.answers, spent.cost) == (20, pytest.approx(20 * COST))
        assert not list((tmp_path / "batches").glob("*.jsonl")), "files of pictures are left"
        again = run(url, tmp_path, calls(20, picture))
        assert all(a.cached and a.text for a in again) and len(again) == 20
        assert counted(url)["batches"] == 1


def test_rows_fail_alone_and_go_into_the_next_batch(tmp_path: Path, picture: Path) -> None:
    faults = {"reject": "r1", "busy": "r2", "broken": "r3", "expire": "r4", "missing": "r5", "no_form": "r6"}
    with fake_batches(**faults) as url:
        answers = by_row(run(url, tmp_path, calls(10, picture)))
        sent = counted(url)["sent"]
    kinds = {row: a.failure.kind for row, a in answers.items() if a.failure}
    assert kinds == {"r1": "rejected", "r3": "gave_up"}
    assert len(answers) == 10
    assert [sent[f"r{i}"] for i in range(10)] == [1, 1, 2, 4, 2, 2, 2, 1, 1, 1]


def test_500s_broken_downloads_and_lost_replies(tmp_path: Path, picture: Path) -> None:
    with fake_batches(every_500=3, cut_content=2, lost_create=1, lost_upload=1, delay=0.1, twice=True) as url:
        answers = run(url, tmp_path, calls(30, picture), settings={"batch": {"requests": 8}})
        after = counted(url)
    assert len(by_row(answers)) == 30 and all(a.text for a in answers)
    assert set(after["sent"].values()) == {1} and after["batches"] == 4
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.spent()[0].answers == 30


def test_files_keep_to_the_limits(tmp_path: Path, picture: Path) -> None:
    with fake_batches() as url:
        run(url, tmp_path / "a", calls(20, picture), settings={"batch": {"requests": 7}})
        assert (counted(url)["batches"], counted(url)["most_rows"]) == (3, 7)
        run(url, tmp_path / "b", calls(20, picture), settings={"batch": {"file_mb": 0.1}})
        assert counted(url)["largest_file"] <= 7 * 27_500 and counted(url)["batches"] == 3 + 7
        (one,) = run(url, tmp_path / "c", calls(1, picture), settings={"batch": {"row_mb": 0.02}})
        assert one.failure and one.failure.kind == "rejected" and "shrink the picture" in one.failure.what


def test_the_accounts_limit_of_waiting_tokens_is_found_and_kept(tmp_path: Path, picture: Path) -> None:
    with fake_batches(tokens=300_000, delay=0.1) as url:  # ten rows
        answers = run(url, tmp_path, calls(40, picture))
        assert len(by_row(answers)) == 40 and all(a.text for a in answers)
        assert set(counted(url)["sent"].values()) == {1}


def test_a_row_that_spoils_a_batch_is_turned_down_alone(tmp_path: Path, picture: Path) -> None:
    with fake_batches(bad_line="r3") as url:
        answers = by_row(run(url, tmp_path, calls(6, picture)))
    assert {row for row, a in answers.items() if a.failure} == {"r3"}
    assert answers["r3"].failure and answers["r3"].failure.kind == "rejected"


def test_a_cancelled_batch_is_not_sent_again(tmp_path: Path, picture: Path) -> None:
    with fake_batches(cancelled=True) as url:
        answers = run(url, tmp_path, calls(3, picture))
        assert counted(url)["batches"] == 1
    assert all(a.failure and "cancelled" in a.failure.what for a in answers)


def test_follow_makes_the_next_round(tmp_path: Path, picture: Path) -> None:
    def follow(answer: Answer) -> Call | None:
        if answer.call.row.endswith("+"):
            return None
        return Call(answer.call.row + "+", "fake", "more@1", (Message("user", f"row {answer.call.row}+ ?"),))

    with fake_batches() as url:
        answers = by_row(run(url, tmp_path, calls(5, picture), follow=follow))
        assert counted(url)["batches"] == 2
    assert answers["r3+"].text == "answer of r3+" and len(answers) == 10


def test_the_same_call_twice_is_one_row(tmp_path: Path, picture: Path) -> None:
    with fake_batches() as url:
        answers = run(url, tmp_path, itertools.chain(calls(3, picture), calls(3, picture)))
        assert counted(url)["rows"] == 3
    assert len(answers) == 6 and all(a.text for a in answers)


def test_the_budget_counts_what_is_put_into_files(tmp_path: Path, picture: Path) -> None:
    settings = {"picture_tokens": 1000, "parameters": {"max_tokens": 1000}}
    with fake_batches() as url:
        budget = Budget(max_requests=4)
        answers = run(url, tmp_path / "a", calls(10, picture), budget, settings=settings)
        assert sum(a.text is not None for a in answers) == counted(url)["rows"] == 4
        assert sum(bool(a.failure and a.failure.kind == "budget") for a in answers) == 6
        budget = Budget(max_cost=5.0)  # a row may cost a little more than $1
        answers = run(url, tmp_path / "b", calls(10, picture), budget, settings=settings)
        assert counted(url)["rows"] - 4 == 4 and budget.cost == pytest.approx(4 * COST) and budget.held == 0
        (why,) = {a.failure.what for a in answers if a.failure}
        assert "run again" in why
        nobody = run(
            "http://127.0.0.1:1/v1", tmp_path / "b", calls(10, picture), Budget(max_requests=0), settings=settings
        )
        assert sum(a.text is not None for a in nobody) == 4, "from the journal alone"


def test_sent_and_left_then_collected(tmp_path: Path, picture: Path) -> None:
    with fake_batches(delay=1.0) as url:
        for _ in range(2):
            with pytest.raises(BatchesOpen, match="5 rows in 1 batch file are"):
                run(url, tmp_path, calls(5, picture), wait=False)
        budget = Budget(max_requests=0)
        assert all(a.failure for a in run(url, tmp_path, calls(5, picture), budget)), "this one asks nobody"
        budget = Budget()
        answers = run(url, tmp_path, calls(7, picture), budget)
        assert len(by_row(answers)) == 7 and all(a.text for a in answers)
        assert budget.requests == 7 and budget.cost == pytest.approx(7 * COST)
        assert set(counted(url)["sent"].values()) == {1}


def test_batches_of_another_command_are_collected_when_done_and_waited_for_only_when_needed(
    tmp_path: Path, picture: Path
) -> None:
    with fake_batches(delay=30) as url:
        with pytest.raises(BatchesOpen):
            run(url, tmp_path, calls(5, picture), wait=False)
        assert run(url, tmp_path, calls(0, picture)) == []
    with fake_batches(delay=0.3) as url:
        with pytest.raises(BatchesOpen):
            run(url, tmp_path / "b", calls(5, picture), wait=False)
        answers = run(url, tmp_path / "b", calls(2, picture, prompt="other@1"))
        assert len(answers) == 2 and all(a.text for a in answers)


def test_a_refused_key_ends_that_teacher_and_keeps_what_was_sent(tmp_path: Path, picture: Path) -> None:
    with fake_batches(always=401) as url:
        answers = run(url, tmp_path, calls(3, picture))
    assert all(a.failure and a.failure.kind == "teacher" and "key was refused" in a.failure.what for a in answers)
    assert len(answers) == 3 and not list((tmp_path / "batches").glob("*.jsonl"))


def test_a_provider_that_is_down_is_given_up_after_its_patience(tmp_path: Path, picture: Path) -> None:
    answers = run("http://127.0.0.1:1/v1", tmp_path, calls(3, picture), settings={"patience_s": 0.3})
    assert len(answers) == 3 and all(a.failure and "run again" in a.failure.what for a in answers)


def test_a_row_sent_to_a_teacher_that_is_given_up_is_answered_when_it_is_asked_for_late(
    tmp_path: Path, picture: Path
) -> None:
    (row,) = calls(1, picture)
    with fake_batches(delay=60) as url, pytest.raises(BatchesOpen):
        run(url, tmp_path, [row], wait=False)
    first = Call("x", "other", "write@1", (Message("user", "row x", (picture,)),))
    with fake_batches(delay=1.0) as other, Journal(tmp_path / "journal.sqlite") as journal:
        known = {
            "fake": teacher(url, patience_s=0.1),  # its server is gone
            "other": teacher(other, name="other"),
        }
        asked = ask_batch(
            [first], known, journal, folder=tmp_path / "batches", poll_s=0.05, progress=lambda _: None,
            follow=lambda a: row if a.call.row == "x" else None,
        )  # fmt: skip
        answers = by_row(list(asked))
    assert answers["x"].text and (late := answers[row.row].failure) is not None
    assert late.kind == "teacher"


def test_teachers_that_cannot(tmp_path: Path, picture: Path) -> None:
    with pytest.raises(TeacherError, match=r"price\.batch"):
        run("http://h/v1", tmp_path, calls(1, picture), settings={"price": {**PRICE, "batch": None}})
    with pytest.raises(TeacherError, match="takes no batch files"):
        run("http://h/v1", tmp_path, calls(1, picture), settings={"batch": None})
    with (
        pytest.raises(TeacherError, match="Anthropic's batches are of another form"),
        Journal(tmp_path / "j.sqlite") as journal,
    ):
        list(ask_batch(calls(1, picture, to="claude"), load_teachers(), journal, folder=tmp_path / "b"))


def test_two_runs_in_one_folder(tmp_path: Path, picture: Path) -> None:
    with fake_batches(delay=30) as url, Journal(tmp_path / "journal.sqlite") as journal:
        todo = itertools.chain(calls(1, picture), calls(1, picture, prompt="other@1"))
        first = ask_batch(todo, {"fake": teacher(url)}, journal, folder=tmp_path / "batches", follow=None, wait=False)
        run(url, tmp_path / "x", calls(0, picture))
        with pytest.raises(BatchesOpen):
            list(first)
        from synth.teacher.batch.state import State

        with State(tmp_path / "batches"), pytest.raises(TeacherError, match="another run"):
            run(url, tmp_path, calls(1, picture))


def test_a_picture_that_is_none(tmp_path: Path, picture: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"nothing")
    with fake_batches() as url:
        answers = run(url, tmp_path, itertools.chain(calls(1, picture), calls(1, tmp_path / "b.png")))
    assert sorted(a.failure.kind if a.failure else "" for a in answers) == ["", "picture"]
