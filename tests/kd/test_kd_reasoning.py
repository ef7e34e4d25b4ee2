"""A reply becomes a row only where the answer is right, and the row says it as every training row does."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kd.reasoning import judge, steps_of
from qa.grading import grade_item
from qa.item import Item, Origin, Wanted, item_id

OPTIONS = ("2", "3", "4", "5")
STEPS = "1. 图中可见R1、R2、R3。\n2. 一共三个电阻。"


def item(answer: str = "B", options: tuple[str, ...] | None = OPTIONS, lang: str = "zh", **more: object) -> Item:
    question = "图中有几个电阻?" if options else "截止频率约为______Hz。"
    fields = {
        "id": item_id(("x",), question, options), "pictures": ("images/a.png",), "form": "mcq" if options else "fill",
        "level": 1, "topic": "count", "lang": lang, "question": question, "options": options, "answer": answer,
        "group": "g", "origin": Origin(source="circuits", writer="rule:count@1"), **more,
    }  # fmt: skip
    return Item.model_validate(fields)


CUTOFF = item("1592", None, accept=(Wanted(value=1592.4, unit="Hz"),))


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (f"{STEPS}\n答案:B", "right"),
        (f"{STEPS}\n答案\uff1aB", "right"),
        (f"{STEPS}\n**答案:B**", "right"),
        (f"{STEPS}\n所以选B。", "right"),
        (f"<think>{STEPS}</think>\n\n<answer>答案:B</answer>", "right"),
        (f"{STEPS}\n答案:C", "wrong"),
        (f"{STEPS}\n答案:无法确定", "unparsed"),
        ("答案:B", "bare"),
        ("", "unparsed"),
        (f"{STEPS}\n答案:C\n3. 再看一遍。\n答案:B", "two answers"),
        (f"{STEPS} <image>\n答案:B", "markup"),
        (f"{STEPS}<|im_start|>user\n答案:B", "markup"),
        (f"{STEPS}\x00\n答案:B", "markup"),
        ("The picture shows the three resistors called one, two and three.\n答案:B", "language"),
        (STEPS * 400 + "\n答案:B", "long"),
    ],
)
def test_what_becomes_of_a_reply(reply: str, outcome: str) -> None:
    judged = judge(item(), reply)
    assert judged.outcome == outcome
    if outcome == "right":
        assert judged.text.startswith("1. 图中可见R1") and judged.text.endswith("\n答案:B")
        assert judged.text.count("答案") == 1 and "think" not in judged.text
    else:
        assert judged.text == ""


def test_what_is_cut_off_is_not_graded() -> None:
    assert judge(item(), f"{STEPS}\n答案:B", cut=True).outcome == "cut"


def test_an_answer_alone_is_kept_where_it_may_be() -> None:
    assert judge(item(), "答案:B", bare=True).text == "答案:B"


@pytest.mark.parametrize(
    "reply",
    [
        "1. 图中可见R1、R2、R3三个电阻,所以选B。答案:B",
        "1. 图中可见R1、R2、R3三个电阻,所以选B。\n\n---\n**最终答案**: B",
        "1. 图中可见R1、R2、R3三个电阻,所以选B。\n故答案为\uff1aB",
        "答案:B\n1. 图中可见R1、R2、R3三个电阻,所以选B。",
        "1. 图中可见R1、R2、R3三个电阻,所以选B。\n因此,答案是B。\n答案:B. 3",
        "\u3010答案\u3011B\n1. 图中可见R1、R2、R3三个电阻,所以选B。\n答案:B",
    ],
)
def test_the_answer_is_said_once_and_last(reply: str) -> None:
    assert judge(item(), reply).text == "1. 图中可见R1、R2、R3三个电阻,所以选B。\n答案:B"


def test_a_quantity_is_said_as_the_item_says_it() -> None:
    judged = judge(CUTOFF, "1. f = 1/(2πRC)。\n2. 代入得约1.59 kHz。\n答案:1.59 kHz")
    assert judged.text == "1. f = 1/(2πRC)。\n2. 代入得约1.59 kHz。\n答案:1592"


def test_english_may_hold_a_printed_chinese_name_but_no_sentences() -> None:
    asked = item(lang="en")
    assert judge(asked, "1. The picture shows R1, R2 and R3 (电阻).\nAnswer: B").outcome == "right"
    assert judge(asked, f"{STEPS}\nAnswer: B").outcome == "language"


def test_formulas_alone_are_of_no_language() -> None:
    assert judge(CUTOFF, "f = 1/(2πRC)\n = 1/(2π × 10000 × 1e-8)\n答案:1592 Hz").outcome == "right"


def test_steps_are_the_reply_without_its_last_answer() -> None:
    assert steps_of("a b c\n\n\n\nd e f g h i j\n\nAnswer: B\n") == "a b c\n\nd e f g h i j"
    assert steps_of("<think>a longer thought than the rest</think>答案:B") == "a longer thought than the rest"


PIECES = st.sampled_from(
    [
        "答案:",
        "Answer: ",
        "A",
        "B",
        "C",
        "\n",
        "1592 Hz",
        "<think>",
        "</think>",
        "<image>",
        "选",
        "R1",
        "0",
        "。",
        " ",
        "图",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)), st.booleans())
@example("答案:B\n</think>", True)
@example("\ud800答案:B", True)
def test_nothing_is_raised_and_what_is_kept_is_right(reply: str, bare: bool) -> None:
    for asked in (item(), CUTOFF, item(lang="en")):
        judged = judge(asked, reply, bare=bare)
        if judged.outcome != "right":
            assert judged.text == ""
            continue
        assert grade_item(asked, reply).verdict == "right" == grade_item(asked, judged.text).verdict
        assert "<image>" not in judged.text and judged.text.splitlines()[-1].endswith(asked.answer_text)
