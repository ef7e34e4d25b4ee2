"""Rewards: the grader's verdict, the last line as asked, no price for brevity; and no reply can break a run."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import KitError
from qa.formats import swift_rows
from qa.item import Item, Origin, Wanted
from swift_recipes import rewards

MCQ = Item(
    id="c0ffee12ab34", pictures=("a.png",), form="mcq", level=2, topic="t", lang="zh", question="与R1串联的是?",
    options=("R2", "R3", "C1", "L1"), answer="B", group="g", origin=Origin(source="circuits", writer="rule:t@1"),
)  # fmt: skip
FILL = MCQ.model_copy(
    update={"form": "fill", "lang": "en", "question": "The cutoff frequency is ______Hz.", "options": None,
            "answer": "1592", "accept": (Wanted(value=1592.36, unit="Hz", rel_tol=0.1),)}
)  # fmt: skip
PARTS = MCQ.model_copy(update={"form": "components", "options": None, "answer": "R1, R2, C1, C2"})
NAMED = FILL.model_copy(update={"answer": {"I": "-0.5 A", "U": "2 V"}, "accept": (), "question": "Find I and U."})
ITEMS = [MCQ, FILL, PARTS, NAMED]


def asked(item: Item) -> Any:
    return rewards.read_solution(swift_rows.to_grpo_row(item)["solution"])


@pytest.mark.parametrize(
    ("item", "reply", "worth"),
    [
        (MCQ, "R3 与 R1 同流。\n答案:B", 1.0),
        (MCQ, "答案:C", 0.0),
        (MCQ, "看不清", 0.0),
        (MCQ, "", 0.0),
        (FILL, "Answer: 1.592 kHz", 1.0),
        (FILL, "Answer: 1700 Hz", 1.0),  # the Item allows 10 %
        (FILL, "Answer: 1592 V", 0.0),
    ],
)
def test_answer(item: Item, reply: str, worth: float) -> None:
    assert rewards.answer(asked(item), reply) == worth


def test_a_component_list_is_worth_its_f1() -> None:
    assert rewards.answer(asked(PARTS), "R1, R2, C1, C2") == 1.0
    assert rewards.answer(asked(PARTS), "R1, R2") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("item", "reply", "worth"),
    [
        (MCQ, "R3 与 R1 同流。\n答案:B", 1.0),
        (MCQ, "答案\uff1aC", 1.0),  # wrong, but well said
        (MCQ, "**答案:B**\n\n", 1.0),
        (MCQ, "Answer: B", 0.0),  # asked in Chinese
        (MCQ, "答案:B\n因为同流。", 0.0),  # not the last line
        (MCQ, "B", 0.0),
        (MCQ, "答案:", 0.0),
        (MCQ, "答案:不知道", 0.0),
        (FILL, "Answer: 3 Hz", 1.0),
        (FILL, "答案:1592 Hz", 0.0),
        (PARTS, "答案:R1, R2", 1.0),
        (PARTS, "R1, R2", 0.0),
        (PARTS, "看不清", 0.0),
        (NAMED, "Answer: I = 1 A; U = 2 V", 1.0),
    ],
)
def test_form(item: Item, reply: str, worth: float) -> None:
    assert rewards.form(asked(item), reply) == worth


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: i.form)
def test_the_reply_we_train_on_gets_all(item: Item) -> None:
    from qa.prompts import assistant_text

    reply = assistant_text(item)
    assert (rewards.answer(asked(item), reply), rewards.form(asked(item), reply)) == (1.0, 1.0)


def test_length_is_free_up_to_a_limit_and_never_below_minus_one() -> None:
    assert [rewards.length("x" * n, 100) for n in (0, 100, 150, 200, 9_000)] == [0.0, 0.0, -0.5, -1.0, -1.0]


def test_the_limit_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CIRCUIT_REWARD_CHARS", raising=False)
    assert rewards.free_chars() == 300
    monkeypatch.setenv("CIRCUIT_REWARD_CHARS", "80")
    assert rewards.free_chars() == 80
    for wrong in ("0", "-5", "many", "", "1.5"):
        monkeypatch.setenv("CIRCUIT_REWARD_CHARS", wrong)
        with pytest.raises(KitError, match="CIRCUIT_REWARD_CHARS"):
            rewards.free_chars()


def test_completions_come_as_texts_or_turns() -> None:
    assert rewards.text_of("答案:B") == "答案:B"
    assert rewards.text_of([{"role": "assistant", "content": "答案:B"}]) == "答案:B"
    assert [rewards.text_of(c) for c in (None, [], 5, {"content": 5}, [None])] == [""] * 5


PIECES = st.sampled_from(
    ["答案:", "Answer: ", "B", "1592", "Hz", "\n", "<think>", "</think>", "{", "[" * 50, '{"I":', "\\frac{", "1e9999",
     "R1, ", "\ud800", "\x00", "**", "____", "9" * 400, "<|im_end|>", "∠", "-", "½", "或"]
)  # fmt: skip


@given(st.sampled_from(ITEMS), st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_no_reply_breaks_a_reward(item: Item, reply: str) -> None:
    question = asked(item)
    assert 0.0 <= rewards.answer(question, reply) <= 1.0
    assert rewards.form(question, reply) in (0.0, 1.0)
    assert -1.0 <= rewards.length(reply, 10) <= 0.0


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["role", "content", "x"]), inner),
    )
)
def test_no_completion_breaks_a_reward(completion: object) -> None:
    reply = rewards.text_of(completion)
    assert math.isfinite(rewards.answer(asked(MCQ), reply) + rewards.form(asked(MCQ), reply))


@pytest.mark.parametrize("broken", ["", "{", "[]", json.dumps({"form": "mcq"})])
def test_a_broken_solution_is_one_line(broken: str) -> None:
    with pytest.raises(ValueError) as e:
        rewards.read_solution(broken)
    assert "\n" not in str(e.value)
