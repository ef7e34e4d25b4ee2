"""What every verb that asks teachers prints alike: what was spent, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from synth.teacher.journal import Journal

NAMED = 20
"""Failures named one by one."""


def say_cost(requests: int, cost: float, journal: Journal) -> None:
    """Requests and cost of this run, and of the folder so far."""
    from synth.teacher.estimate import dollars

    total = sum(s.cost for s in journal.spent())
    print(f"{requests} requests, {dollars(cost)} in this run; {dollars(total)} in this folder so far")


def name_failures(failures: Sequence[tuple[str, str]], rest: str = "") -> None:
    """The first failures, a line each, and how many more there are; `rest` says where these stand."""
    for name, why in failures[:NAMED]:
        typer.echo("  " + " ".join(f"{name}: {why}".split())[:400], err=True)
    if len(failures) > NAMED:
        typer.echo(f"  … and {len(failures) - NAMED} more{rest}", err=True)
