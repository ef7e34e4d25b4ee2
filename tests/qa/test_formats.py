"""Rows for swift and EvalScope, and seed text: what is written is read back, what is wrong is said in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.formats import evalscope_rows, seed_text, swift_rows
from qa.item import Item, Origin, Wanted

ORIGIN = Origin(source="circuits", writer="rule:test@1")
MCQ = Item(
    id="c0ffee12ab34",
    pictures=("images/a.png", "images/b.png"),
    form="mcq",
    level=2,
    topic="connected-to",
    lang="zh",
    question="与R1串联的是?",
    options=("R2", "R3", "1.5 kΩ", "A点"),
    answer="B",
    explanation="R3 与 R1 同流。",
    group="g-1",
    origin=ORIGIN,
)
FILL = Item(
    id="c0ffee12ab35",
    pictures=("images/a.png",),
    form="fill",
    level=4,
    topic="cutoff",
    lang="en",
    question="The cutoff frequency is ______Hz.",
    answer="1592",
    accept=(Wanted(value=1592.36, unit="Hz"),),
    group="g-1",
    origin=ORIGIN,
)
NAMED = FILL.model_copy(update={"answer": {"I": "-0.5 A", "U_ab": "2 V"}, "accept": (), "question": "Find I and U_ab."})
SEVERAL = FILL.model_copy(update={"answer": ("3", "5"), "accept": (), "question": "____ resistors and ____ capacitors"})
ITEMS = [MCQ, FILL, NAMED, SEVERAL]


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: str(i.answer))
def test_evalscope_row_and_back(item: Item) -> None:
    row = json.loads(json.dumps(evalscope_rows.to_row(item, Path("/data/x"))))
    back = evalscope_rows.from_row(row)
    assert (back.form, back.question, back.options, back.answer) == (
        item.form,
        item.question,
        item.options,
        item.answer,
    )
    assert (back.accept, back.id, back.lang, back.level) == (item.accept, item.id, item.lang, item.level)
    assert (back.topic, back.group, back.source) == (item.topic, item.group, "circuits")
    assert back.images == tuple(f"/data/x/{p}" for p in item.pictures)
    assert back.grade(item.answer_text).verdict == "right"


def test_a_stock_row_places_every_picture_and_still_reads_back() -> None:
    row = evalscope_rows.to_row(MCQ, stock=True)
    assert row["question"] == "<image 1> <image 2> 与R1串联的是?"
    assert row["messages"][0]["content"].startswith("<image 1> <image 2> ")
    assert evalscope_rows.from_row(row).question == MCQ.question


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("item", ITEMS, ids=lambda i: str(i.answer))
def test_swift_row_and_back(item: Item, explain: bool) -> None:
    row = json.loads(json.dumps(swift_rows.to_row(item, Path("/d"), explain=explain)))
    assert set(row) == {"messages", "images"}
    assert row["messages"][0]["content"].count("<image>") == len(item.pictures) == len(row["images"])
    assert row["images"][0] == "/d/images/a.png"
    back = swift_rows.from_row(row)
    assert (back.form, back.question, back.options, back.answer) == (
        item.form,
        item.question,
        item.options,
        item.answer,
    )
    assert back.lang == item.lang


def test_relative_paths_without_a_root() -> None:
    assert swift_rows.to_row(FILL)["images"] == ["images/a.png"]


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: str(i.answer))
def test_a_grpo_row_carries_what_grading_needs(item: Item) -> None:
    row = swift_rows.to_grpo_row(item)
    assert [m["role"] for m in row["messages"]] == ["user"]
    solution = swift_rows.read_solution(row["solution"])
    assert solution.accept == item.accept
    assert solution.grade(item.answer_text).verdict == "right"
    assert solution.grade("无法确定").verdict == "unparsed"
    assert swift_rows.from_row(row).answer == item.answer


BAD_ROWS: list[Any] = [
    None,
    3,
    [],
    "x",
    {},
    {"messages": None},
    {"messages": [1]},
    {"messages": [{"role": "user", "content": 3}]},
    {"solution": 3},
    {"solution": "{"},
    {"solution": "[]"},
    {"images": 5},
    {"images": [3]},
    {"messages": [{"role": "user", "content": "a"}]},
    {"question": 3, "answer": "A"},
    {"question": "q"},
    {"question": "q", "answer": 3},
    {"question": "q", "options": ["a", "b"], "answer": "C"},
    {"question": "q", "answer": "a", "accept": [{"value": "x"}]},
    {"question": "q", "answer": "a", "form": "quiz"},
    {"question": "<image " * 9, "answer": None},
]


@pytest.mark.parametrize("row", BAD_ROWS, ids=repr)
@pytest.mark.parametrize("read", [swift_rows.from_row, evalscope_rows.from_row])
def test_bad_rows_are_one_line_errors(read: Any, row: Any) -> None:
    with pytest.raises(ValueError, match=r"^.+$") as e:
        read(row)
    assert "\n" not in str(e.value)


# -- seed text ----------------------------------------------------------------------------------------------------
SEEDS = [
    "问题:图中有几个电阻? 选项:A. 1 B. 2 C. 3 D. 4 答案:B",
    "问题\uff1a图中有几个电阻\uff1f 选项\uff1aA. 1 B. 2 C. 3 D. 4 答案\uff1aB",
    "问题:图中有几个电阻?\n选项:\nA、1\nB、2\nC、3\nD、4\n答案:B。因为R1和R2",
    "问题:图中有几个电阻?\nA. 1\nB. 2\nC. 3\nD. 4\n答案:2",
    "问题:图中有几个电阻? 选项:(A) 1 (B) 2 (C) 3 (D) 4 正确答案:(B)",
    "问题\uff1a图中有几个电阻\uff1f\n选项\uff1a\n\uff21\uff0e1\uff1b\n\uff22\uff0e2\uff1b\n\uff23\uff0e3\uff1b\n\uff24\uff0e4\n答案\uff1a\uff22",
    "问题:图中有几个电阻? 选项:A.1 B.2 C.3 D.4 答案:B",
    "Question: 图中有几个电阻? Options: A: 1 B: 2 C: 3 D: 4 Answer: B",
    "问题1:图中有几个电阻?选项:A. 1 B. 2 C. 3 D. 4\n答案:B",
    "题目 12\uff1a图中有几个电阻\uff1f\n选项:A. 1 B. 2 C. 3 D. 4 答案:B",
]


@pytest.mark.parametrize("text", SEEDS)
def test_seed_text_is_forgiven_much(text: str) -> None:
    (q,) = seed_text.parse(text)
    assert (q.question.rstrip("?\uff1f"), q.options, q.answer) == ("图中有几个电阻", ("1", "2", "3", "4"), "B")


@pytest.mark.parametrize("mark", ["?", "\uff1f", "!", ")", "\uff09", "______", "______。", " "])
def test_an_answer_right_behind_its_question(mark: str) -> None:
    (q,) = seed_text.parse(f"问题3:R1的阻值为{mark}答案:4.7kΩ")
    assert (q.question, q.options, q.answer) == (f"R1的阻值为{mark}".strip(), None, "4.7kΩ")


def test_several_questions_with_their_lines() -> None:
    found = seed_text.parse("\n\n".join([SEEDS[2], "问题:截止频率约为______Hz。 答案:1592", SEEDS[0]]))
    assert [q.line for q in found] == [1, 9, 11]
    assert found[1].options is None
    assert found[1].answer == "1592"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("问题:a 选项:A. 1 B. 2", 1, "答案"),
        ("随便写写", 1, "问题"),
        ("前言 问题:a 答案:b", 1, "before the first"),
        ("问题:a 答案:b\n\n问题:c 选项:A. 1 B. 2 答案:E", 3, "none of A, B"),
        ("问题:a 答案:b\n问题: 答案:1", 2, "question is empty"),
        ("问题:a 选项:1 2 3 答案:A", 1, "选项"),
        ("问题:a 答案:", 1, "nothing after"),
    ],
)
def test_seed_text_errors_name_the_line_and_what_is_missing(text: str, line: int, what: str) -> None:
    with pytest.raises(ValueError, match=f"line {line}: .*{what}") as e:
        seed_text.parse(text)
    assert "\n" not in str(e.value)


words = st.text(st.sampled_from("电阻容R1kΩ高低abc27"), min_size=1, max_size=8)


@given(
    words, st.lists(words, min_size=4, max_size=4, unique=True), st.sampled_from("ABCD"), st.sampled_from(["zh", "en"])
)
def test_seed_text_round_trip(question: str, options: list[str], answer: str, lang: Any) -> None:
    (q,) = seed_text.parse(seed_text.write(question, options, answer, lang))
    assert (q.question, q.options, q.answer) == (question, tuple(options), answer)


@given(st.text(max_size=200))
def test_any_text_parses_or_is_a_value_error(text: str) -> None:
    try:
        seed_text.parse("问题:" + text)
    except ValueError as e:
        assert "\n" not in str(e)
