"""The checks without a network: a Case driven by a function that answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from qa.item import LETTERS, Item, Origin
from synth.checks.case import Case
from synth.checks.panel import Panel
from synth.checks.settled import with_checks
from synth.teacher.call import Answer, Call
from synth.teacher.config import Price, Teacher
from tests.synth.checks.made import MCQ, item

RULE = Origin(source="circuits", writer="rule:count@1")
Answers = Callable[[Item, Call], str]


def teacher(name: str) -> Teacher:
    price = Price.model_validate({"input": 1, "output": 1, "date": "2026-11-01"})
    return Teacher.model_validate({"name": name, "base_url": "http://127.0.0.1:1/v1", "model": name, "price": price})


def panel(votes: int = 3, quorum: int = 2, third: bool = True, **given: Any) -> Panel:
    """`second` answers blind, `third` votes."""
    return Panel((teacher("second"),), (teacher("third"),) if third else (), None, votes, quorum, **given)


def driven(of: Item, by: Panel, answers: Answers, gold: bool = False) -> Item:
    """The Item with what its way through the checks found."""
    case = Case(of, Path(), by, teacher("writer") if gold else None, "teacher:writer@write@1")
    steps = case.steps()
    try:
        call = next(steps)
        while True:
            call = steps.send(Answer(call, "key", text=answers(of, call), finish="stop"))
    except StopIteration:
        return with_checks(of, case.found)


def other_letter(right: str, choice: float, options: Sequence[str] = LETTERS) -> str:
    """One of the wrong letters."""
    wrong = [x for x in options if x != right]
    return wrong[int(choice * len(wrong))]


class Crowd:
    """Teachers that err at known rates; with `copied`, the later ones repeat the writer's error that often."""

    def __init__(self, rng: Random, writer: float, others: float, copied: float = 0.0) -> None:
        self.rng, self.rates, self.copied = rng, {"writer": writer, "second": others, "third": others}, copied
        self.labels: dict[str, str] = {}

    def label(self, of: Item, right: str) -> str:
        said = other_letter(right, self.rng.random()) if self.rng.random() < self.rates["writer"] else right
        self.labels[of.id] = said
        return said

    def __call__(self, of: Item, call: Call) -> str:
        right = "A"
        if call.teacher == "writer":
            return f"答案:{self.label(of, right)}"
        label = self.labels[of.id]
        if label != right and self.rng.random() < self.copied:
            return f"答案:{label}"
        wrong = self.rng.random() < self.rates[call.teacher]
        return f"答案:{other_letter(right, self.rng.random()) if wrong else right}"


def gold_items(count: int) -> list[Item]:
    return [item(f"第{n}题?", "A", MCQ, origin=RULE) for n in range(count)]
