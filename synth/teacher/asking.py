"""How a command asks its calls: at once by the scheduler, or by batch files at batch price. One contract for both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher
from synth.teacher.journal import Journal
from synth.teacher.schedule import Follow, ask


class Asker(Protocol):
    """Every call gets exactly one Answer, not in order; `follow` may add calls. Leave early with `closing`."""

    def __call__(
        self,
        calls: Iterable[Call],
        teachers: Mapping[str, Teacher],
        journal: Journal,
        budget: Budget | None = None,
        *,
        follow: Follow | None = None,
    ) -> Iterator[Answer]: ...


def asker(batch: bool, folder: Path, wait: bool = True) -> Asker:
    """`schedule.ask`, or with `batch` the same by batch files, whose state is kept in `folder/batches`.

    Args:
        folder: The dataset folder.
        wait: False (option `--no-wait`): send the batch files, collect what is done, then raise BatchesOpen.

    The commands use it so: `for answer in asker(batch, ds.folder)(calls, teachers, journal, budget, follow=…)`.
    """
    if not batch:
        return ask
    from synth.teacher.batch.run import ask_batch

    return partial(ask_batch, folder=folder / "batches", wait=wait)
