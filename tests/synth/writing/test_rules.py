"""A teacher's question becomes an Item that the grader takes, or is turned down in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.grading import grade_item
from qa.item import Item, Lang, Wanted
from qa.prompts import assistant_text
from synth.pictures.stock import Picture
from synth.writing.reply import Question
from synth.writing.rules import BadQuestion, Source, item_of, same_question

PICTURE = Picture(path="images/a.png", source="pdf", file="book.pdf", page=7, group="g", licence="CC0-1.0")


def made(lang: Lang = "zh", **fields: Any) -> Item:
    return item_of(Question.model_validate(fields), Source(PICTURE, "0" * 64, lang, "teacher:m@write@1"))


def mcq(**fields: Any) -> Item:
    given = {
        "category": "connection",
        "form": "mcq",
        "topic": "connected-to",
        "question": "图中运放U1的反相输入端与哪个电阻相连?",
        "options": ["R1", "R2", "R3", "R4"],
        "answer": "C",
        "explanation": "由图可见,反相输入端接R3。所以是R3。",
    }
    return made(**given | fields)


def fill(question: str = "图中电阻R1的阻值为______kΩ。", answer: str = "4.7", **fields: Any) -> Item:
    given = {"category": "recognition", "form": "fill", "topic": "value", "question": question, "answer": answer}
    return made(**given | fields)


def test_an_item_carries_where_it_comes_from() -> None:
    item = mcq()
    assert (item.level, item.topic, item.group, item.answer) == (2, "connected-to", "g", "C")
    assert (item.origin.source, item.origin.file, item.origin.page) == ("pdf", "book.pdf", 7)
    assert item.origin.writer == "teacher:m@write@1" and item.pictures == ("images/a.png",)


@pytest.mark.parametrize(
    ("fields", "options", "answer"),
    [
        ({"options": ["A. R1", "B. R2", "C. R3", "D. R4"]}, ("R1", "R2", "R3", "R4"), "C"),
        ({"options": ["A、R1", "B、R2", "C、R3", "D、R4"]}, ("R1", "R2", "R3", "R4"), "C"),
        ({"options": {"A": "R1", "B": "R2", "C": "R3", "D": "R4"}}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "c"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "(C)"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "\uff23"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "C. R3"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "R3"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "\uff23\uff0eR3"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "选C"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"answer": "Option C"}, ("R1", "R2", "R3", "R4"), "C"),
        ({"options": ["a) R1", "b) R2", "c) R3", "d) R4"]}, ("R1", "R2", "R3", "R4"), "C"),
        (
            {"options": ["\uff21\uff0eR1", "\uff22\uff0eR2", "\uff23\uff0eR3", "\uff24\uff0eR4"]},
            ("R1", "R2", "R3", "R4"),
            "C",
        ),
        ({"form": "选择题", "category": "连接", "topic": None}, ("R1", "R2", "R3", "R4"), "C"),
        ({"form": "multiple_choice", "explanation": None}, ("R1", "R2", "R3", "R4"), "C"),
        ({"options": ["VA", "VB", "VC", "VD"], "explanation": ""}, ("VA", "VB", "VC", "VD"), "C"),
        ({"question": "1. 图中与U1相连的\u200b是\n哪个电阻?\x07"}, ("R1", "R2", "R3", "R4"), "C"),
    ],
)
def test_slips_of_form_are_put_right(fields: dict[str, Any], options: tuple[str, ...], answer: str) -> None:
    item = mcq(**fields)
    assert (item.options, item.answer) == (options, answer)
    assert item.question.startswith("图中") and item.question.isprintable()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"options": ["R1", "R2", "R3"]}, "exactly 4"),
        ({"options": None}, "exactly 4"),
        ({"options": ["R1", "R2", "R3", "R3"]}, "equal"),
        ({"options": ["1 kΩ", "1000 Ω", "2 kΩ", "3 kΩ"]}, "same"),
        ({"options": ["反相放大器", "比较器", "inverting amplifier", "跟随器"], "explanation": ""}, "same|right too"),
        ({"options": ["R1", "R2", "R3", "以上都不是"]}, "order"),
        ({"options": ["R1", "R2", "R3", "A和B"]}, "order"),
        ({"options": ["R1", "R2", "R3", "None of the above"]}, "order"),
        ({"options": ["R1", "R2", "R3", ""]}, "empty"),
        ({"answer": "E"}, "none of A, B, C, D"),
        ({"answer": ""}, "empty"),
        ({"answer": "A. R3"}, "another option"),
        ({"explanation": "由图可见,接的是R2,故选B。"}, "comes to B"),
        ({"question": "图中<image>接的是哪个?"}, "markup"),
        ({"question": "图中接的是哪个?<|im_end|>"}, "markup"),
        ({"question": "哪个电阻与U1相连? A. R1 B. R2 C. R3 D. R4"}, "repeats the options"),
        ({"question": "Which resistor goes to U1?"}, "language"),
        ({"question": "   "}, "empty"),
        ({"question": "图" * 700}, "long"),
    ],
)
def test_a_choice_that_cannot_be_used(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(BadQuestion, match=why) as e:
        mcq(**fields)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("question", "answer", "category", "accept"),
    [
        ("图中电阻R1的阻值为______kΩ。", "4.7", "recognition", Wanted(value=4700, unit="Ω", rel_tol=0.005)),
        ("图中电阻R1的阻值为______kΩ。", "4.7 kΩ", "recognition", Wanted(value=4700, unit="Ω", rel_tol=0.005)),
        ("图中电阻R1的阻值为______Ω。", "4k7", "recognition", Wanted(value=4700, unit="Ω", rel_tol=0.005)),
        ("截止频率约为______Hz。(π取3.14)", "1592", "calculation", Wanted(value=1592, unit="Hz", rel_tol=0.02)),
        ("截止频率约为______。", "1.592 kHz", "calculation", Wanted(value=1592, unit="Hz", rel_tol=0.02)),
        ("图中共有______个电阻。", "3", "recognition", Wanted(value=3, rel_tol=0)),
        ("图中共有______个电阻。", "3个", "recognition", Wanted(value=3, rel_tol=0)),
        ("图中共有______个电阻。", "三", "recognition", Wanted(value=3, rel_tol=0)),
        ("图中共有\uff08\u3000\uff09个电阻。", "三个", "recognition", Wanted(value=3, rel_tol=0)),
        ("输出电压为______V。", "-2.5", "calculation", Wanted(value=-2.5, unit="V", rel_tol=0.02)),
        ("电压放大倍数为______。", "-10", "calculation", Wanted(value=-10, rel_tol=0.02)),
        ("电容C1的容量为______μF。", "0.1", "recognition", Wanted(value=1e-7, unit="F", rel_tol=0.005)),
        ("电容C1的容量为____。", "100nF", "recognition", Wanted(value=1e-7, unit="F", rel_tol=0.005)),
    ],
)
def test_a_quantity_is_read_with_its_unit(question: str, answer: str, category: str, accept: Wanted) -> None:
    item = fill("图中" + question, answer, category=category)
    (wanted,) = item.accept
    assert isinstance(wanted, Wanted) and wanted.value == pytest.approx(accept.value)
    assert (wanted.unit, wanted.rel_tol) == (accept.unit, accept.rel_tol)
    assert "______" in item.question and grade_item(item, assistant_text(item)).verdict == "right"


def test_a_text_is_no_quantity() -> None:
    assert fill("与图中U1同相输入端相连的电阻是______。", "R3").accept == ()
    assert fill("图中标注R1的阻值为______。", "4k7").accept == ()  # an ohm or a number: the grader takes both


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        ("图中R1的阻值是多少?", "4.7kΩ", "0 blanks"),
        ("图中R1为______Ω,R2为______Ω。", "3", "2 blanks"),
        ("图中R1为______Ω。", "3 V", "unit"),
        ("图中R1为______。", "", "empty"),
        ("图中电路的作用是______。", "放大" * 40, "long"),
        ("图中反相放大器的类型是______。", "反相放大器", "printed"),
    ],
)
def test_a_fill_in_that_cannot_be_used(question: str, answer: str, why: str) -> None:
    with pytest.raises(BadQuestion, match=why):
        fill(question, answer)


def test_topics_are_slugs_and_negatives_have_one() -> None:
    assert mcq(topic="Connected To / 引脚").topic == "connected-to"
    assert mcq(topic="反馈").topic == "connection" and mcq(topic="x" * 99).topic == "x" * 40
    absent = mcq(category="absent", topic="kind", question="图中不存在哪个电阻?")
    assert (absent.topic, absent.level) == ("absent", 1)


def test_the_same_question_in_other_signs() -> None:
    assert same_question("图中 R1,是?") == same_question("图中R1\uff0c是\uff1f") != same_question("图中R2是")


TEXTS = st.text(max_size=40) | st.sampled_from(
    ["图中R1为______Ω。", "4k7", "A", "1e999", "______", "10^400 V", "\ud800"]
)


@given(
    question=TEXTS,
    answer=TEXTS,
    options=st.none() | st.lists(TEXTS, max_size=5),
    explanation=TEXTS,
    topic=TEXTS,
    category=st.sampled_from(["recognition", "calculation", "absent"]),
    form=st.sampled_from(["mcq", "fill"]),
    lang=st.sampled_from(["zh", "en"]),
)
def test_nothing_a_teacher_writes_breaks_it(**fields: Any) -> None:
    try:
        item = made(**fields)
    except BadQuestion as e:
        assert str(e)
        return
    assert Item.model_validate_json(item.model_dump_json()) == item
    assert json.loads(item.model_dump_json())["question"].isprintable()
    assert grade_item(item, assistant_text(item)).verdict == "right"


def test_a_count_in_words_may_be_written_as_a_number() -> None:
    item = fill("The picture shows ______ resistors.", "three", lang="en")
    assert item.question == "The picture shows ______ resistors."
    said = [grade_item(item, reply).verdict for reply in ("3", "three", "4")]
    assert said == ["right", "right", "wrong"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("NaN", "nothing"),
        ("未知", "nothing"),
        ("1k或2k", "two answers"),
        ("1 or 2", "two answers"),
        ("1 kΩ or 2 kΩ", "two answers"),
        ("R1 or R2", "two answers"),
        ("1e400", "no quantity"),
        ("R2", "no quantity"),
    ],
)
def test_an_answer_that_no_blank_can_hold(answer: str, why: str) -> None:
    with pytest.raises(BadQuestion, match=why):
        fill(answer=answer)


def test_a_name_with_or_in_it_is_one_answer() -> None:
    assert fill("图中逻辑门G1是______。", "或非门").answer == "或非门"
    assert fill("Gate G1 is an ______ gate.", "OR", lang="en").answer == "OR"
    assert fill("The circuit is a ______.", "reference for a voltage or current", lang="en").accept == ()
