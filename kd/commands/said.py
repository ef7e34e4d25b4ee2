"""What the verbs that ask teachers print alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from qa.errors import KitError

if TYPE_CHECKING:
    from kd.asking import Report
    from synth.teacher.journal import Journal
    from synth.teacher.prompts import Prompt

NAMED = 20
"""Failures named one by one."""


def say_plan(what: str, done: int, prompts: Iterable[Prompt]) -> None:
    """`120 solutions to ask for, 40 done before; prompt solve@1`."""
    before = f", {done} done before" if done else ""
    print(f"{what}{before}; prompt {', '.join(dict.fromkeys(p.version for p in prompts))}")


def say_spent(report: Report, journal: Journal) -> None:
    """Requests and cost of the run and of the folder, and what waits where a budget ended it."""
    from synth.teacher.estimate import dollars

    total = sum(s.cost for s in journal.spent())
    print(f"{report.requests} requests, {dollars(report.cost)} in this run; {dollars(total)} in this folder so far")
    if report.stopped:
        print(
            f"stopped by the budget: {report.stopped}; {report.waiting.total()} wait. The same command with a larger"
            " --max-cost or --max-requests goes on from here"
        )


def fail_on(report: Report, what: str) -> None:
    """Names what failed and raises KitError; what was answered stays."""
    for row, why in report.failures[:NAMED]:
        typer.echo("  " + " ".join(f"{row}: {why}".split())[:400], err=True)
    if len(report.failures) > NAMED:
        typer.echo(f"  … and {len(report.failures) - NAMED} more", err=True)
    faults = [f"{len(report.failures)} {what} could not be had (named above)"] if report.failures else []
    waiting = [f"{n} {what} wait: {why}" for why, n in report.waiting.items() if not report.stopped]
    if waiting:
        faults += [*waiting[:5], "the same command goes on with them"]
    if faults:
        raise KitError("; ".join([*faults, "the rest is done"]))
