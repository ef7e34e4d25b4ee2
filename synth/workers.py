"""A pool of processes for work that is done in order: the same results whatever the number of workers."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, forkserver
from typing import Any, TypeVar

from qa.errors import KitError

Job = TypeVar("Job")
Result = TypeVar("Result")

CHUNK = 8
"""Jobs a worker does at a time: few, so that Ctrl-C and the progress bar are quick."""


def in_order(
    work: Callable[[Job], Result], jobs: Iterable[Job], workers: int | None = None, chunk: int = CHUNK
) -> Iterator[Result]:
    """The result of every job, in the order of the jobs, with no more than a few chunks waiting in memory.

    `work` must be picklable (a function of a module, or a partial of one) and is sent to each worker once.
    `workers`: all cores when None; with one no process is started.

    Raises KitError when a worker is killed, and whatever `work` raises.
    """
    workers = workers or os.cpu_count() or 1
    source = iter(jobs)
    first = list(itertools.islice(source, chunk + 1))
    if workers == 1 or len(first) <= chunk:
        yield from map(work, itertools.chain(first, source))
        return
    chunks = _chunks(itertools.chain(first, source), chunk)
    context = multiprocessing.get_context("forkserver")
    with no_ctrl_c():
        forkserver.ensure_running()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(work,))
    try:
        waiting: deque[Future[list[Result]]] = deque()
        for some in chunks:
            waiting.append(pool.submit(_do_all, some))
            if len(waiting) >= workers * 4:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool as e:
        raise KitError("a worker was killed (out of memory?); run the same command again with fewer --workers") from e
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _chunks(source: Iterator[Job], size: int) -> Iterator[list[Job]]:
    while some := list(itertools.islice(source, size)):
        yield some


_work: Callable[[Any], Any]
"""Of a worker: what it does to every job."""


def _begin(work: Callable[[Any], Any]) -> None:
    global _work
    live_and_die_with_parent()
    _work = work


def _do_all(jobs: Sequence[Any]) -> list[Any]:
    return [_work(j) for j in jobs]


@contextmanager
def no_ctrl_c() -> Iterator[None]:
    """Processes started here never see a Ctrl-C, or they would show a trace; ours is told it afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def live_and_die_with_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it even if it is killed: a pool's worker would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
