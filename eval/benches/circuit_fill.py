"""Fill-in questions on circuit diagrams: quantities with units, references, names, several blanks."""

from __future__ import annotations

from eval.benches.base import Bench
from qa.prompts import ASK

PROMPTS = {"zh": ASK["fill", "zh"], "en": ASK["fill", "en"]}
"""The line after the question: the same as in training, or the score means nothing."""
DESCRIPTION = """
Fill-in questions on circuit diagrams: quantities, reference designators, names, one blank or several.

Levels: 1 component, 2 connection, 3 function, 4 calculation. Quantities are compared by value and dimension
(1.592 kHz is 1592 Hz), sign strict, within 2 % unless the question says otherwise; of several blanks all must be
right; a reply without an answer is *unparsed*, which is counted apart and is wrong.
"""


class CircuitFill(Bench):
    """`circuit_fill`: right or wrong by value."""

    name, short, forms = "circuit_fill", "fill", ("fill",)
    title, description = "Circuit diagrams, fill in", DESCRIPTION
