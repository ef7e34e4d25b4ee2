"""A progress bar on a terminal, a line every tenth elsewhere (logs, CI), and between them what goes on for long."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

QUIET = 30.0
"""Seconds after which a log is told a note, though no tenth is done."""


class Advance(Protocol):
    """Told how many are done so far, and perhaps in a few words what came of them."""

    def __call__(self, done: int, note: str = "", /) -> None: ...


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """Yields a function that is told how many are done so far."""
    if sys.stderr.isatty():
        with _bar(what, total) as advance:
            yield advance
    else:
        yield _lines(what, total)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    said, note = TextColumn("{task.description}"), TextColumn("{task.fields[note]}")
    columns = (said, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), note)
    with Progress(*columns, console=Console(file=sys.stderr)) as bar:
        task = bar.add_task(what, total=total, note="")
        yield lambda done, note="", /: bar.update(task, completed=done, note=note)


def _lines(what: str, total: int) -> Advance:
    start, out = time.monotonic(), sys.stderr  # as it is now: a noisy library may be redirected meanwhile
    said, last = 0, start

    def advance(done: int, note: str = "", /) -> None:
        nonlocal said, last
        tenth, now = done * 10 // max(total, 1), time.monotonic()
        if tenth > said or (note and now - last >= QUIET):
            said, last = max(tenth, said), now
            with suppress(OSError):  # nobody reads any more (`2>&1 | head`): no reason to stop the work
                tail = f" {note}" if note else ""
                print(f"{what}: {done}/{total} ({now - start:.0f} s){tail}", file=out, flush=True)

    return advance
