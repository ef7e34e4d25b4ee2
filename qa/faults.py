"""Kinds of error: what is wrong with a reply that is not right, in a closed list."""

from __future__ import annotations

from typing import Literal

Fault = Literal[
    "wrong letter",
    "wrong value",
    "wrong prefix",
    "wrong sign",
    "wrong unit",
    "wrong text",
    "partial text",
    "wrong component",
    "hallucinated component",
    "missing component",
    "missing blank",
    "wrong data",
    "unparsed",
    "several answers",
    "declined",
    "empty reply",
    "refused by server",
]

FAULTS: dict[Fault, str] = {
    "wrong letter": "another option was chosen",
    "wrong value": "the number is outside the tolerance",
    "wrong prefix": "the number is right but for a power of 1000: kΩ for MΩ, n for µ",
    "wrong sign": "the number is right but for plus or minus",
    "wrong unit": "a quantity of another kind: amperes where volts are wanted",
    "wrong text": "words that do not say the answer",
    "partial text": "a free text that shares only a part of its words with the answer",
    "wrong component": "another component than the wanted one, or the wanted one with another kind or value",
    "hallucinated component": "a component is named that is not in the picture, or more of a kind than there are",
    "missing component": "a component of the picture is not listed",
    "missing blank": "one of several blanks is not filled, or cannot be read",
    "wrong data": "the JSON, YAML or schematic differs from the answer",
    "unparsed": "no answer could be read in the reply",
    "several answers": "two or more answers that contradict each other",
    "declined": "the model says that it cannot answer",
    "empty reply": "the reply is empty, or nothing but reasoning",
    "refused by server": "the server did not answer the question",
}
"""Every kind of error, with one line for a person."""

UNREAD: frozenset[Fault] = frozenset({"unparsed", "several answers", "declined", "empty reply", "refused by server"})
"""Kinds in which no answer was read; all count as `unparsed`."""
