"""Replies of teachers: what is read, what is dropped, what is said of it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from synth.teacher.call import Answer, Call, Message
from synth.teacher.replies import correction, read_list, read_object, read_seed


class Q(BaseModel):
    model_config = ConfigDict(extra="forbid")
    question: str
    answer: str


GOOD = [{"question": f"第{i}问?", "answer": f"{1592 + i}"} for i in range(5)]
WHOLE = json.dumps({"questions": GOOD}, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        json.dumps(GOOD),
        f"Here you are [5 questions]:\n```json\n{WHOLE}\n```\nAnything else?",
        f"```\n{WHOLE}\n```",
        f"好的,以下是题目:{WHOLE} 希望有帮助。",
        f'The form is {{"questions": [{{"question": "?", "answer": "?"}}]}}, so:\n{WHOLE}',
        WHOLE.replace("}]", "},]"),  # trailing comma
        WHOLE.replace('"', "'"),
        f"```json\n{WHOLE}",  # the fence never closed
        json.dumps({"questions": GOOD}, indent=2),
    ],
)
def test_every_entry_is_read(text: str) -> None:
    found = read_list(text, Q, "questions")
    assert [q.model_dump() for q in found.values] == GOOD
    assert not found.reason


@given(cut=st.integers(1, len(WHOLE) - 1))
def test_a_cut_off_list_keeps_whole_entries_only(cut: int) -> None:
    found = read_list(WHOLE[:cut], Q, "questions")
    assert [q.model_dump() for q in found.values] == GOOD[: len(found.values)]
    ended = sum(
        WHOLE.find(json.dumps(g, ensure_ascii=False)) + len(json.dumps(g, ensure_ascii=False)) <= cut for g in GOOD
    )
    assert ended - 1 <= len(found.values) <= ended
    assert found.reason


def test_one_bad_entry_spoils_no_other() -> None:
    entries = [*GOOD[:2], {"question": "no answer"}, *GOOD[3:]]
    found = read_list(json.dumps({"questions": entries}), Q, "questions")
    assert [q.model_dump() for q in found.values] == [*GOOD[:2], *GOOD[3:]]
    assert "questions[2]" in found.reason and "answer" in found.reason


def test_an_object_that_was_cut_off_is_no_object() -> None:
    assert read_object('{"question": "f?", "answer": "15', Q).value is None
    assert read_object('{"question": "f?", "answer": "15"}', Q).value == Q(question="f?", answer="15")
    assert "no JSON" in read_object("I cannot read this picture.", Q).reason
    assert "answer" in read_object('{"question": "f?"}', Q).reason


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    read_list(text, Q, "questions")
    read_object(text, Q)
    read_seed(text)


def test_nonsense_costs_no_time() -> None:
    began = time.monotonic()
    assert not read_list("{" * 100_000, Q, "questions").values
    assert time.monotonic() - began < 2


def test_seed_text_with_prose_numbers_and_one_bad_question() -> None:
    text = (
        "好的,以下是问题。\n\n**1. 问题:R1的阻值是多少? 选项:A. 1k B. 2k C. 3k D. 4k 答案:B**\n\n---\n"
        "2. 问题:没有答案的问题?\n\n3. 问题:截止频率约为______Hz。答案:1592\n---\n"
    )
    found = read_seed(text)
    assert [(q.options, q.answer) for q in found.values] == [(("1k", "2k", "3k", "4k"), "B"), (None, "1592")]
    assert found.reasons[0].startswith("question 2:")
    assert [q.answer for q in read_seed(text, "length").values] == ["B"]


def test_seed_text_with_numbers_in_the_heads() -> None:
    found = read_seed("问题1:几个电阻?答案:3\n问题2:几个电容?答案:2")
    assert [q.answer for q in found.values] == ["3", "2"] and not found.reasons


def test_the_correction_shows_the_reply_and_the_reason() -> None:
    call = Call("r", "t", "p@1", (Message("user", "ask", (Path("a.png"),)),))
    again = correction(Answer(call, "k", text="{oops"), "the JSON is cut off")
    assert [m.role for m in again.messages] == ["user", "assistant", "user"]
    assert again.messages[1].text == "{oops" and "cut off" in again.messages[2].text
    assert again.prompt == call.prompt and again.messages[0] == call.messages[0]
