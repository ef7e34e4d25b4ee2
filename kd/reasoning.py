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
_SAID = "(?:最终|正确|最后)?(?:的)?(?:答案|(?:the\\s)?(?:final\\s|correct\\s)?answer)"
_IS = "(?:\u3011\\s*[:\uff1a]?|[\\s*_\\])]*(?:[:\uff1a]|是|为|is\\b))"
_ANSWER_LINE = re.compile(
    f"^[\\s#*_>\\-\u3010\\[(]*(?:(?:故|所以|因此|综上|则|so|thus|hence|therefore)[,\uff0c\\s]*)?{_SAID}{_IS}.{{0,80}}$",
    re.IGNORECASE,
)
"""A line that says the answer and nothing else: `答案:B`, `**故答案为:B**`, `The final answer is 3 V.`"""
_ANSWER_TAIL = re.compile("(?<=[。.;\uff1b!\n])\\s*(?:答案|(?:final\\s)?answer)\\s*[:\uff1a].{1,40}$", re.IGNORECASE)
"""The answer at the end of the last line of the steps."""


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
    steps, answers = _parted(reply)
    if any(grade_item(item, a).verdict == "wrong" for a in answers):
        return Judged("two answers", read=verdict.read)
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
    """A reply without the lines that say the answer; a reasoning block is unwrapped where nothing else holds steps."""
    steps, _ = _parted(reply)
    return steps


def _parted(reply: str) -> tuple[str, list[str]]:
    """The steps, and what the reply says is the answer, in order."""
    thought = "\n".join(m[1].strip() for m in _THINK.finditer(reply))
    steps, answers = _without_answers(_TAGS.sub("", _THINK.sub("", reply)))
    if len(steps) < _STEPS and thought:
        steps, others = _without_answers(thought)
        answers = others + answers
    return steps, answers


def _without_answers(text: str) -> tuple[str, list[str]]:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    answers = [line for line in lines if _ANSWER_LINE.match(line)]
    kept = [line for line in lines if not _ANSWER_LINE.match(line)]
    while kept and not kept[-1].strip("\u3002 *_-#`"):  # an empty line, a rule
        kept.pop()
    steps = "\n".join(kept)
    if tail := _ANSWER_TAIL.search(steps):
        answers.append(tail[0])
        steps = steps[: tail.start()]
    return re.sub(r"\n{3,}", "\n\n", steps).strip(), answers


def _fault(item: Item, steps: str, bare: bool) -> Outcome | None:
    if len(steps) < _STEPS and not bare:
        return "bare"
    if fault := unfit(steps, item.lang):
        return fault
    plain = clean(steps)
    if after_marker(plain) is not None and grade_item(item, plain).verdict == "wrong":
        return "two answers"
    return None
