"""A graded reply made into what a student learns to say: the steps, then the answer line of every training row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from kd.wording import unfit
from qa.grading import grade_item
from qa.item import Item
from qa.prompts import LEAD
from qa.reply import after_marker, clean

Outcome = Literal["right", "wrong", "unparsed", "cut", "bare", "two answers", "language", "markup", "long"]
"""right: kept. wrong, unparsed: as the grader says. cut: the reply ended before it was done. bare: an answer without
steps. two answers: the steps announce another answer than the last line. language: not the question's. markup: marks
of chat templates. long: more than LONGEST characters."""
LEFT_OUT: tuple[Outcome, ...] = ("cut", "bare", "two answers", "language", "markup", "long")
"""Right, or not to be told, but nothing to learn from."""
_STEPS = 12
"""Fewer characters than this are no steps."""
_THINK = re.compile(r"<think>(.*?)</think>\s*", re.DOTALL)
_TAGS = re.compile(r"</?answer>|<\|(?:im_end|endoftext|eot_id)\|>\s*\Z")
_LAST = re.compile(
    "^[\\s#*_>\\-\u3010\\[(]*(?:最终|正确|最后)?(?:的)?(?:答案|(?:the\\s)?(?:final\\s|correct\\s)?answer)"
    "[\\s*_\u3011\\])]*(?:[:\uff1a]|是|为|is\\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one reply."""

    outcome: Outcome
    text: str = ""
    """Steps and answer line, for the row; empty unless right."""
    read: str | None = None
    """The answer the grader read."""

    @property
    def graded_right(self) -> bool:
        """Whether the grader found the answer right, whatever else is wrong with the reply."""
        return self.outcome not in ("wrong", "unparsed", "cut")


def judge(item: Item, reply: str, cut: bool = False, bare: bool = False) -> Judged:
    """Grades a reply and makes the row's text of it. Never raises on a reply, whatever it holds.

    Args:
        bare: Keep answers without steps too.
    """
    if cut:
        return Judged("cut")
    verdict = grade_item(item, reply)
    if verdict.verdict != "right":
        return Judged(verdict.verdict, read=verdict.read)
    steps = steps_of(reply)
    if fault := _fault(item, steps, bare):
        return Judged(fault, read=verdict.read)
    text = f"{steps}\n{answer_line(item)}" if steps else answer_line(item)
    if grade_item(item, text).verdict != "right":  # what the student is to say must be right by the same grader
        return Judged("two answers", read=verdict.read)
    return Judged("right", text, verdict.read)


def answer_line(item: Item) -> str:
    """`答案:B`, as in every training row."""
    return f"{LEAD[item.lang]}{item.answer_text}"


def steps_of(reply: str) -> str:
    """A reply without its last answer line; a reasoning block is unwrapped where nothing else holds steps."""
    thought = "\n".join(m[1].strip() for m in _THINK.finditer(reply))
    said = _without_answer(_TAGS.sub("", _THINK.sub("", reply)))
    if len(said) < _STEPS and thought:
        said = _without_answer(thought)
    return said


def _without_answer(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    while lines and (not lines[-1].strip("\u3002 *_-#`") or _LAST.match(lines[-1])):
        lines.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _fault(item: Item, steps: str, bare: bool) -> Outcome | None:
    if len(steps) < _STEPS and not bare:
        return "bare"
    if fault := unfit(steps, item.lang):
        return fault
    plain = clean(steps)
    if after_marker(plain) is not None and grade_item(item, plain).verdict == "wrong":
        return "two answers"
    return None
