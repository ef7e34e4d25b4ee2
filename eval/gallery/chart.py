"""Accuracy by level as an inline SVG: a bar a run with its 95 % interval, and where guessing would stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.report import Report
from eval.tally import Tally

LEVELS = {"1": "component", "2": "connection", "3": "function", "4": "calculation"}
LEFT, TOP, PLOT, FOOT, GROUP = 52, 12, 168, 44, 96
"""Pixels: margin with the scale, above the plot, the plot, below it, one level."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One run at one level, in pixels of the chart."""

    run: int
    x: float
    width: float
    y: float
    height: float
    middle: float
    low: float
    high: float
    label: str
    """For a person who points at it: `before, level 1: 35.0 % (28.1–42.6 %), n 38`."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis."""

    at: float
    text: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The same as a line of a table: level, n, and accuracy with interval of each run."""

    level: str
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a template needs to draw one bench."""

    bench: str
    width: int
    height: int
    left: int
    right: int
    bars: tuple[Bar, ...]
    scale: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    chance: Tick | None
    rows: tuple[Row, ...]


def chart(bench: str, reports: Sequence[Report], names: Sequence[str], chance: float | None) -> Chart:
    """One bench. `chance`: share of right answers that guessing gives, None where nothing can be guessed."""
    by = [r.benches[bench].by.get("level", {}) if bench in r.benches else {} for r in reports]
    levels = sorted({level for one in by for level in one})
    bars, ticks, rows = [], [], []
    for i, level in enumerate(levels):
        start, tallies = LEFT + i * GROUP, [one.get(level, Tally()) for one in by]
        width = (GROUP - 24) / len(reports)
        for run, t in enumerate(tallies):
            if t.n:
                bars.append(_bar(run, start + 12 + run * width, width - 4, t, f"{names[run]}, level {level}"))
        ticks.append(
            Tick(start + GROUP / 2, _named(level), f"n {' / '.join(dict.fromkeys(str(t.n) for t in tallies))}")
        )
        rows.append(Row(_named(level), tuple(_cells(t) for t in tallies)))
    scale = tuple(Tick(_y(share / 100), f"{share}") for share in (0, 25, 50, 75, 100))
    right = LEFT + max(1, len(levels)) * GROUP
    line = Tick(_y(chance), f"guessing {chance * 100:.0f} %") if chance else None
    return Chart(
        bench, right + 8, TOP + PLOT + FOOT, LEFT, right, tuple(bars), scale, tuple(ticks), line, tuple(rows)
    )  # fmt: skip


def _named(level: str) -> str:
    return f"{level} {LEVELS[level]}" if level in LEVELS else level


def _y(share: float) -> float:
    return round(TOP + PLOT * (1 - share), 1)


def _bar(run: int, x: float, width: float, t: Tally, what: str) -> Bar:
    low, high = t.interval
    label = f"{what}: {t.accuracy * 100:.1f} % ({low * 100:.1f}–{high * 100:.1f} %), n {t.n}"
    y = _y(t.accuracy)
    return Bar(run, x, width, y, round(TOP + PLOT - y, 1), x + width / 2, _y(low), _y(high), label)


def _cells(t: Tally) -> tuple[str, str, str]:
    if not t.n:
        return "–", "–", "0"
    low, high = t.interval
    return f"{t.accuracy * 100:.1f} %", f"{low * 100:.1f}–{high * 100:.1f} %", str(t.n)
