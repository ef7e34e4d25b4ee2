"""What becomes of each picture while teachers write: the first call, a correction turn, another teacher, the result."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from qa.dataset import file_hash
from qa.item import Item, Lang
from qa.wire import sayable
from synth.pictures.stock import Picture
from synth.teacher.call import Answer, Call, Failure, Message
from synth.teacher.config import Teacher
from synth.teacher.prompts import Prompt
from synth.writing.log import FailureName, Record
from synth.writing.reply import Read, ReplyForm, Skipped, read_json, schema
from synth.writing.rules import BadQuestion, Source, item_of, same_question
from synth.writing.text_form import read_text_form

TOKENS_BASE, TOKENS_A_QUESTION = 500, 350
"""Room for a reply: a question with options and explanation takes about 200 tokens in either language."""
MOST_TIMES = 3
"""So many times the questions asked for are kept of one reply at most."""
PASSED_ON = {"refused", "empty", "rejected", "nothing"}
"""Failures that another teacher may not share."""
_TOLD, _TOLD_LENGTH, _KEPT_LENGTH = 8, 120, 60
"""A correction turn tells of so many reasons, and of so many characters of each and of each good question."""


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to be written about."""

    picture: Picture
    file: Path
    lang: Lang
    teachers: tuple[str, ...]
    """In the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one picture, or of one teacher who could not do it."""

    task: Task
    items: tuple[Item, ...] = ()
    record: Record | None = None
    """None: not finished (budget, a teacher that is out); the next run goes on from the journal."""
    unfinished: str = ""
    """Why it is not finished."""
    last: bool = True
    """No other teacher is asked about this picture."""


@dataclass(slots=True)
class _State:
    task: Task
    turn: int = 0
    """Which of the task's teachers is at it."""
    digest: str = ""
    items: list[Item] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)
    skipped: tuple[Skipped, ...] = ()
    corrected: bool = False


class Desk:
    """Turns answers into results. `follow` is given to the function that asks; it never raises on a reply."""

    def __init__(
        self, teachers: Mapping[str, Teacher], prompts: Mapping[Lang, Prompt], per_picture: int, form: ReplyForm
    ) -> None:
        self.teachers, self.prompts, self.per_picture, self.form = teachers, prompts, per_picture, form
        self.results: deque[Result] = deque()
        self._open: dict[str, _State] = {}
        self._schema = schema() if form == "json" else None

    def first_call(self, task: Task) -> Call:
        """Opens a task; the call's row is the picture's path."""
        self._open[task.picture.path] = _State(task)
        return self._call(task, task.teachers[0])

    def _call(self, task: Task, teacher: str) -> Call:
        prompt = self.prompts[task.lang]
        caption = " ".join(task.picture.caption.split())
        settings = self.teachers[teacher].parameters
        room = max(TOKENS_BASE + TOKENS_A_QUESTION * self.per_picture, int(settings.get("max_tokens") or 0))
        return Call(
            row=task.picture.path,
            teacher=teacher,
            prompt=prompt.version,
            messages=prompt.messages((task.file,), count=self.per_picture, caption=caption),
            parameters={} if "max_completion_tokens" in settings else {"max_tokens": room},
            schema=self._schema,
        )

    def follow(self, answer: Answer) -> Call | None:
        """Takes an answer in: one more call, or a result laid on `results`."""
        state = self._open[answer.call.row]
        if answer.text is None:
            return self._failed(state, answer.failure or Failure("empty", "the answer is empty"))
        try:
            reasons = self._take(state, self._read(answer), cut=answer.finish == "length")
        except OSError as e:
            return self._finish(state, "picture", f"{state.task.file.name}: {e.strerror}")
        missing = self.per_picture - len(state.items)
        if missing > 0 and not state.corrected and (reasons or not state.skipped):
            state.corrected = True
            return self._again(answer, state, reasons, missing)
        if not state.items and not state.skipped:
            return self._finish(
                state, "nothing", "; ".join(dict.fromkeys(state.dropped[:3])) or "no question in the reply"
            )
        return self._finish(state)

    def _failed(self, state: _State, failure: Failure) -> Call | None:
        """No text came. What an earlier reply held is good all the same."""
        if failure.kind in ("budget", "teacher") or (failure.kind == "gave_up" and state.items):
            self._close(Result(state.task, tuple(state.items), unfinished=failure.what))
            return None
        if state.items:
            return self._finish(state)
        return self._finish(state, cast("FailureName", failure.kind), failure.what)

    def _read(self, answer: Answer) -> Read:
        read = read_json if self.form == "json" else read_text_form
        return read(answer.text or "", answer.finish)

    def _take(self, state: _State, read: Read, cut: bool) -> list[str]:
        """Adds the good questions of a reply to the state; returns what is wrong with the others."""
        source = self._source(state)
        reasons = [_sendable(r) for r in read.reasons]
        for question in read.questions:
            try:
                item = item_of(question, source)
                words = same_question(item.question)
                if words in state.seen:
                    raise BadQuestion("stands there twice")
            except BadQuestion as e:
                reasons.append(_sendable(f"“{question.question[:60]}”: {e}"))
                continue
            if len(state.items) < MOST_TIMES * self.per_picture:
                state.seen.add(words)
                state.items.append(item)
        state.dropped += reasons
        if read.skipped:
            state.skipped = tuple(Skipped(category=s.category, reason=_sendable(s.reason)) for s in read.skipped)
        return reasons or (["cut off"] if cut and not read.questions else [])

    def _source(self, state: _State) -> Source:
        task = state.task
        state.digest = state.digest or file_hash(task.file)
        teacher = self.teachers[task.teachers[state.turn]]
        return Source(task.picture, state.digest, task.lang, f"teacher:{teacher.model}@{self._version(task)}")

    def _version(self, task: Task) -> str:
        return self.prompts[task.lang].version

    def _again(self, answer: Answer, state: _State, reasons: Sequence[str], missing: int) -> Call:
        """The correction turn: what was wrong, what is good already, how many are missing."""
        told = "; ".join(r[:_TOLD_LENGTH] for r in reasons[:_TOLD]) or f"{len(state.items)} < {self.per_picture}"
        kept = " / ".join(i.question[:_KEPT_LENGTH] for i in state.items)
        prompt = self.prompts[state.task.lang]
        ask = prompt.part("again", reasons=told, kept=kept, missing=missing, count=self.per_picture, caption="")
        said = sayable(answer.text or "")
        turns = (*answer.call.messages, Message("assistant", said), Message("user", ask))
        return replace(answer.call, messages=turns)

    def _finish(self, state: _State, failure: FailureName | None = None, why: str = "") -> Call | None:
        """Lays the result down; where this teacher failed and another is left, asks that one."""
        task = state.task
        teacher = self.teachers[task.teachers[state.turn]]
        passed_on = failure in PASSED_ON and state.turn + 1 < len(task.teachers)
        record = Record(
            picture=task.picture.path,
            teacher=teacher.name,
            model=teacher.model,
            prompt=self._version(task),
            lang=task.lang,
            items=len(state.items),
            corrected=state.corrected,
            dropped=tuple(state.dropped),
            skipped=state.skipped,
            failure=failure,
            why=_sendable(why),
        )
        self._close(Result(task, tuple(state.items), record, last=not passed_on))
        if not passed_on:
            return None
        self._open[task.picture.path] = _State(task, state.turn + 1, state.digest)
        return self._call(task, task.teachers[state.turn + 1])

    def _close(self, result: Result) -> None:
        self._open.pop(result.task.picture.path, None)
        self.results.append(result)


def _sendable(text: str) -> str:
    """On one line, and without halves of surrogate pairs, which no request or file can hold."""
    return " ".join(sayable(text).split())[:400]
