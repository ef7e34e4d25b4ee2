"""Questions taken so that habits do not help: the draw, and what a habit gets of it."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from swift_recipes.seeing.balance import Fair, Habit, chosen, form_of
from swift_recipes.seeing.rows import LETTERS


def count_question(rng: random.Random, part: int = 1) -> dict[str, Any]:
    """How many resistors: mostly 1, seldom 0, 2 or 3."""
    texts = rng.sample(["0", "1", "2", "3"], 4)
    letter = LETTERS[texts.index(rng.choices(["0", "1", "2", "3"], (1, 7, 1, 1))[0])]
    offered = " ".join(f"{c}. {t}" for c, t in zip(LETTERS, texts, strict=True))
    user = f"Question: how many resistors are on net {part}?\nOptions: {offered}\nAnswer with a letter."
    return {"user": user, "reply": f"Answer: {letter}", "level": 1, "form": "mcq", "topic": "count"}


def test_a_habit_is_right_as_often_as_chance_where_questions_are_taken_fairly() -> None:
    rng = random.Random(0)
    seen, new = ([count_question(rng, i % 5) for i in range(3000)] for _ in range(2))
    habit, fair = Habit(seen), Fair(seen)
    taken = fair.taken(new, rng)
    share = [sum(map(habit.right, questions)) / len(questions) for questions in (new, taken)]
    assert share[0] > 0.65 and share[1] < 0.4
    assert 0.2 < len(taken) / len(new) < 0.7
    assert sum(map(Habit(fair.taken(seen, rng)).right, taken)) / len(taken) < 0.42  # nor does a habit learnt from these


def test_numbers_do_not_make_another_form() -> None:
    rng = random.Random(1)
    assert form_of(count_question(rng, 1)) == form_of(count_question(rng, 27))


@given(st.integers(0, 5), st.integers(0, 4), st.randoms(use_true_random=False))
def test_a_row_asks_a_list_and_no_question_twice(count: int, fills: int, rng: random.Random) -> None:
    fill = [{"user": f"Question {i}", "reply": "Answer: 1", "level": 1, "form": "fill"} for i in range(fills)]
    truth = {"lists": [{"user": "List."}], "questions": [count_question(rng), *fill]}
    asked = chosen(truth, count, Fair([]), rng)
    assert asked[0] == {"user": "List."} and len(asked) == 1 + min(count, fills + 1)
    assert len({q["user"] for q in asked}) == len(asked)


def test_a_question_without_options_is_always_taken() -> None:
    rng = random.Random(2)
    fill = {"user": "Question: which?", "reply": "Answer: R1", "level": 1, "form": "fill"}
    fair = Fair([count_question(rng) for _ in range(200)])
    assert fair.chance(fill) == 1 and fair.taken([fill] * 9, rng) == [fill] * 9
    assert all(0 < fair.chance(count_question(rng)) <= 1 for _ in range(50))
