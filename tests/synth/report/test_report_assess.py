"""The opinion of a model: asked once with all pictures, validated, corrected once, kept, marked as an opinion."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import synth.report.assess as assessing
from qa.errors import KitError
from synth.cli import app
from synth.report.assess import assess, assess_call, read_opinion
from synth.report.blocks import Table, Text
from synth.report.folder import Folder, read_folder, read_spent
from synth.report.samples import spread
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Failure
from tests.synth.knowing_teacher import knowing_teacher
from tests.synth.report.half_checked import half_checked, teacher


def reply(count: int = 10, wrong: tuple[int, ...] = (), **changed: Any) -> str:
    samples = [{"number": n, "right": n not in wrong, "reason": "no" * (n in wrong)} for n in range(1, count + 1)]
    scores = {k: {"score": 4, "reason": "as shown"} for k in ("diversity", "expertise", "difficulty", "fit")}
    return json.dumps({"samples": samples, **scores, **changed})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    half_checked(tmp_path, paid=False)
    return read_folder(tmp_path, {})


def answered(folder: Folder, text: str) -> Answer:
    items = [j.item for j in spread(folder.kept, 10, 0)]
    return Answer(assess_call(folder.root, items, teacher()), "key", text)


def test_one_call_shows_every_item_with_its_picture(folder: Folder) -> None:
    items = [j.item for j in spread(folder.kept, 10, 0)]
    call = assess_call(folder.root, items, teacher())
    user = call.messages[-1]
    assert call.prompt == "assess@1"
    assert user.pictures == tuple(folder.root / p for i in items for p in i.pictures)
    for n, item in enumerate(items, 1):
        block = user.text.split(f"样本 {n} (图 {n})")[1].split("样本 ")[0]
        assert item.question in block and f"给出的答案: {item.answer}" in block
        assert all(f"{x}. {o}" in block for x, o in zip("ABCD", item.options or (), strict=True))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I like them.", "no JSON"),
        (reply(9), "every number from 1 to 10 once"),
        (reply(fit={"score": 6, "reason": ""}), "fit.score"),
        (reply(fit="good"), "fit"),
        (reply()[:-40], "cut off"),
    ],
)
def test_a_reply_that_is_not_the_form_is_told_why(folder: Folder, text: str, reason: str) -> None:
    got = read_opinion(answered(folder, text), 10)
    assert got.value is None and reason in got.reason


def test_prose_and_fences_around_the_reply_are_forgiven(folder: Folder) -> None:
    got = read_opinion(answered(folder, f"Here:\n```json\n{reply(wrong=(2, 7))}\n```"), 10)
    assert got.value is not None
    assert [s.number for s in got.value.samples if not s.right] == [2, 7]


def scripted(monkeypatch: pytest.MonkeyPatch, *texts: str | None) -> list[Any]:
    """`ask` that gives these texts one after the other; returns the calls it saw."""
    seen: list[Any] = []

    def ask(calls: Any, teachers: Any, journal: Any, budget: Any, follow: Any) -> Any:
        call = next(iter(calls))
        for n, text in enumerate(texts):
            seen.append(call)
            lost = None if text is not None else Failure("refused", "it will not say")
            answer = Answer(call, f"key{n}", text, failure=lost)
            call = follow(answer)
            yield answer
            if call is None:
                return

    monkeypatch.setattr(assessing, "ask", ask)
    return seen


def test_one_correction_turn_and_no_more(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = scripted(monkeypatch, "no", reply(), reply())
    assert not assess(folder, teacher(), 10, 0, Budget()).problem
    assert len(seen) == 2 and len(seen[1].messages) == len(seen[0].messages) + 2
    seen = scripted(monkeypatch, "no", "still no", reply())
    got = assess(folder, teacher(), 10, 0, Budget())
    assert len(seen) == 2 and "not the form asked for" in got.problem


def test_wrong_ones_are_listed_and_it_is_marked_as_an_opinion(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, reply(wrong=(3,)))
    section = assess(folder, teacher(), 10, 0, Budget()).section
    first, scores, listed = section.blocks
    assert isinstance(first, Text) and "opinion" in first.text and "this is not" in first.text
    assert isinstance(scores, Table) and isinstance(listed, Table)
    assert scores.rows[-1][1] == "1 of 10 (10.0 %; 95 % interval 0.3 to 44.5 %)"
    assert listed.rows[0][0] == spread(folder.kept, 10, 0)[2].item.id


def test_a_refusal_is_told_and_the_report_is_written_all_the_same(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, None)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    got = CliRunner().invoke(app, ["report", str(folder.root), "--assess", "gpt-4o"])
    assert isinstance(got.exception, KitError) and "it will not say" in str(got.exception)
    assert "it will not say" in (folder.root / "report.md").read_text("utf-8")


def test_no_items_no_call(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = scripted(monkeypatch, reply())
    assert "no items" in assess(replace(folder, items=()), teacher(), 10, 0, Budget()).problem
    assert not seen


def test_asked_over_the_wire_paid_once(folder: Folder) -> None:
    truth = folder.root / "truth.json"
    truth.write_text('{"pictures": {}}', "utf-8")
    with knowing_teacher(truth, folder.root, {"gpt-4o": {}}) as url:
        asked = teacher(url=url)
        first = assess(folder, asked, 10, 0, Budget())
        assert not first.problem
        assert assess(folder, asked, 10, 0, Budget(max_requests=0)) == first
    spent = read_spent(folder.root)
    assert [(s.prompt, s.answers) for s in spent] == [("assess@1", 1)]
    assert "budget" not in first.problem
    over = assess(folder, asked, 10, 1, Budget(max_requests=0))
    assert "max_requests 0 reached" in over.problem
