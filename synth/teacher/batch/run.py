"""`ask_batch`: the contract of `schedule.ask`, by batch files. Journal first, then files, then polling, in rounds."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from synth.teacher.batch.desk import Desk, Work
from synth.teacher.batch.provider import Batch, Refused, Unavailable
from synth.teacher.batch.results import Result, of_missing, read_line, too_many_tokens
from synth.teacher.batch.state import Part, State
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call, Failure, FailureKind, Request, make_request
from synth.teacher.config import Teacher, TeacherError
from synth.teacher.journal import Journal
from synth.teacher.lane import answer_of
from synth.teacher.schedule import Follow

POLL_S = 60.0
MOST_TRIES = 4
"""Batches a row is put into before it is given up."""


class BatchesOpen(TeacherError):
    """Batch files are sent and not done, and the run was told not to wait."""

    exit_code = 75  # EX_TEMPFAIL: not done, try again later


def _say(line: str) -> None:
    print(f"batch: {line}", file=sys.stderr, flush=True)


def ask_batch(
    calls: Iterable[Call],
    teachers: Mapping[str, Teacher],
    journal: Journal,
    budget: Budget | None = None,
    *,
    follow: Follow | None = None,
    folder: Path,
    poll_s: float = POLL_S,
    progress: Callable[[str], None] = _say,
    wait: bool = True,
) -> Iterator[Answer]:
    """Asks every call by batch files and yields exactly one Answer for each, at batch price.

    Answers that are in the journal come first and are not sent. What a killed or interrupted run sent is not sent
    again: the same command goes on with it. Calls that `follow` adds, and rows that failed but may not fail again,
    form the next round of files.

    Args:
        folder: Where the files are written and the state of what was sent is kept; one run at a time works there.
        poll_s: Longest time between two looks at a batch, in seconds.
        progress: Told in one line what is going on.
        wait: False: once everything is sent and what is done is collected, raise BatchesOpen.

    Raises:
        TeacherError: no run is possible: an unknown teacher, one without batch files or without their price, no key,
            a state that another run uses or that cannot be written.
    """
    with State(folder) as state:
        run = _Run(teachers, journal, budget or Budget(), state, poll_s, progress, wait)
        try:
            run.resume()
            todo: Iterable[Call] = calls
            while True:
                more: list[Call] = []
                for answer in run.round(todo):
                    extra = follow(answer) if follow else None
                    if extra is not None:
                        more.append(extra)
                    yield answer
                more += run.again
                run.again = []
                if not more:
                    break
                todo = more
        except KeyboardInterrupt:
            if rows := run.open_rows():
                progress(f"{rows} rows are with the provider; run the same command again to collect them")
            raise


class _Run:
    def __init__(
        self,
        teachers: Mapping[str, Teacher],
        journal: Journal,
        budget: Budget,
        state: State,
        poll_s: float,
        say: Callable[[str], None],
        wait: bool,
    ) -> None:
        self.again: list[Call] = []
        self._teachers, self._journal, self._budget, self._state = teachers, journal, budget, state
        self._poll_s, self._say, self._wait = poll_s, say, wait
        self._desks: dict[str, Desk] = {}
        self._waiting: dict[str, list[Call]] = {}
        self._held: dict[str, float] = {}
        self._sent: dict[str, Request] = {}
        """Rows an earlier run sent and did not collect."""
        self._tries: Counter[str] = Counter()

    def resume(self) -> None:
        """Takes up what an earlier run left; what it did not send is dropped and written anew."""
        for part in self._state.parts():
            if part.step == "writing":
                self._state.forget(part)
                continue
            if self._budget.max_requests == 0:  # from the journal alone
                continue
            teacher = self._teachers.get(part.teacher)
            if teacher is None or teacher.base_url != part.base_url:
                self._say(f"a batch file of {part.teacher} ({part.base_url}) is open; no teacher here matches it")
                continue
            try:
                teacher.key()
                desk = self._desk(part.teacher)
            except TeacherError as e:  # it may be of another command, which needs other keys
                self._say(f"a batch file is open and left alone: {e}")
                continue
            self._take_up(desk, part)

    def _take_up(self, desk: Desk, part: Part) -> None:
        work = Work(part, resumed=True)
        while part.step == "sending" and not desk.dead:
            try:
                if not desk.find(work):
                    self._state.forget(part)
                    return
            except Unavailable as e:
                desk.failed(work, e)
                time.sleep(max(0.0, work.due - time.monotonic()))
            except Refused as e:
                desk.dead = f"teacher {desk.teacher.name}: {e}"
        work.due = 0.0
        desk.work.append(work)
        self._sent |= part.requests

    def open_rows(self) -> int:
        return sum(len(w.part.requests) for d in self._desks.values() for w in d.work if w.part.step != "writing")

    def round(self, calls: Iterable[Call]) -> Iterator[Answer]:
        """Answers these calls, but for those put into `again`."""
        for call in calls:
            yield from self._enter(call)
        for desk in self._desks.values():
            desk.seal()
        while works := [(d, w) for d in self._desks.values() for w in d.work]:
            for desk, work in works:
                if (batch := desk.step(work)) is not None:
                    yield from self._collect(desk, work, batch)
            for desk in self._desks.values():
                if desk.dead:
                    yield from self._give_up(desk)
            if not self._waiting and all(
                w.resumed and (w.said or w.failures) for d in self._desks.values() for w in d.work
            ):
                break  # what other commands sent and is not done is no reason to wait
            self._pause()

    def _desk(self, name: str) -> Desk:
        if name not in self._desks:
            if name not in self._teachers:
                raise TeacherError(f"no teacher is called {name}; there are {', '.join(self._teachers)}")
            self._desks[name] = Desk(self._teachers[name], self._state, self._poll_s, self._say)
        return self._desks[name]

    def _enter(self, call: Call) -> Iterator[Answer]:
        """Answers a call from the journal, or puts it into a file."""
        desk = self._desk(call.teacher)
        try:
            request = make_request(call, desk.teacher)
        except TeacherError as e:
            yield Answer(call, "", failure=Failure("picture", str(e)))
            return
        key = request.key
        if (kept := self._journal.find(key)) and (answer := answer_of(request, kept)):
            yield replace(answer, cached=True)
        elif key in self._waiting:
            self._waiting[key].append(call)
        elif key in self._sent:
            sent = self._sent.pop(key)
            self._hold(key, desk.teacher.price.cost(sent.most_in, sent.most_out))
            self._budget.requests += 1
            self._waiting[key] = [call]
        elif desk.dead:
            yield Answer(call, key, failure=Failure("teacher", desk.dead), attempts=self._tries[key])
        elif too_large := desk.fits(request):
            yield Answer(call, key, failure=Failure("rejected", too_large))
        elif (held := self._budget.take(request, desk.teacher)) is None:
            yield Answer(call, key, failure=Failure("budget", self._no_room()), attempts=self._tries[key])
        else:
            self._held[key] = held
            self._waiting[key] = [call]
            desk.write(request)

    def _hold(self, key: str, dollars: float) -> None:
        """Sets dollars aside for a row that an earlier run sent."""
        self._held[key] = dollars
        self._budget.held += dollars

    def _no_room(self) -> str:
        b = self._budget
        return b.stopped or (
            f"max_cost {b.max_cost:g} reached: ${b.cost:.4f} spent, the rows in batch files may cost ${b.held:.4f};"
            " run again when they are collected"
        )

    def _collect(self, desk: Desk, work: Work, batch: Batch) -> Iterator[Answer]:
        """Stores what an ended batch brought, answers its calls, forgets the part."""
        part = work.part
        try:
            for file in batch.results:
                for line in desk.provider.lines(file):
                    result = read_line(line, desk.teacher)
                    if result is not None and result.key in part.requests and result.key not in work.seen:
                        work.seen.add(result.key)
                        yield from self._settle(desk, part, result)
        except Unavailable as e:
            desk.failed(work, e)
            return
        except Refused as e:
            if not e.gone:
                desk.dead = f"teacher {desk.teacher.name}: {e}"
                return
            self._say(f"{desk.teacher.name}: {batch.id}: {e}; its rows are asked again")
        smaller = too_many_tokens(batch)
        if smaller:
            waiting = sum(w.part.tokens for w in desk.work if w.part.step != "writing")
            desk.most_tokens = max(1, waiting // 2)
            self._say(f"{desk.teacher.name}: more tokens than the account lets wait; smaller files from now on")
        for n, key in enumerate(part.requests, start=1):
            if key not in work.seen:
                free = smaller and len(part.requests) > 1
                yield from self._settle(desk, part, of_missing(batch, n, key, desk.teacher), free)
        self._state.forget(part)
        desk.work.remove(work)

    def _settle(self, desk: Desk, part: Part, result: Result, free: bool = False) -> Iterator[Answer]:
        request, key = part.requests[result.key], result.key
        answer, cost = None, 0.0
        if result.kind == "ok":
            kept = self._journal.find(key)
            if kept is None or kept.body != desk.teacher.scrub(result.body):  # a killed run may have stored it already
                kept = self._journal.store(request, desk.teacher, result.body, time.time() - part.at)
            answer, cost = answer_of(request, kept), kept.cost
        if key in self._held:  # else it was sent, and paid for, by another run
            self._budget.settle(self._held.pop(key), cost)
        calls = self._waiting.pop(key, [])
        self._sent.pop(key, None)
        self._tries[key] += not free
        if answer is not None:
            for n, call in enumerate(calls):
                yield replace(answer, call=call, cached=n > 0, attempts=self._tries[key])
        elif result.kind in ("ok", "again") and self._tries[key] < MOST_TRIES:
            self.again += calls
        else:
            yield from self._fail(calls, key, result)

    def _fail(self, calls: list[Call], key: str, result: Result) -> Iterator[Answer]:
        kinds: dict[str, FailureKind] = {"rejected": "rejected", "fatal": "teacher"}
        what = result.what or "an answer that is no chat completion"
        if result.kind in ("ok", "again"):
            what = f"after {MOST_TRIES} batches: {what}"
        for call in calls:
            failure = Failure(kinds.get(result.kind, "gave_up"), what)
            yield Answer(call, key, failure=failure, attempts=self._tries[key])

    def _give_up(self, desk: Desk) -> Iterator[Answer]:
        """Answers what waits for a teacher that is given up; what it has been sent stays in the state."""
        for work in desk.work:
            if work.part.step == "writing":
                self._state.forget(work.part)
            for key in work.part.requests:
                self._sent.pop(key, None)  # who asks for it later in this run is told at once
                self._budget.settle(self._held.pop(key, 0.0), 0.0)
                yield from self._fail(self._waiting.pop(key, []), key, Result(key, "fatal", what=desk.dead))
        desk.work.clear()

    def _pause(self) -> None:
        """Sleeps until the next step of a part is due; told not to wait, it leaves once all are sent and looked at."""
        works = [w for d in self._desks.values() for w in d.work]
        if works and not self._wait and all(w.said for w in works):
            raise BatchesOpen(
                f"{self.open_rows()} rows in {len(works)} batch file{'s' * (len(works) > 1)} are with the provider;"
                " run the same command again to collect them"
            )
        time.sleep(max(0.0, min((w.due for w in works), default=0.0) - time.monotonic()))
