"""Multiple-choice questions on circuit diagrams."""

from __future__ import annotations

from eval.benches.base import Bench
from qa.prompts import ASK

PROMPTS = {"zh": ASK["mcq", "zh"], "en": ASK["mcq", "en"]}
"""The line after question and options: the same as in training, or the score means nothing."""
DESCRIPTION = """
Multiple-choice questions on circuit diagrams, four options, one right.

Levels: 1 component, 2 connection, 3 function, 4 calculation. A reply counts as its letter, or as the text of
exactly one option; two letters or a refusal are *unparsed*, which is counted apart and is wrong.
"""


class CircuitMcq(Bench):
    """`circuit_mcq`: right or wrong by letter."""

    name, short, forms = "circuit_mcq", "mcq", ("mcq",)
    title, description = "Circuit diagrams, multiple choice", DESCRIPTION
