"""All calls of a run through one scheduler: `ask_all` (async) and `ask` (plain iterator)."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import random
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher, TeacherError
from synth.teacher.journal import Journal
from synth.teacher.lane import Lane

Follow = Callable[[Answer], Call | None]
GRACE_S = 60.0
"""How long an interrupted run waits for the answers in flight, which are paid for already."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class _Run:
    """The calls of one `ask_all`: feeds the lanes, counts what is open, hands answers out."""

    def __init__(
        self, teachers: Mapping[str, Teacher], journal: Journal, budget: Budget, follow: Follow | None
    ) -> None:
        self.teachers, self.journal, self.budget, self._follow = teachers, journal, budget, follow
        self.lanes: dict[str, Lane] = {}
        self.out: asyncio.Queue[Answer | BaseException | None] = asyncio.Queue(maxsize=256)
        self.error: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self._fed = False
        self._leaving = False
        self._room = asyncio.Event()
        self._reading = asyncio.Lock()
        self._sessions = contextlib.AsyncExitStack()
        self._rng = random.Random(0)

    def start(self, calls: Iterable[Call]) -> None:
        self._spawn(self._feed(calls))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self.crash(error)

    async def _feed(self, calls: Iterable[Call]) -> None:
        for n, call in enumerate(calls):
            lane = await self._lane(call)
            while lane.full:
                self._room.clear()
                await self._room.wait()
            self._open += 1
            lane.add(call)
            if n % 16 == 15:
                await asyncio.sleep(0)
        self._fed = True
        self._close_if_done()

    async def _lane(self, call: Call) -> Lane:
        lane = self.lanes.get(call.teacher)
        if lane is None:
            import aiohttp

            teacher = self.teachers.get(call.teacher)
            if teacher is None:
                raise TeacherError(f"no teacher is called {call.teacher}; there are {', '.join(self.teachers)}")
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=urlsplit(teacher.base_url).hostname not in _LOOPBACK,  # HTTPS_PROXY and the like
            )
            await self._sessions.enter_async_context(session)
            lane = self.lanes[call.teacher] = Lane(teacher, self, session, self._rng)
            self._spawn(lane.work())
        return lane

    async def emit(self, answer: Answer) -> None:
        """Hands out the one answer of a call, and queues what follows from it."""
        if not self._leaving:
            more = await self._followed(answer)
            if more is not None:
                self._open += 1
                (await self._lane(more)).add(more, first=True)
            await self.out.put(answer)
        self._open -= 1
        self._room.set()
        self._close_if_done()

    async def _followed(self, answer: Answer) -> Call | None:
        """What follows from an answer. One is read in a turn of the loop: sending goes before reading."""
        if self._follow is None:
            return None
        async with self._reading:
            await asyncio.sleep(0)
            return None if self._leaving else self._follow(answer)

    def _close_if_done(self) -> None:
        if self._fed and self._open == 0 and not self._leaving:
            for lane in self.lanes.values():
                lane.close()
            self._spawn(self.out.put(None))

    def crash(self, error: BaseException) -> None:
        """Ends the run with this error; what is in flight still lands in the journal."""
        if self.error is None:
            self.error = error
            self._spawn(self.out.put(error))

    async def leave(self, grace_s: float) -> None:
        """Sends nothing more, lets what is in flight land in the journal, closes the connections."""
        self._leaving = True
        flying = {t for lane in self.lanes.values() for t in lane.flying}
        try:
            await _cancel({t for t in self._tasks if not t.done()})
            until = asyncio.get_running_loop().time() + grace_s
            while flying and asyncio.get_running_loop().time() < until:
                while not self.out.empty():  # an answer that waits for a reader who left
                    self.out.get_nowait()
                _, flying = await asyncio.wait(flying, timeout=0.05)
        finally:
            for task in flying:
                task.cancel()
            await self._sessions.aclose()


async def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def ask_all(
    calls: Iterable[Call],
    teachers: Mapping[str, Teacher],
    journal: Journal,
    budget: Budget | None = None,
    *,
    follow: Follow | None = None,
    grace_s: float = GRACE_S,
) -> AsyncIterator[Answer]:
    """Asks every call and yields exactly one Answer for each, as they come, not in order.

    Args:
        calls: Read as needed, never all at once.
        follow: Sees each answer first and may return one more call (a correction, a second opinion); that goes ahead
            of new work and is answered like any other.
        grace_s: Left early or cancelled (Ctrl-C), the run sends nothing more and waits this long for what is in
            flight, so that it lands in the journal.

    A call that fails is an Answer with a `failure`; so is one the budget did not let through. Leave early with
    `contextlib.aclosing`.

    Raises:
        TeacherError: no run is possible: an unknown teacher, no key, a journal that cannot be written.
    """
    run = _Run(teachers, journal, budget or Budget(), follow)
    run.start(calls)
    try:
        while (got := await run.out.get()) is not None:
            if isinstance(got, BaseException):
                raise got
            yield got
    finally:
        await run.leave(grace_s)


def ask(
    calls: Iterable[Call],
    teachers: Mapping[str, Teacher],
    journal: Journal,
    budget: Budget | None = None,
    *,
    follow: Follow | None = None,
    grace_s: float = GRACE_S,
) -> Iterator[Answer]:
    """`ask_all` without async. Calls are made in a thread (`calls` and `follow` run there), so a slow reader holds
    nothing up; Ctrl-C ends it as told there, a second Ctrl-C at once. Leave early with `contextlib.closing`.
    """
    out: queue.Queue[Answer | BaseException | None] = queue.Queue(maxsize=256)
    loop = asyncio.new_event_loop()
    asking = _Asking(out)

    async def work() -> None:
        run = ask_all(calls, teachers, journal, budget, follow=follow, grace_s=grace_s)
        async with contextlib.aclosing(run) as answers:  # type: ignore[type-var]
            async for answer in answers:
                await asking.put(answer)

    def thread() -> None:
        end: BaseException | None = None
        try:
            asking.task = loop.create_task(work())
            loop.run_until_complete(asking.task)
        except asyncio.CancelledError:
            pass
        except BaseException as e:  # handed to the reader
            end = e
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            asking.end(end)

    worker = threading.Thread(target=thread, name="teachers", daemon=True)
    worker.start()
    try:
        while (got := out.get()) is not None:
            if isinstance(got, BaseException):
                raise got
            yield got
    finally:
        asking.leave(loop, worker)


class _Asking:
    """What the thread that asks and the one that reads share."""

    def __init__(self, out: queue.Queue[Answer | BaseException | None]) -> None:
        self.out = out
        self.task: asyncio.Task[None] | None = None
        self.left = False

    async def put(self, answer: Answer) -> None:
        while not self.left:
            try:
                self.out.put_nowait(answer)
                return
            except queue.Full:
                await asyncio.sleep(0.01)

    def end(self, error: BaseException | None) -> None:
        while not self.left:
            try:
                self.out.put(error, timeout=0.05)
                return
            except queue.Full:
                continue

    def leave(self, loop: asyncio.AbstractEventLoop, worker: threading.Thread) -> None:
        self.left = True
        try:
            self._cancel(loop)
            worker.join()
        except KeyboardInterrupt:
            self._cancel(loop)
            worker.join(timeout=2)
            raise

    def _cancel(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.task is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                loop.call_soon_threadsafe(self.task.cancel)
