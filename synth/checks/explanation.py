"""Rules on the explanation: it must come to the answer that is given, in the language of the question."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.blanks import blanks_of
from qa.grading import grade_item
from qa.item import Item
from qa.letters import read_choice
from qa.quantity import find
from qa.reply import after_marker, clean
from qa.tolerance import check
from synth.checks.findings import Finding, fail, unsure

_LAST_CLAIM = re.compile(
    r"(?:故|应|因此|所以)?选|\b(?:option|choice)\s+[A-D]\b|正确(?:的)?(?:选项|答案)", re.IGNORECASE
)
_NO_ANSWER = re.compile(
    r"(?:题目|选项|原题|答案)(?:可能)?有误|没有正确(?:选项|答案)|以上选项(?:都|均)?(?:不|没)|与选项不符|最接近的(?:选项|答案)"
    r"|none of the options|no (?:correct|matching) option|closest (?:option|answer)"
    r"|question (?:is|may be) (?:wrong|flawed)"
    r"|(?:让我|我们?)重新(?:计算|考虑|检查)|\blet me (?:re|double)|\bwait,|\bhmm\b",
    re.IGNORECASE,
)


def explanation_rules(item: Item) -> Iterator[Finding]:
    """Faults of the explanation; none where there is no explanation."""
    text = clean(item.explanation)
    if not text:
        return
    if _NO_ANSWER.search(text):
        yield unsure("the explanation doubts the question or its options")
    if item.form == "mcq" and item.options:
        yield from _names_another_letter(item, text)
    elif item.form == "fill" and isinstance(item.answer, str):
        yield from _comes_to_another_value(item, text)


def _names_another_letter(item: Item, text: str) -> Iterator[Finding]:
    options = item.options or ()
    if after_marker(text) is None and not _LAST_CLAIM.search(text):
        return
    choice = read_choice(text, options)
    if choice.letter is None or choice.letter == item.answer:
        return
    if choice.why.startswith("read as"):
        yield fail(f"the explanation comes to {choice.letter}, the answer is {item.answer_text}")
    elif choice.why.startswith("the text of"):
        yield unsure(f"the explanation speaks of the text of {choice.letter}, the answer is {item.answer_text}")


def _comes_to_another_value(item: Item, text: str) -> Iterator[Finding]:
    verdict = grade_item(item, text)
    if verdict.verdict != "wrong":
        return
    blanks = blanks_of(item.question, item.answer, item.accept)
    if len(blanks) != 1:
        return
    if not blanks[0].targets:
        if after_marker(text) is not None:
            yield unsure(f"the explanation ends otherwise than the answer: {verdict.why}")
        return
    if after_marker(text) is not None:
        yield fail(f"the explanation comes to another value: {verdict.why}")
        return
    dim = blanks[0].targets[0].dim
    said = [q for q in find(text) if dim and q.unit is not None and q.unit.dim == dim]  # a bare number may be anything
    if said and not any(check(q, t)[0] for q in said for t in blanks[0].targets):
        yield unsure(f"the explanation never comes to the answer: {verdict.why}")
