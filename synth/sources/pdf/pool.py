"""Processes for work on files that may crash or hang them: a job that does so is lost alone, the rest goes on."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection, forkserver
from typing import Any, Generic, TypeVar

from synth.workers import live_and_die_with_parent, no_ctrl_c

Job = TypeVar("Job")
Result = TypeVar("Result")

LIMIT_S = 60.0
"""Seconds a job may take."""
MEMORY = 6 * 2**30
"""Bytes of address space a worker may use: a page that claims more fails alone."""
AHEAD = 4
"""Chunks a worker may be ahead of the first job that is not done."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A job that ended its worker."""

    why: str


@dataclass
class _Chunk(Generic[Job]):
    start: int
    jobs: deque[Job]
    """Those not done yet."""
    results: list[Any] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return not self.jobs


class _Worker:
    """A process that does one chunk at a time."""

    def __init__(self, work: Callable[[Any], Any], begin: Callable[[], None], memory: int) -> None:
        context = multiprocessing.get_context("forkserver")
        self.pipe, theirs = context.Pipe()
        with no_ctrl_c():
            forkserver.ensure_running()
            self.process = context.Process(target=_serve, args=(theirs, work, begin, memory), daemon=True)
            self.process.start()
        theirs.close()
        self.chunk: _Chunk[Any] | None = None
        self.since = time.monotonic()
        self.ready = False
        """Imports are done: from here on the time of the jobs counts."""

    def give(self, chunk: _Chunk[Any]) -> None:
        self.chunk, self.since = chunk, time.monotonic()
        with suppress(OSError):  # it is dead; the parent sees so by its pipe
            self.pipe.send(list(chunk.jobs))

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _nothing() -> None:
    pass


def each(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    workers: int | None = None,
    chunk: int = 8,
    limit_s: float = LIMIT_S,
    begin: Callable[[], None] = _nothing,
    memory: int = MEMORY,
) -> Iterator[Result | Lost]:
    """The result of every job, in the order of the jobs; Lost for one that crashed, hung, or outgrew its worker.

    `work` is picklable; a job that raises is lost too. `begin` is called in every worker, off the clock.
    All work is done in other processes, also with
    one worker. `workers`: all cores when None. A few chunks wait in memory, never all.
    """
    count = workers or os.cpu_count() or 1
    source = iter(jobs)
    starts = itertools.count()
    waiting: deque[_Chunk[Job]] = deque()  # in order; the first is the next to be handed out
    undone: deque[_Chunk[Job]] = deque()
    pool: list[_Worker] = []
    try:
        while True:
            while len(waiting) < count * AHEAD and (some := deque(itertools.islice(source, chunk))):
                new = _Chunk(next(starts), some)
                waiting.append(new)
                undone.append(new)
            while waiting and (waiting[0].results or waiting[0].done):
                yield from waiting[0].results
                waiting[0].results = []
                if not waiting[0].done:
                    break
                waiting.popleft()
            if not waiting:
                if (first := next(source, None)) is None:
                    return
                source = itertools.chain([first], source)
                continue
            _hand_out(pool, undone, count, partial(_Worker, work, begin, memory))
            _listen(pool, undone, limit_s)
    finally:
        for worker in pool:
            worker.end()


def _hand_out(pool: list[_Worker], undone: deque[_Chunk[Any]], count: int, start: Callable[[], _Worker]) -> None:
    for worker in pool:
        if worker.chunk is None and undone:
            worker.give(undone.popleft())
    while undone and len(pool) < count:
        pool.append(start())
        pool[-1].give(undone.popleft())


def _listen(pool: list[_Worker], undone: deque[_Chunk[Any]], limit_s: float) -> None:
    """Take in what is ready; end workers that are dead or too slow and give back what they had not done."""
    busy = [w for w in pool if w.chunk is not None]
    soonest = min(w.since + _allowed(w, limit_s) for w in busy) - time.monotonic()
    ready = connection.wait([w.pipe for w in busy], timeout=max(0.0, soonest))
    for worker in busy:
        chunk = worker.chunk
        assert chunk is not None
        if worker.pipe in ready:
            try:
                result = worker.pipe.recv()
            except (EOFError, OSError):
                worker.process.join(5)
                _lose(pool, undone, worker, f"ended its worker ({_ending(worker.process.exitcode)})")
                continue
            worker.since = time.monotonic()
            if not worker.ready:
                worker.ready = True
                continue
            chunk.jobs.popleft()
            chunk.results.append(result)
            if chunk.done:
                worker.chunk = None
        elif time.monotonic() - worker.since >= _allowed(worker, limit_s):
            _lose(pool, undone, worker, f"took longer than {limit_s:g} s")


def _allowed(worker: _Worker, limit_s: float) -> float:
    return limit_s if worker.ready else max(limit_s, LIMIT_S)


def _lose(pool: list[_Worker], undone: deque[_Chunk[Any]], worker: _Worker, why: str) -> None:
    chunk = worker.chunk
    assert chunk is not None
    chunk.jobs.popleft()
    chunk.results.append(Lost(why))
    if chunk.jobs:
        undone.appendleft(chunk)
    worker.end()
    pool.remove(worker)


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _serve(pipe: connection.Connection, work: Callable[[Any], Any], begin: Callable[[], None], memory: int) -> None:
    """Of a worker: one result a job, until the parent goes."""
    import resource

    live_and_die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    begin()
    pipe.send(None)
    while True:
        try:
            jobs = pipe.recv()
        except (EOFError, OSError):
            return
        for job in jobs:
            try:
                result = work(job)
            except Exception as e:  # a fault of ours on one odd page must not cost the others
                result = Lost(f"failed ({type(e).__name__}: {' '.join(str(e).split())[:160]})")
            pipe.send(result)
