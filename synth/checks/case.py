"""One Item's way through the checks that ask: sense, blind, vote. A generator: it yields Calls and is sent Answers.

Votes are asked one after the other and end as soon as they decide; nothing is paid for that changes nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from qa.blanks import blanks_of
from qa.grading import Outcome, grade_item
from qa.item import Check, Item
from qa.names import named
from qa.picking import first_sentence
from qa.quantity import find
from qa.reply import REFUSAL, after_marker, clean, plain
from qa.standing import BLIND, FORM, SENSE, VOTE, latest
from qa.text import DESIGNATOR
from qa.wire import sayable
from synth.checks.asked import blind_call, no_text, one_line, read_sense, read_wording, sense_call, wording_call
from synth.checks.gold import TRUTH, WRITE
from synth.checks.panel import Panel
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher

Steps = Generator[Call, Answer, None]
LATER = ("budget", "gave_up", "teacher", "picture")
"""Failures that say nothing of the Item: it is asked again in the next run."""
LONGEST_ANSWER = 60
"""Characters; more is no answer to a blank."""


class Unanswered(Exception):
    """No answer came for a reason that has nothing to do with the question."""


@dataclass(frozen=True, slots=True)
class Read:
    """One teacher's answer held against an Item."""

    outcome: Outcome
    read: str | None
    why: str
    by_judge: bool = False


@dataclass
class Case:
    """An Item under way. `found` grows; what is in it when the way ends early is right and is kept."""

    item: Item
    root: Path
    panel: Panel
    writer: Teacher | None = None
    """Asked first, for a gold Item only."""
    writer_name: str = ""
    """`origin.writer` that this Item stands for."""
    found: list[Check] = field(default_factory=list)
    is_whole: bool = False
    """Whether it came to its end; otherwise the next run goes on."""

    @property
    def gold(self) -> bool:
        return self.writer is not None

    def steps(self) -> Steps:
        """All calls in order; ends without a word where an answer has to wait for another run."""
        try:
            yield from self._gold() if self.gold else self._ordinary()
        except Unanswered:
            return
        self.is_whole = True

    def _note(self, name: str, verdict: str, by: str, note: str) -> None:
        self.found.append(Check.model_validate({"name": name, "verdict": verdict, "by": by, "note": one_line(note)}))

    # -- an Item of the set -------------------------------------------------------------------------
    def _ordinary(self) -> Steps:
        had = latest(self.item)
        form, judge = had.get(FORM), self.panel.judge
        if form is not None and form.verdict == "unsure" and SENSE not in had and judge is not None:
            answer = yield from _asked(sense_call(self.item, self.root, judge.name, form.note))
            verdict, reason = read_sense(answer)
            self._note(SENSE, verdict, judge.name, reason)
            if verdict == "fail":
                return
        yield from self._confirm(self.item, had)

    # -- a gold Item --------------------------------------------------------------------------------
    def _gold(self) -> Steps:
        writer = self.writer
        assert writer is not None
        answer = yield from _asked(blind_call(self.item, self.root, writer.name))
        read = _graded(self.item, answer)
        verdict = {"right": "pass", "wrong": "fail", "unparsed": "unsure"}[read.outcome]
        self._note(WRITE, verdict, writer.name, read.why)
        # a right answer is the truth itself, however it was worded
        written = self.item if read.outcome == "right" else as_answered(self.item, read.read)
        if read.outcome != "unparsed" and written is not None:
            yield from self._confirm(written, {})

    # -- blind, then votes --------------------------------------------------------------------------
    def _confirm(self, item: Item, had: dict[str, Check]) -> Steps:
        second = self.panel.second(self.writer_name)
        if second is None:
            return
        answer = yield from _asked(blind_call(item, self.root, second.name))
        if self.gold:
            truth = _graded(self.item, answer).outcome
            self._note(
                TRUTH, {"right": "pass", "wrong": "fail", "unparsed": "unsure"}[truth], second.name, no_or(answer)
            )
        read = yield from self._held_against(item, answer)
        if read.outcome == "right":
            how = ", the wording judged the same" if read.by_judge else ""
            self._note(BLIND, "pass", second.name, f"answered {read.read}{how}")
            return
        said = f"answered {read.read}" if read.read else f"no readable answer, {read.why}{_last_line(answer)}"
        self._note(BLIND, "unsure", second.name, f"{said}, written {item.answer_text}")
        third = self.panel.third(self.writer_name, second)
        if third is not None:
            yield from self._vote(item, answer, as_answered(item, read.read), third)

    def _vote(self, item: Item, seconds: Answer, other: Item | None, third: Teacher) -> Steps:
        """`other`: the Item with the second teacher's answer, if one could be read."""
        panel = self.panel
        written = rival = unread = 0
        for n in range(panel.votes):
            answer = yield from _asked(blind_call(item, self.root, third.name, n, panel.temperature))
            read = yield from self._held_against(item, answer)
            if read.outcome == "right":
                written += 1
            elif read.outcome == "unparsed":
                unread += 1
            elif other is not None and (yield from self._same(other, seconds, answer, read)):
                rival += 1
            left = panel.votes - n - 1
            if max(written, rival) >= panel.quorum or max(written, rival) + left < panel.quorum:
                break
        asked = n + 1
        if written >= panel.quorum:
            self._note(VOTE, "pass", third.name, f"{written} of {asked} votes for {item.answer_text}")
        elif rival >= panel.quorum and other is not None:
            note = (
                f"{rival} of {asked} votes and the second teacher for {other.answer_text}, written {item.answer_text}"
            )
            self._note(VOTE, "fail", third.name, note)
        else:
            note = f"no quorum of {panel.quorum} in {asked} votes: {written} for {item.answer_text} as written"
            note += f", {rival} for {other.answer_text}" if other else ""
            self._note(VOTE, "unsure", third.name, note + (f", {unread} unreadable" if unread else ""))

    def _same(self, other: Item, seconds: Answer, answer: Answer, read: Read) -> Generator[Call, Answer, bool]:
        """Whether a vote says what the second teacher said; either may have put words around it."""
        if (yield from self._held_against(other, answer)).outcome == "right":
            return True
        turned = as_answered(other, read.read)
        return turned is not None and _graded(turned, seconds).outcome == "right"

    def _held_against(self, item: Item, answer: Answer) -> Generator[Call, Answer, Read]:
        """Our grader's word; where it cannot compare two wordings, the judge's."""
        read = _graded(item, answer)
        judge = self.panel.judge
        if read.outcome != "wrong" or judge is None or not read.read or not is_free_text(item):
            return read
        same = read_wording((yield from _asked(wording_call(item, judge.name, item.answer_text, read.read))))
        return Read("right", read.read, "judged the same", by_judge=True) if same else read


def _asked(call: Call) -> Generator[Call, Answer, Answer]:
    answer = yield call
    if answer.failure is not None and answer.failure.kind in LATER:
        raise Unanswered
    return answer


def _graded(item: Item, answer: Answer) -> Read:
    if answer.text is None:
        return Read("unparsed", None, no_text(answer))
    if answer.finish == "length":  # a step on the way would be read as the answer
        return Read("unparsed", None, "the reply is cut off at max_tokens")
    v = grade_item(item, answer.text)
    if v.verdict == "unparsed" and _wants_quantity(item) and (other := _of_another_kind(answer.text)):
        return Read("wrong", other, f"answered {other}")
    return Read(v.verdict, sayable(v.read) if v.read else v.read, v.why)


def _wants_quantity(item: Item) -> bool:
    blanks = blanks_of(item.question, item.answer, item.accept) if item.form == "fill" else ()
    return len(blanks) == 1 and bool(blanks[0].targets)


def _of_another_kind(text: str) -> str | None:
    """What an answer line says where a quantity was written and none is said: `R1` for 42 is a disagreement."""
    marked = after_marker(clean(text))
    if not marked or REFUSAL.search(marked) or find(marked):
        return None
    said = first_sentence(marked).strip()
    return said if 0 < len(said) <= LONGEST_ANSWER else None


def _last_line(answer: Answer) -> str:
    """What a reply that could not be read ends with, for the person who looks at it."""
    lines = [line for line in (answer.text or "").splitlines() if line.strip()]
    return f": {one_line(lines[-1], 60)!r}" if lines else ""


def no_or(answer: Answer) -> str:
    """The reason why there is no text; empty where there is one."""
    return no_text(answer) if answer.text is None else ""


def as_answered(item: Item, read: str | None) -> Item | None:
    """The Item as if this had been written as its answer; None where it is no possible answer."""
    if not read or not isinstance(item.answer, str):
        return None  # several blanks: which part is whose is not known any more
    try:
        return Item.model_validate({**item.model_dump(), "answer": read, "accept": ()})
    except ValidationError:
        return None


def is_free_text(item: Item) -> bool:
    """Whether the answer is in words that no table of ours knows: the grader wants them as written."""
    if item.form != "fill" or not isinstance(item.answer, str):
        return False
    blanks = blanks_of(item.question, item.answer, item.accept)
    text = plain(item.answer)
    return len(blanks) == 1 and not blanks[0].targets and not named(text) and not DESIGNATOR.fullmatch(text)
