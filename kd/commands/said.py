"""What the verbs that ask teachers print alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import KitError
from synth.teacher.saying import name_failures, say_cost

if TYPE_CHECKING:
    from kd.asking import Report
    from synth.teacher.call import Call
    from synth.teacher.config import Teacher
    from synth.teacher.journal import Journal


def say_plan(todo: int, what: str, had: int, versions: str) -> None:
    """`120 solutions to ask for, 40 there before; prompt solve@1`."""
    before = f", {had} there before" if had else ""
    print(f"{todo} {what} to ask for{before}; prompt {versions}")


def say_estimate(
    calls: Iterable[Call], teachers: Mapping[str, Teacher], folder: Path, likely_out: int, turns: int, batch: bool
) -> None:
    """What a run would ask and may cost; nobody is asked."""
    from synth.teacher.estimate import estimate, lines

    found = estimate(calls, teachers, folder / "journal.sqlite", likely_out=likely_out, turns=turns, batch=batch)
    for line in lines(found, batch):
        print(line)
    print("nobody was asked")


def say_spent(report: Report, journal: Journal) -> None:
    """Requests and cost of the run and of the folder, and what waits where a budget ended it."""
    say_cost(report.requests, report.cost, journal)
    if report.stopped:
        print(
            f"stopped by the budget: {report.stopped}; {report.waiting.total()} wait. The same command with a larger"
            " --max-cost or --max-requests goes on from here"
        )


def fail_on(report: Report, what: str) -> None:
    """Names what failed and raises KitError; what was answered stays."""
    name_failures(report.failures)
    faults = [f"{len(report.failures)} {what} could not be had (named above)"] if report.failures else []
    waiting = [f"{n} {what} wait: {why}" for why, n in report.waiting.items() if not report.stopped]
    if waiting:
        faults += [*waiting[:5], "the same command goes on with them"]
    if faults:
        raise KitError("; ".join([*faults, "the rest is done"]))
