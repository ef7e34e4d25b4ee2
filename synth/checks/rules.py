"""Form and consistency of an Item by rules, free and fast: the check `form`.

fail is said only of what no reader would accept; whatever has a good reading too is unsure, with a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa.grading import grade_item
from qa.item import Check, Item
from qa.prompts import assistant_text
from qa.standing import FORM
from synth.checks.explanation import explanation_rules
from synth.checks.findings import Finding, check_of, fail, unsure
from synth.checks.options import option_rules
from synth.checks.wording import wording_rules

VERSION = "rules@1"
LONGEST_ZH, LONGEST_EN = 24, 12
"""Characters (zh) and words (en) beyond which an answer in words is a sentence and not what goes into a blank."""


def form_check(item: Item) -> Check:
    """What the rules say of one Item."""
    return check_of(FORM, VERSION, findings(item))


def findings(item: Item) -> list[Finding]:
    """Every fault and doubt."""
    return [*option_rules(item), *wording_rules(item), *_answer_rules(item), *explanation_rules(item)]


def _answer_rules(item: Item) -> Iterator[Finding]:
    if not item.answer_text.strip():
        yield fail("the answer is empty")
        return
    try:
        verdict = grade_item(item, assistant_text(item))
    except ValueError as e:
        yield fail(f"the answer cannot be graded: {e}")
        return
    if verdict.verdict != "right":
        yield fail(f"our grader does not take the answer itself as right: {verdict.why}")
    if item.form == "fill" and not _is_short(item):
        yield unsure("the answer is a sentence; a blank wants a word, a name or a quantity")


def _is_short(item: Item) -> bool:
    parts = (item.answer,) if isinstance(item.answer, str) else tuple(item.answer)
    if item.lang == "zh":
        return all(len(p) <= LONGEST_ZH for p in parts)
    return all(len(p.split()) <= LONGEST_EN for p in parts)
