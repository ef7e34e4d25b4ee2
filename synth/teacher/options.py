"""Options that every command which asks teachers shares, and the teachers they name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.errors import KitError

if TYPE_CHECKING:  # every --help reads this file
    from synth.teacher.config import Teacher

DEFAULT_FILE = Path("teachers.yaml")

TeachersFile = Annotated[
    Path | None,
    typer.Option("--teachers", help="teachers.yaml; the one of the current folder, else presets", show_default=False),
]
MaxCost = Annotated[float | None, typer.Option(min=0, help="US dollars this run may spend at most")]
MaxRequests = Annotated[int | None, typer.Option(min=0, help="requests this run may send; 0: from the journal alone")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="print the calls and what they may cost, ask nobody")]
Batch = Annotated[bool, typer.Option("--batch", help="by batch files: half the price, hours of waiting; see docs")]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="with --batch: send, collect what is done, leave; run again for the rest")
]


def teachers_from(file: Path | None) -> dict[str, Teacher]:
    """The teachers of `--teachers`, of ./teachers.yaml, or the presets. Raises TeacherError."""
    from synth.teacher.config import load_teachers

    if file is None and DEFAULT_FILE.is_file():
        file = DEFAULT_FILE
    return load_teachers(file)


def refuse_no_wait(batch: bool, no_wait: bool) -> None:
    """Raises KitError for `--no-wait` without `--batch`: nothing would be sent and left."""
    if no_wait and not batch:
        raise KitError("--no-wait goes with --batch")


def named(teachers: dict[str, Teacher], names: Iterable[str], batch: bool = False, keys: bool = True) -> list[Teacher]:
    """The teachers of these names, keys looked at now so that a missing one is said before any work.

    Raises TeacherError for an unknown name, a key that is not in the environment (not with `keys=False`, to count
    alone), or with `batch` for a teacher that takes no batch files.
    """
    from qa.secret import HIDDEN
    from synth.teacher.config import TeacherError

    found = []
    for name in names:
        if name not in teachers:
            said = name if re.fullmatch(r"(?!sk-)[\w.:-]{1,30}", name) else HIDDEN  # a key in the wrong place
            raise TeacherError(f"no teacher is called {said}; there are: {', '.join(teachers)} (docs/teachers.md)")
        if keys:
            teachers[name].key()
        if batch:
            from synth.teacher.batch.desk import at_batch_price

            at_batch_price(teachers[name])
        found.append(teachers[name])
    return found
