"""Whether a report is good enough to go on with: a floor under a bench, no drop against a base."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.compare.numbers import pair
from eval.compare.runs import Run, match, read_run
from eval.compare.verdict import gap, kind, probability
from eval.report import Report, percent, read
from qa.errors import KitError

BROKEN = 1
"""Exit code where a gate is not passed."""
PREFIX = "circuit_"


class GateError(KitError):
    """A gate that cannot be judged; it never counts as passed."""

    exit_code = 2


@dataclass(frozen=True)
class Floor:
    """The least accuracy of a bench."""

    bench: str
    least: float


def floors(wanted: Sequence[str]) -> list[Floor]:
    """Floors out of `mcq=0.6`. Raises GateError on anything else."""
    return [_floor(text) for text in wanted]


def broken(
    folders: Sequence[Path], fail_under: Sequence[str] = (), base: Path | None = None, anyway: bool = False
) -> list[str]:
    """One line for each gate that a report does not pass; empty where all are passed.

    Args:
        folders: the reports to judge.
        fail_under: floors like `mcq=0.6`; a bench by its name, with or without `circuit_`.
        base: no bench may be significantly lower than there: McNemar's p < 0.05 and the whole interval below 0.
        anyway: judge by the questions both share where they are not the same.

    Raises:
        GateError: a floor cannot be read, or a report lacks a bench that a gate is about.
        KitError: a report is missing or broken, or was made on other questions or in another way than the base.
    """
    lines = [line for folder in folders for line in _under(folder, read(folder), floors(fail_under))]
    if base is not None:
        before = read_run(base)
        others = [f for f in folders if f.resolve() != base.resolve()]
        if not others:
            raise GateError(f"--no-worse-than {base}: no other report is left to judge by it; name the first one")
        lines += [line for folder in others for line in _worse(before, read_run(folder, str(folder)), anyway)]
    return lines


def _floor(text: str) -> Floor:
    bench, _, number = text.partition("=")
    try:
        least = float(number)
    except ValueError:
        least = math.nan
    if not bench.strip() or not 0 <= least <= 1:
        raise GateError(f"--fail-under {text!r}: write a bench and a share between 0 and 1, like mcq=0.6")
    return Floor(bench.strip(), least)


def _under(folder: Path, report: Report, wanted: Sequence[Floor]) -> list[str]:
    lines = []
    for floor in wanted:
        name = next((n for n in (floor.bench, PREFIX + floor.bench) if n in report.benches), None)
        if name is None or not report.benches[name].total.n:
            there = ", ".join(n for n, b in report.benches.items() if b.total.n) or "no bench"
            raise GateError(f"--fail-under {floor.bench}={floor.least:g}: {folder} has no such bench; it has: {there}")
        t = report.benches[name].total
        if t.accuracy < floor.least:
            lines.append(f"gate: {folder}: {name} {percent(t.accuracy)} is under {percent(floor.least)} (n {t.n})")
    return lines


def _worse(base: Run, run: Run, anyway: bool) -> list[str]:
    if missing := [b for b in base.results if b not in run.results]:
        raise GateError(
            f"--no-worse-than {base.folder}: {run.folder} lacks {', '.join(missing)}; evaluate it there too"
        )
    if base.report.mode != run.report.mode and not anyway:
        raise GateError(
            f"--no-worse-than {base.folder}: it was asked {base.report.mode}, and {run.folder} {run.report.mode}: ask"
            " both in the same way, or judge with --anyway"
        )
    lines = []
    for shared in match([base, run], anyway):
        found = pair(shared.rows, 1, shared.bench)
        if found is None:
            raise GateError(f"--no-worse-than {base.folder}: {run.folder} shares no question of {shared.bench} with it")
        if kind(found) == "worse":
            said = f"{gap(found)}, {probability(found.p)}"
            lines.append(f"gate: {run.folder}: {shared.bench} is worse than {base.folder}: {said}")
    return lines
