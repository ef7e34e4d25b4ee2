"""One teacher's part of a run: which call goes next, when, and what becomes of its reply."""

from __future__ import annotations

import asyncio
import heapq
import logging
import random
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from qa.wire import Reply, post, text_of
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call, Failure, FailureKind, Request, make_request
from synth.teacher.config import Teacher, TeacherError
from synth.teacher.journal import Journal, Kept
from synth.teacher.pace import Pace

if TYPE_CHECKING:
    import aiohttp

MOST_TRIES = 12
"""Of one call, 429s not counted: with every third request failing, one row in a million is given up."""
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.25, 60.0
REJECTED_IN_A_ROW = 20
"""So many requests turned down (4xx) and none taken: the settings are wrong, not the rows."""
_POLL_S = 0.02
log = logging.getLogger(__name__)


class Run(Protocol):
    """What a lane needs of the run it is part of."""

    budget: Budget
    journal: Journal

    async def emit(self, answer: Answer) -> None: ...
    def crash(self, error: BaseException) -> None: ...


@dataclass(order=True, slots=True)
class Job:
    """A request that waits for its (next) try."""

    due: float
    order: int
    request: Request = field(compare=False)
    tries: int = field(default=0, compare=False)


class Lane:
    """Asks one teacher. Calls come in by `add`, answers leave by `run.emit`."""

    def __init__(self, teacher: Teacher, run: Run, session: aiohttp.ClientSession, rng: random.Random) -> None:
        self.teacher, self.run, self.session, self._rng = teacher, run, session, rng
        self._clock = asyncio.get_running_loop().time
        self.pace = Pace(teacher.rpm, teacher.tpm, self._clock)
        self.fresh: deque[Call] = deque()
        self._waiting: list[Job] = []
        self._twins: dict[str, list[Call]] = {}
        """Calls that ask what is being asked already: they get the same answer."""
        self._slots = asyncio.Semaphore(teacher.concurrency)
        self.flying: set[asyncio.Task[None]] = set()
        self._landing: set[asyncio.Task[None]] = set()
        """Their answers are in the journal and wait to be read; their slots are free again."""
        self.wake = asyncio.Event()
        self.closed = False
        self._dead = ""
        self._order = 0
        self._rejected = 0
        self._failing_since: float | None = None

    def add(self, call: Call, first: bool = False) -> None:
        """Queues a call, ahead of the others if asked to."""
        (self.fresh.appendleft if first else self.fresh.append)(call)
        self.wake.set()

    @property
    def full(self) -> bool:
        """Whether enough calls wait here already."""
        return len(self.fresh) >= 4 * self.teacher.concurrency + 64

    def close(self) -> None:
        self.closed = True
        self.wake.set()

    async def work(self) -> None:
        """Until closed: takes jobs as slots, pace and budget allow. Every call added is answered exactly once."""
        while True:
            await self._slots.acquire()
            sending = False
            try:
                job = await self._next()
                if job is None:
                    return
                held = await self._cleared(job)
                if held is None:
                    continue
                guess = job.request.most_in + job.request.most_out
                task = asyncio.create_task(self._attempt(job, held, self.pace.sent(guess), guess))
                sending = True
                self.flying.add(task)
                task.add_done_callback(self._landed)
            finally:
                if not sending:
                    self._slots.release()

    def _landed(self, task: asyncio.Task[None]) -> None:
        self.flying.discard(task)
        if task not in self._landing:
            self._slots.release()
        self._landing.discard(task)
        self.wake.set()
        if not task.cancelled() and (error := task.exception()):
            self.run.crash(error)

    async def _next(self) -> Job | None:
        while True:
            now = self._clock()
            hopeless = bool(self._dead or self.run.budget.stopped)
            if self._waiting and (hopeless or self._waiting[0].due <= now):
                return heapq.heappop(self._waiting)
            if self.fresh and (hopeless or len(self._waiting) < 2 * self.teacher.concurrency):
                if job := await self._opened(self.fresh.popleft()):
                    return job
                continue
            if self.closed:
                return None
            self.wake.clear()
            try:
                async with asyncio.timeout(self._waiting[0].due - now if self._waiting else None):
                    await self.wake.wait()
            except TimeoutError:
                pass

    async def _opened(self, call: Call) -> Job | None:
        """The job of a new call; None where the journal, or a call in flight, answers it."""
        try:
            request = make_request(call, self.teacher)
        except TeacherError as e:
            await self.run.emit(Answer(call, "", failure=Failure("picture", str(e))))
            return None
        if (kept := self.run.journal.find(request.key)) and (answer := answer_of(request, kept)):
            await self.run.emit(replace(answer, cached=True))
            return None
        if request.key in self._twins:
            self._twins[request.key].append(call)
            return None
        self._twins[request.key] = []
        return self._job(request, 0.0)

    def _job(self, request: Request, due: float, tries: int = 0) -> Job:
        self._order += 1
        return Job(due, self._order, request, tries)

    async def _cleared(self, job: Job) -> float | None:
        """Waits for budget and pace; returns the dollars held, or None where the job ended here."""
        while not self._dead:
            if wait := self.pace.delay():
                await asyncio.sleep(min(wait, 1.0))  # the teacher may be given up meanwhile
                continue
            if job.request.body is None and not self._reread(job):
                await self._fail(job, "picture", "its picture changed or vanished while it was being asked")
                return None
            held = self.run.budget.take(job.request, self.teacher)
            if held is not None:
                return held
            if self.run.budget.stopped:
                await self._fail(job, "budget", self.run.budget.stopped)
                return None
            await asyncio.sleep(_POLL_S)
        await self._fail(job, "teacher", self._dead)
        return None

    def _reread(self, job: Job) -> bool:
        try:
            again = make_request(job.request.call, self.teacher)
        except TeacherError:
            return False
        same = again.key == job.request.key
        job.request = again if same else job.request
        return same

    async def _attempt(self, job: Job, held: float, sent: float, guess: int) -> None:
        assert job.request.body is not None
        cost, kept = 0.0, None
        try:
            reply = await post(self.session, self.teacher, job.request.body)
            job.request = job.request.without_body()
            if reply.kind == "ok":  # on disk before anything reads it
                kept = self.run.journal.store(job.request, self.teacher, reply.body, self._clock() - sent)
                cost = kept.cost
        finally:
            self.run.budget.settle(held, cost)
        if kept is not None:
            self.pace.answered(guess, kept.tokens_in + kept.tokens_out)
            self._free_slot()
        await self._judge(job, reply, kept, sent)

    def _free_slot(self) -> None:
        """The next request goes out before this answer is read, unless too many wait to be read already."""
        task = asyncio.current_task()
        if task is not None and len(self._landing) < self.teacher.concurrency:
            self._landing.add(task)
            self._slots.release()

    async def _judge(self, job: Job, reply: Reply, kept: Kept | None, sent: float) -> None:
        now = self._clock()
        if kept is not None:
            if answer := answer_of(job.request, kept):
                self._failing_since, self._rejected = None, 0
                await self._done(replace(answer, attempts=job.tries + 1))
                return
            reply = Reply("again", what="an answer that is no chat completion")
        log.info("teacher %s: %s: %s", self.teacher.name, job.request.call.row, reply.what)
        if reply.kind == "rejected":
            self._failing_since = None
            self._rejected += 1
            if self._rejected >= REJECTED_IN_A_ROW:
                self._dead = f"teacher {self.teacher.name}: {self._rejected} requests in a row rejected: {reply.what}"
            await self._fail(job, "rejected", reply.what)
            return
        if self._failing_since is None:
            self._failing_since = now
        if reply.kind == "fatal":
            self._dead = f"teacher {self.teacher.name}: {reply.what}"
        elif max(now - self._failing_since, reply.retry_after or 0.0) > self.teacher.patience_s:
            self._dead = (
                f"teacher {self.teacher.name}: no answer to be had in {self.teacher.patience_s:g} s: {reply.what}"
            )
        if self._dead:
            await self._fail(job, "teacher", self._dead)
        elif reply.kind == "slow_down":
            self.pace.turned_down(sent, reply.retry_after)
            heapq.heappush(self._waiting, self._job(job.request, now, job.tries))
        elif job.tries + 1 >= MOST_TRIES:
            await self._fail(job, "gave_up", f"after {MOST_TRIES} tries: {reply.what}")
        else:
            due = now + max(self._backoff(job.tries), reply.retry_after or 0.0)
            heapq.heappush(self._waiting, self._job(job.request, due, job.tries + 1))

    def _backoff(self, tries: int) -> float:
        return self._rng.uniform(0.5, 1.0) * float(min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2**tries))

    async def _fail(self, job: Job, kind: FailureKind, what: str) -> None:
        request = job.request
        await self._done(Answer(request.call, request.key, failure=Failure(kind, what), attempts=job.tries))

    async def _done(self, answer: Answer) -> None:
        twins = self._twins.pop(answer.key, [])
        await self.run.emit(answer)
        for twin in twins:
            await self.run.emit(replace(answer, call=twin, cached=answer.text is not None))


def answer_of(request: Request, kept: Kept) -> Answer | None:
    """The Answer that a kept body gives to a request; None when it is no chat completion (worth asking again)."""
    said = text_of(kept.body)
    if said is None:
        return None
    failure = Failure(said.fault, said.why) if said.fault else None
    return Answer(
        request.call, request.key, said.text, failure, False,
        said.finish, kept.tokens_in, kept.tokens_out, kept.cost,
    )  # fmt: skip
