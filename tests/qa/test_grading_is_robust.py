"""The grader on text nobody should write: it never raises, and takes about linear time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.grading import grade
from qa.item import Wanted

QUESTIONS: list[tuple[str, str, Any, Any, tuple[Wanted | str, ...]]] = [
    ("mcq", "R1是什么?", "B", ("10 kΩ", "串联", "A resistor", "D触发器"), ()),
    ("mcq", "?", "A", None, ()),
    ("fill", "f = ______Hz", "1592", None, (Wanted(value=1592, unit="Hz"),)),
    ("fill", "有____个", "3", None, (Wanted(value=3, rel_tol=0),)),
    ("fill", "R1与R2是____关系", "并联", None, ("parallel",)),
    ("fill", "____", "R1, R3", None, ()),
    ("fill", "____", "是", None, ()),
    ("fill", "____", "VCC", None, ()),
    ("fill", "____ ____", ("3 V", "反相"), None, ()),
    ("fill", "I, U", {"I": "-0.5 A", "U_ab": "2 V"}, None, ()),
    ("open", "why", "because the op-amp saturates", None, ()),
    ("components", "list", "R1: 电阻 10kΩ; C1", None, ()),
    ("components", "list", "3个电阻, 2个电容", None, ()),
    ("json", "j", '{"a": [1, "2 kΩ"]}', None, ()),
    ("yaml", "y", "a: 1\nb: [1, 2]", None, ()),
    ("schematic", "s", "R1 1 0 10k", None, ()),
]

PIECES = [
    "答案:",
    "Answer: ",
    "A",
    "B",
    " or ",
    "和",
    "\\boxed{",
    "}",
    "{",
    "$",
    "\\frac{1}{2}",
    "1.592",
    "kHz",
    "Ω",
    "4k7",
    "=",
    "≈",
    "-",
    "/",
    "(",
    ")",
    "π",
    "√",
    "10^",
    "×10",
    "<think>",
    "</think>",
    "R1",
    "U_ab",
    "\n",
    "。",
    ";",
    ",",
    ", ",
    "不是",
    "not ",
    "并联",
    "parallel",
    "```json\n",
    "```",
    '{"I": ',
    "[",
    "]",
    "²",
    "\uff0c",
    "①",
    "e9",
    "999999999999",
    "\x00",
    "\ud800",
    "\u202e",
    "**",
    "___",
    "第",
    "空",
]


@pytest.mark.parametrize("case", QUESTIONS, ids=lambda c: f"{c[0]}-{c[2]}"[:30])
@given(reply=st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
@settings(max_examples=150, deadline=None)
def test_never_raises(case: tuple[Any, ...], reply: str) -> None:
    form, question, answer, options, accept = case
    v = grade(form, question, answer, reply, options, accept)
    assert v.verdict in ("right", "wrong", "unparsed")
    assert "\n" not in v.why
    assert 0.0 <= v.score <= 1.0
    assert (v.score == 1.0) == (v.verdict == "right")
    assert v.verdict != "unparsed" or v.score == 0.0


@pytest.mark.parametrize("case", QUESTIONS, ids=lambda c: f"{c[0]}-{c[2]}"[:30])
@pytest.mark.parametrize(
    "reply", [None, 3, 2.5, True, float("nan"), [], {}, b"B", object()], ids=lambda r: type(r).__name__
)
def test_replies_that_are_no_text(case: tuple[Any, ...], reply: Any) -> None:
    form, question, answer, options, accept = case
    assert grade(form, question, answer, reply, options, accept).verdict in ("right", "wrong", "unparsed")


@given(question=st.text(max_size=80), answer=st.text(max_size=80), reply=st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_question_and_answer(question: str, answer: str, reply: str) -> None:
    for form in ("fill", "open", "components", "json", "yaml", "schematic"):
        grade(form, question, answer, reply)  # type: ignore[arg-type]


LONG = {
    "digits": "1" * 100_000,
    "numbers": "1.5 kΩ, " * 12_000,
    "spaces": " " * 100_000,
    "letters": "A" * 100_000,
    "options": "A. " * 30_000,
    "open braces": "{" * 100_000,
    "open brackets": "[" * 100_000,
    "frac": "\\frac{" * 16_000,
    "boxed": "\\boxed{" * 14_000,
    "dollars": "$" * 100_000,
    "answers": "答案:" * 30_000,
    "answer is": "the answer is " * 7_000,
    "or": "A or " * 20_000,
    "stars": "*a " * 30_000,
    "underscores": "_" * 100_000,
    "minus": "-" * 100_000,
    "commas": "1," * 50_000,
    "names": "并联" * 50_000,
    "not": "not " * 25_000,
    "powers": "10^" * 30_000,
    "roots": "√" * 100_000,
    "think": "<think>" * 14_000,
    "fences": "```" * 30_000,
    "newlines": "\n" * 100_000,
    "refs": "R1, " * 25_000,
    "I =": "I = " * 25_000,
    "mixed": "答案是A和B, I = 5 mA或6 mA。不是并联\n" * 4_000,
    "superscripts": "²" * 100_000,
    "tabs": "答案\t" * 30_000,
    "quotes": '"' * 100_000,
    "latin word": "kilo-" * 20_000,
    "e": "1e" * 50_000,
    "slashes": "1/" * 50_000,
    "units": "5 V/" * 25_000,
    "yaml": "- " * 50_000,
    "yaml anchors": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n" * 2_000,
    "json nest": '{"a":' * 20_000,
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_reply_takes_no_long_time(name: str) -> None:
    reply = LONG[name]
    for form, question, answer, options, accept in QUESTIONS:
        begin = time.process_time()
        grade(form, question, answer, reply, options, accept)  # type: ignore[arg-type]
        took = time.process_time() - begin
        assert took < 1.5, f"{form} {answer}: {took:.1f} s for {len(reply)} characters"
