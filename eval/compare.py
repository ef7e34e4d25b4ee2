"""Two or more reports side by side, as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.prediction import Prediction
from eval.report import BenchReport, Report, Tally, cells, read, read_predictions
from eval.stats import mcnemar
from qa.errors import KitError

NONE = "–"


def compare(folders: Sequence[Path], anyway: bool = False) -> str:
    """The table, base first, each later report with its difference to the base in points.

    Raises KitError where fewer than two reports are given, one is missing, they share no bench, or they were made on
    different questions and `anyway` is not set.
    """
    if len(folders) < 2:
        raise KitError("compare needs two report folders: circuit-vqa eval compare reports/A reports/B")
    reports = [read(f) for f in folders]
    benches = [b for b in reports[0].benches if all(b in r.benches for r in reports)]
    if not benches:
        raise KitError(f"{folders[0]} and {folders[1]} share no bench, there is nothing to compare")
    differing = [b for b in benches if len({_asked(r.benches[b]) for r in reports}) > 1]
    if differing and not anyway:
        raise KitError(
            f"{' and '.join(map(str, folders))} asked different questions in {', '.join(differing)} (data or --limit"
            " differ): evaluate both on the same data, or see the numbers with --anyway"
        )
    lines = _head(folders, reports)
    for name in benches:
        lines += _rows(name, [r.benches[name] for r in reports])
    lines += ["", "Intervals are Wilson's; unparsed replies count as wrong; differences are in points.", ""]
    if differing:
        lines += [f"**Not the same questions** in {', '.join(differing)}: differences mean little.", ""]
    else:
        lines += _changes(folders, benches)
    return "\n".join(lines)


def _asked(bench: BenchReport) -> tuple[str, int]:
    return bench.data_sha256, bench.total.n


def _head(folders: Sequence[Path], reports: Sequence[Report]) -> list[str]:
    lines = [f"### {' → '.join(_names(folders))} on {reports[0].data}", ""]
    head, rule = "| bench | part | n |", "|---|---|--:|"
    for i, name in enumerate(_names(folders)):
        head += f" {name} | 95 % interval | unparsed |"
        rule += "--:|--:|--:|"
        if i:
            head += " difference |"
            rule += "--:|"
    return [*lines, head, rule]


def _names(folders: Sequence[Path]) -> list[str]:
    """Folder names, or whole paths where two folders have the same name."""
    names = [f.resolve().name for f in folders]
    return names if len(set(names)) == len(names) else [str(f) for f in folders]


def _rows(name: str, benches: Sequence[BenchReport]) -> list[str]:
    rows = [_row(f"**{name}**", "all", [b.total for b in benches])]
    for level in sorted({v for b in benches for v in b.by.get("level", {})}):
        tallies = [b.by.get("level", {}).get(level, Tally()) for b in benches]
        rows.append(_row(name, f"level {level}", tallies))
    return rows


def _row(bench: str, part: str, tallies: Sequence[Tally]) -> str:
    counts = list(dict.fromkeys(t.n for t in tallies))
    row = [bench, part, " / ".join(map(str, counts))]
    for i, t in enumerate(tallies):
        row += cells(t) if t.n else (NONE, NONE, NONE)
        if i:
            both = t.n and tallies[0].n
            row.append(f"{(t.accuracy - tallies[0].accuracy) * 100:+.1f}" if both else NONE)
    return f"| {' | '.join(row)} |"


def _changes(folders: Sequence[Path], benches: Sequence[str]) -> list[str]:
    """Question by question: how many became right, how many wrong, and McNemar's p."""
    names, runs = _names(folders), [read_predictions(f) for f in folders]
    lines = []
    for name, run in list(zip(names, runs, strict=True))[1:]:
        for bench in benches:
            before, after = _right(runs[0], bench), _right(run, bench)
            shared = before.keys() & after.keys()
            gained = sum(after[i] and not before[i] for i in shared)
            lost = sum(before[i] and not after[i] for i in shared)
            if shared:
                p = mcnemar(gained, lost)
                lines.append(
                    f"- {bench}, {names[0]} → {name}: {gained} wrong became right, {lost} right became wrong"
                    f" (McNemar exact p = {p:.2g})"
                )
    return [*lines, ""] if lines else []


def _right(predictions: Sequence[Prediction], bench: str) -> dict[str, bool]:
    return {p.id: p.verdict == "right" for p in predictions if p.bench == bench}
