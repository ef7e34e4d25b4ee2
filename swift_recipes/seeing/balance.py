"""Questions whose usual answer is no help: the rest must be looked up in the picture.

In small circuits a count is mostly 1 and a present part mostly a resistor. Who has learnt such habits gets 60 % of the
level-1 choices without looking, and a model that is rewarded for them learns to look last. So questions are taken with
a probability by which every text is right in a quarter of the questions that offer it; the probabilities come from
iterative proportional fitting (Deming and Stephan, 1940).
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from swift_recipes.seeing.rows import LETTERS, options_of

FAIR = 1 / len(LETTERS)
ROUNDS, STRIDE, LEAST, MOST = 12, 0.7, 0.02, 2.0
"""Of the fitting: how often, which part of the way each time, and between which weights."""
WEIGHT = {1: 3.0, 2: 1.0, 3: 1.0, 4: 0.05}
"""How likely a question of a level is asked, next to the others; a small model will not learn to calculate."""
CHOOSING = 3.0
"""How many times likelier one with options is, where it was taken at all."""


def form_of(question: dict[str, Any]) -> str:
    """The question without its numbers: all `What is the value of R#?` are one form."""
    return re.sub(r"\d+(\.\d+)?", "#", question["user"].split("\n")[0])


def _shares(
    asked: Iterable[tuple[str, tuple[str, ...], int]], weight: dict[tuple[str, str], float]
) -> dict[Any, float]:
    """Of each form and text: how often it is right where it is offered, after weighting by the right text."""
    offered: dict[tuple[str, str], float] = defaultdict(float)
    right: dict[tuple[str, str], float] = defaultdict(float)
    for form, texts, number in asked:
        by = weight.get((form, texts[number]), 1.0)
        for i, text in enumerate(texts):
            offered[form, text] += by
            right[form, text] += by * (i == number)
    # a text seen once or twice counts as half unknown
    return {key: (right[key] + 4 * FAIR) / (times + 4) for key, times in offered.items()}


def _asked(questions: Iterable[dict[str, Any]]) -> list[tuple[str, tuple[str, ...], int]]:
    found = []
    for question in questions:
        if texts := options_of(question["user"]):
            found.append((form_of(question), texts, LETTERS.index(question["reply"][-1])))
    return found


class Fair:
    """With which probability a question is taken so that usual answers do not help."""

    def __init__(self, questions: Iterable[dict[str, Any]]) -> None:
        asked = _asked(questions)
        self._weight: dict[tuple[str, str], float] = {}
        for _ in range(ROUNDS):
            for key, share in _shares(asked, self._weight).items():
                grown = self._weight.get(key, 1.0) * (FAIR / share) ** STRIDE
                self._weight[key] = min(MOST, max(LEAST, grown))

    def chance(self, question: dict[str, Any]) -> float:
        """Probability (at most 1) with which it is taken; 1 for a question without options."""
        texts = options_of(question["user"])
        if not texts:
            return 1.0
        return min(1.0, self._weight.get((form_of(question), texts[LETTERS.index(question["reply"][-1])]), 1.0))

    def taken(self, questions: Iterable[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
        """Those of the questions that a draw takes."""
        return [q for q in questions if rng.random() < self.chance(q)]


class Habit:
    """One who never looks and says what is usually right: how far that goes with some questions."""

    def __init__(self, questions: Iterable[dict[str, Any]]) -> None:
        self._share = _shares(_asked(questions), {})

    def right(self, question: dict[str, Any]) -> bool:
        """Whether the habit gets this question right."""
        form, texts = form_of(question), options_of(question["user"])
        said = max(zip(LETTERS, texts, strict=True), key=lambda option: self._share.get((form, option[1]), FAIR))
        return bool(question["reply"][-1] == said[0])


def chosen(truth: dict[str, Any], count: int, fair: Fair, rng: random.Random) -> list[dict[str, Any]]:
    """What one row asks: a list and `count` questions without repeats, simple ones more often."""
    questions = fair.taken(truth["questions"], rng)
    weights = [WEIGHT[q["level"]] * (CHOOSING if q["form"] == "mcq" else 1.0) for q in questions]
    return [rng.choice(truth["lists"]), *_drawn(questions, weights, count, rng)]


def _drawn(
    questions: Sequence[dict[str, Any]], weights: Sequence[float], count: int, rng: random.Random
) -> list[dict[str, Any]]:
    """`count` of the questions, each as likely as its weight says (Efraimidis and Spirakis, 2006)."""
    keys = [rng.random() ** (1 / weight) for weight in weights]
    order = sorted(range(len(questions)), key=keys.__getitem__, reverse=True)
    return [questions[i] for i in order[:count]]
