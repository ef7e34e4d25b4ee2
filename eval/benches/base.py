"""What a bench is: which rows it asks, in which words, and what it makes of a reply. No EvalScope here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa.formats.asked import Asked
from qa.grading import Verdict
from qa.item import Form
from qa.prompts import question_text


@dataclass(frozen=True, slots=True)
class Graded:
    """The grader's verdict on one reply, and the bench's other measures (0 to 1)."""

    verdict: Verdict
    scores: Mapping[str, float] = field(default_factory=dict)


class Bench:
    """Asks rows of one form. A bench of its own says what differs."""

    name: str
    """As EvalScope and reports call it: `circuit_mcq`."""
    short: str
    """As a person types it (`--benches mcq`), and the folder under `evalscope/` that holds its rows."""
    forms: tuple[Form, ...]
    """Forms of the questions it can ask."""
    title: str
    description: str
    measures: tuple[str, ...] = ()
    """Names of the other measures, in the order of the report."""

    def prompt(self, row: Asked) -> str:
        """The user's turn, word for word as in training."""
        return question_text(row.question, row.options, row.form, row.lang)

    def grade(self, row: Asked, reply: str) -> Graded:
        """What the reply is worth. Never raises on a reply, whatever it holds."""
        return Graded(row.grade(reply))
