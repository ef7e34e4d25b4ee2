"""When an answer is right. The one grader: benches, rewards, cross-validation and rejection sampling use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa.item import Answer, Form, Item, Wanted

Outcome = Literal["right", "wrong", "unparsed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the grader made of one reply."""

    verdict: Outcome
    read: str | None
    """The answer as read from the reply (`B`, `1592 Hz`), None where nothing could be read."""
    why: str
    """One line for a person: `read as 1592 Hz, wanted 1.592 kHz ± 2 %`."""
    score: float
    """1.0 right, 0.0 wrong or unparsed; component lists: F1."""
    precision: float | None = None
    recall: float | None = None


def grade(
    form: Form,
    question: str,
    answer: Answer,
    reply: str,
    options: Sequence[str] | None = None,
    accept: Sequence[Wanted | str] = (),
) -> Verdict:
    """Grade one reply. Never raises on a model's reply, whatever it holds."""
    raise NotImplementedError


def grade_item(item: Item, reply: str) -> Verdict:
    """Grade a reply to an Item."""
    return grade(item.form, item.question, item.answer, reply, item.options, item.accept)
