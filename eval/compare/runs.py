"""Reports to be compared, and the questions they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.prediction import Result, results
from eval.report import PREDICTIONS, Report, read, read_predictions
from qa.errors import KitError


@dataclass(frozen=True)
class Run:
    """A report folder as read."""

    name: str
    """Of the folder; with those above it where two have the same name."""
    folder: Path
    report: Report
    results: dict[str, dict[str, Result]]
    """By bench and id of the question."""


@dataclass(frozen=True)
class Shared:
    """The questions of a bench that all runs answered."""

    bench: str
    same: bool
    """All runs asked exactly these."""
    rows: list[tuple[Result, ...]]
    """One question a row, one run a column."""


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """The reports with their questions. Raises KitError where there are fewer than two, or one is not whole."""
    if len(folders) < 2:
        raise KitError("compare needs two report folders: circuit-vqa eval compare reports/A reports/B")
    return [read_run(folder, name) for folder, name in zip(folders, short_names(folders), strict=True)]


def short_names(folders: Sequence[Path]) -> list[str]:
    """As many of the last parts of each path as tell them apart; a folder given again is numbered."""
    paths = [f.resolve() for f in folders]
    for parts in range(1, max(len(p.parts) for p in paths) + 1):
        names = [Path(*p.parts[-parts:]).as_posix() for p in paths]
        if len(set(names)) == len(set(paths)):
            break
    before = [names[:i].count(name) for i, name in enumerate(names)]
    return [f"{name} ({n + 1})" if n else name for name, n in zip(names, before, strict=True)]


def read_run(folder: Path, name: str = "") -> Run:
    """One report with its questions. Raises KitError where it is missing or broken, or its files are of two runs."""
    report = read(folder)
    found: dict[str, dict[str, Result]] = {name: {} for name in report.benches}
    for result in results(read_predictions(folder)):
        found.setdefault(result.key[0], {})[result.key[1]] = result
    for bench, there in found.items():
        said = report.benches[bench].total.n if bench in report.benches else 0
        if len(there) != said:
            raise KitError(
                f"{folder / PREDICTIONS}: {len(there)} questions of {bench}, the report beside it says {said}; run"
                " circuit-vqa eval run again with the same --out, kept replies are not asked anew"
            )
    return Run(name or folder.resolve().name, folder, report, found)


def match(runs: Sequence[Run], anyway: bool = False) -> list[Shared]:
    """Questions that all runs answered, by bench. Raises KitError as `compare` says."""
    base = runs[0]
    benches = [b for b in base.results if all(b in r.results for r in runs)]
    if not benches:
        raise KitError(f"{' and '.join(str(r.folder) for r in runs)} share no bench, there is nothing to compare")
    shared = [_shared(runs, bench) for bench in benches]
    if anyway:
        return shared
    for run in runs[1:]:
        if run.report.mode != base.report.mode and not same_model(base.report, run.report):
            raise KitError(
                f"{base.name} was asked {base.report.mode} and {run.name} {run.report.mode}, and the models differ too:"
                " ask both in the same way, or see the numbers with --anyway"
            )
    if differing := [s.bench for s in shared if not s.same]:
        raise KitError(
            f"{' and '.join(str(r.folder) for r in runs)} asked different questions in {', '.join(differing)} (data or"
            " --limit differ): evaluate both on the same data, or see the questions they share with --anyway"
        )
    return shared


def same_model(a: Report, b: Report) -> bool:
    """By the weights where both are known, else by the name and what the server says it loaded under it."""
    return a.weights == b.weights if a.weights and b.weights else (a.model, a.root) == (b.model, b.root)


def _shared(runs: Sequence[Run], bench: str) -> Shared:
    first, *others = (r.results[bench] for r in runs)
    rows = [(result, *(o[key] for o in others)) for key, result in first.items() if all(key in o for o in others)]
    whole = all(len(r.results[bench]) == len(rows) for r in runs)
    return Shared(bench, whole and len({r.report.benches[bench].data_sha256 for r in runs}) == 1, rows)
