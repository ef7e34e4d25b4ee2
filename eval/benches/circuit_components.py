"""Lists of components: which of those in the picture a reply names, and which it invents."""

from __future__ import annotations

from eval.benches.base import Bench, Graded
from qa.formats.asked import Asked
from qa.prompts import ASK

PROMPTS = {"zh": ASK["components", "zh"], "en": ASK["components", "en"]}
DESCRIPTION = """
Lists of the components of a circuit diagram. The score is F1 of the reply's list against the right one; `precision`
falls with invented components, `recall` with missing ones. By reference designator where the drawing has them, with
kind and value checked where the reply gives them; else by kind and count.
"""


class CircuitComponents(Bench):
    """`circuit_components`: F1, precision, recall."""

    name, short, forms = "circuit_components", "components", ("components",)
    title, description = "Circuit diagrams, component lists", DESCRIPTION
    measures = ("precision", "recall")

    def grade(self, row: Asked, reply: str) -> Graded:
        verdict = row.grade(reply)
        return Graded(verdict, {"precision": verdict.precision or 0.0, "recall": verdict.recall or 0.0})
