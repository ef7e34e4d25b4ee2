"""The guesser without a picture: it learns a habit that is there, and none that is not."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from qa.item import LETTERS, Item, Origin
from synth.report.blind import guesses

Asked = tuple[str, str, list[str]]
"""Question, right option, wrong ones."""


def item(n: int, question: str, right: str, wrong: list[str], rng: random.Random) -> Item:
    options = [right, *wrong]
    rng.shuffle(options)
    return Item(
        id=f"{n:012x}", pictures=("images/x.png",), form="mcq", level=1, topic="count", lang="en", question=question,
        options=tuple(options), answer=LETTERS[options.index(right)], group=f"circuit-{n}",
        origin=Origin(source="circuits", writer="rule:x@1"),
    )  # fmt: skip


def score(items: list[Item]) -> float:
    return sum(letter == i.answer for letter, i in zip(guesses(items), items, strict=True)) / len(items)


def usual_text(rng: random.Random) -> Asked:
    return "How many?", "1", ["0", "2", "3"]


def word(rng: random.Random) -> Asked:
    few = rng.random() < 0.5
    return ("How many LEDs?", "1", ["0", "3", "2"]) if few else ("How many coils?", "3", ["0", "1", "2"])


def second_smallest(rng: random.Random) -> Asked:
    v = rng.uniform(2, 9)
    return "Find U.", f"{v:.2f} V", [f"{v * f:.2f} V" for f in (0.5, 1.7, 2.9)]


def like_two_others(rng: random.Random) -> Asked:
    a = rng.randint(1, 400)
    return "Which?", f"R{a}", [f"R{a + 1}", f"R{a + 2}", f"C{a}"]


@pytest.mark.parametrize(
    ("habit", "least"), [(usual_text, 0.9), (word, 0.9), (second_smallest, 0.9), (like_two_others, 0.29)]
)
def test_a_habit_is_learnt(habit: Callable[[random.Random], Asked], least: float) -> None:
    rng = random.Random(4)
    assert score([item(n, *habit(rng), rng) for n in range(300)]) > least


def test_where_nothing_tells_chance_is_what_it_gets() -> None:
    rng = random.Random(5)
    items = []
    for n in range(1200):
        texts = rng.sample(["0", "1", "2", "3", "R1", "R2", "4.7 kΩ", "47 kΩ", "5.00 V"], 4)
        items.append(item(n, f"What is R{n}?", texts[0], texts[1:], rng))
    assert 0.21 < score(items) < 0.29


def test_of_one_circuit_nothing_is_learnt_for_itself() -> None:
    rng = random.Random(6)
    items = [item(0, "?", "1", ["0", "2", "3"], rng).model_copy(update={"id": f"{n:012x}"}) for n in range(40)]
    assert len(guesses(items)) == 40  # all of one half: learnt on none
