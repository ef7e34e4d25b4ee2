"""Replies of teachers that write: both forms, and what a desk makes of any reply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.pictures.stock import Picture
from synth.teacher.call import Answer, Failure
from synth.teacher.config import Price, Teacher
from synth.teacher.prompts import load_prompt
from synth.writing.desk import Desk, Task
from synth.writing.log import Record
from synth.writing.reply import read_json, schema
from synth.writing.text_form import read_text_form
from tests.synth.writing.folder import png
from tests.synth.writing.writing_teacher import question, written

TEXT_ZH = """好的,以下是题目:

**问题1:** 图中与引脚1相连的是哪个电阻?
选项:A. R1 B. R2 C. R3 D. R4
答案:C
解析:由图可见,
引脚1接R3。所以是R3。
类别:connection/connected-to
---
2. 问题:图中R1的阻值为______Ω。答案:100
解析:图中标注100Ω。
类别:recognition/value

问题:图中R2的阻值为______Ω。
答案:20
类别:odd/value

跳过:calculation:没有标注数值
跳过:function:看不出
问题:图中R3的阻值为______Ω。
答案:15"""


def test_the_text_form() -> None:
    found = read_text_form(TEXT_ZH.replace(":", "\uff1a"))
    assert [(q.category, q.form, q.topic, q.answer) for q in found.questions] == [
        ("connection", "mcq", "connected-to", "C"),
        ("recognition", "fill", "value", "100"),
    ]
    assert found.questions[0].options == ("R1", "R2", "R3", "R4")
    assert found.questions[0].explanation.endswith("所以是R3。") and found.questions[1].explanation
    assert [s.category for s in found.skipped] == ["calculation", "function"] and found.skipped[0].reason
    assert "odd" in found.reasons[0] and "cut off" in found.reasons[1] and len(found.reasons) == 2


@pytest.mark.parametrize("zh", [True, False])
@pytest.mark.parametrize("as_text", [True, False])
def test_both_forms_say_the_same(zh: bool, as_text: bool) -> None:
    made = [question("a", i, zh) for i in range(5)]
    read = read_text_form if as_text else read_json
    found = read(written(made, zh, as_text))
    assert [{**q.model_dump(), "options": list(q.options or ()) or None} for q in found.questions] == made
    assert not found.reasons and not found.skipped
    nothing = read(written([], zh, as_text))
    assert not nothing.questions and len(nothing.skipped) == 5 and not nothing.reasons


def test_fields_too_many_or_in_another_case_are_forgiven() -> None:
    entry = {**question("a", 0, True), "difficulty": 3, "category": "Recognition", "form": "MCQ"}
    entry["answer"] = "A"
    number = {**question("a", 3, True), "answer": 470}
    found = read_json(json.dumps({"questions": [entry, number, {"question": "?"}], "skipped": [{"category": "odd"}]}))
    assert [q.form for q in found.questions] == ["mcq", "fill"] and found.questions[1].answer == "470"
    assert len(found.reasons) == 1 and found.reasons[0].startswith("questions[2]") and not found.skipped


def test_the_schema_is_strict() -> None:
    """As OpenAI's strict mode wants it: every field required, no other allowed, at every level."""

    def check(part: object) -> None:
        if isinstance(part, dict):
            if part.get("type") == "object":
                assert part["additionalProperties"] is False and part["required"] == list(part["properties"])
            for value in part.values():
                check(value)

    check(schema())
    assert len(json.dumps(schema())) < 1000


def teacher(name: str) -> Teacher:
    price = Price.model_validate({"input": 1, "output": 1, "date": "2026-01-01"})
    return Teacher(name=name, base_url="http://x/v1", model=f"m-{name}", price=price)


def desk(tmp_path: Path, *names: str, form: str = "json") -> tuple[Desk, Task]:
    (tmp_path / "a.png").write_bytes(png(1))
    name = "write" if form == "json" else "write_text"
    prompts = {"zh": load_prompt(name, "zh")}
    made = Desk({n: teacher(n) for n in names}, prompts, 5, form)  # type: ignore[arg-type]
    return made, Task(Picture(path="images/a.png", source="images", file="a.png"), tmp_path / "a.png", "zh", names)


def test_a_correction_asks_for_what_is_missing_only(tmp_path: Path) -> None:
    at, task = desk(tmp_path, "one")
    call = at.first_call(task)
    made = [question("a", i, True) for i in range(5)]
    made[0]["answer"] = "E"
    again = at.follow(Answer(call, "k", text=json.dumps({"questions": made})))
    assert again is not None and [m.role for m in again.messages] == ["system", "user", "assistant", "user"]
    last = again.messages[-1].text
    assert "补出 1 道" in last and made[1]["question"] in last and "none of A, B, C, D" in last
    assert again.prompt == call.prompt and not at.results
    more = [made[1], question("a", 20, True)]  # one it has given already
    assert at.follow(Answer(again, "k2", text=json.dumps({"questions": more}))) is None
    (result,) = at.results
    assert len(result.items) == 5 and result.record is not None and result.record.corrected
    assert any("twice" in d for d in result.record.dropped)


def test_fewer_with_a_reason_are_enough(tmp_path: Path) -> None:
    at, task = desk(tmp_path, "one")
    reply = {"questions": [question("a", 0, True)], "skipped": [{"category": "calculation", "reason": "没有数值"}]}
    assert at.follow(Answer(at.first_call(task), "k", text=json.dumps(reply))) is None
    assert len(at.results[0].items) == 1 and not at.results[0].record.corrected  # type: ignore[union-attr]


def test_what_the_first_reply_held_stays_when_the_correction_fails(tmp_path: Path) -> None:
    for kind, finished in (("refused", True), ("budget", False), ("teacher", False), ("gave_up", False)):
        at, task = desk(tmp_path, "one", "two")
        reply = json.dumps({"questions": [question("a", i, True) for i in range(2)]})
        again = at.follow(Answer(at.first_call(task), "k", text=reply))
        assert again is not None
        assert at.follow(Answer(again, "k2", failure=Failure(kind, "no"))) is None  # type: ignore[arg-type]
        (result,) = at.results
        assert len(result.items) == 2 and (result.record is not None) is finished


def test_a_picture_that_vanished_ends_its_task_only(tmp_path: Path) -> None:
    at, task = desk(tmp_path, "one")
    call = at.first_call(task)
    task.file.unlink()
    assert at.follow(Answer(call, "k", text=json.dumps({"questions": [question("a", 0, True)]}))) is None
    assert at.results[0].record is not None and at.results[0].record.failure == "picture"


def test_a_wild_reply_is_kept_within_bounds(tmp_path: Path) -> None:
    at, task = desk(tmp_path, "one")
    reply = json.dumps({"questions": [question("a", i, True) for i in range(500)]})
    at.follow(Answer(at.first_call(task), "k", text=reply))
    assert len(at.results[0].items) == 15


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_reply_breaks_a_desk(tmp_path_factory: pytest.TempPathFactory, form: str) -> None:
    folder = tmp_path_factory.mktemp("desk")
    good = written([question("a", i, True) for i in range(5)], True, form == "text")

    @given(
        st.text(max_size=100),
        st.integers(0, len(good)),
        st.sampled_from(["", "\ud800", '","', "}", "类别:absent/x", "\x00"]),
    )
    def check(noise: str, at: int, odd: str) -> None:
        where, task = desk(folder, "one", "two", form=form)
        call = where.first_call(task)
        for _ in range(6):
            more = where.follow(Answer(call, "k", text=good[:at] + odd + noise + good[at:], finish="stop"))
            if more is None:
                break
            json.dumps([m.text for m in more.messages], ensure_ascii=False).encode()
            call = more
        assert more is None and where.results
        for result in where.results:
            assert result.record is not None
            assert Record.model_validate_json(result.record.model_dump_json()) == result.record

    check()
