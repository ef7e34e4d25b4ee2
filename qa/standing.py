"""What an Item's checks come to: may it be trained on and tested with?"""

from __future__ import annotations

from typing import Literal

from qa.item import Check, Item

Standing = Literal["accepted", "review", "unchecked", "rejected"]
"""accepted: used. review: a person should look. unchecked: nobody confirmed the teacher. rejected: never used."""

FORM = "form"
"""Check by rules: four distinct options, answer among them, a blank that is there, the answer not in the question."""
SENSE = "sense"
"""A model on what rules cannot tell: is the question about the picture, clear, with one answer?"""
BLIND = "blind"
"""Another teacher answered without seeing the answer: pass agrees, unsure does not."""
VOTE = "vote"
"""After a disagreement: pass, the written answer has the quorum; fail, another has; unsure, none has."""
TWIN = "twin"
"""fail: nearly the same question stands on this picture already."""
REVIEW = "review"
"""A person: pass or fail. It decides alone; the last one counts."""


def latest(item: Item) -> dict[str, Check]:
    """The last check of each name."""
    return {c.name: c for c in item.origin.checks}


def standing(item: Item) -> Standing:
    """What the checks come to; a person decides over models, a vote over a single second answer.

    What came later decides over what it was about: a vote over the blind answer before it, a new blind answer over an
    old vote, a model's word on the sense of a question over the doubt a rule had about it.
    """
    checks = latest(item)
    review = checks.get(REVIEW)
    if review is not None and review.verdict != "unsure":
        return "accepted" if review.verdict == "pass" else "rejected"
    verdicts = {name: c.verdict for name, c in checks.items()}
    at = {c.name: n for n, c in enumerate(item.origin.checks)}
    if {BLIND, VOTE} <= at.keys():
        verdicts.pop(BLIND if at[VOTE] > at[BLIND] else VOTE)
    if verdicts.get(FORM) == "unsure" and at.get(SENSE, -1) > at[FORM]:
        verdicts.pop(FORM)
    if "fail" in verdicts.values():
        return "rejected"
    if "unsure" in verdicts.values():
        return "review"
    if item.origin.writer.startswith("teacher:") and not {BLIND, VOTE} & verdicts.keys():
        return "unchecked"
    return "accepted"
