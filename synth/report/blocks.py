"""What a report is made of, before it is Markdown or HTML. Every text is plain: whoever writes it out escapes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A line to type."""

    line: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain texts."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    shares: tuple[float, ...] = ()
    """One for each row, 0 to 1, drawn as a bar where there is room; empty: no bars."""

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold figures, and so are set to the right."""
        return tuple(n > 0 and all(_FIGURE.fullmatch(row[n]) for row in self.rows) for n in range(len(self.header)))


_FIGURE = re.compile(r"-|\$?[\d,.]+( to [\d,.]+)?( %)?|")
Block = Text | Command | Table


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report under a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the headline."""

    name: str
    value: str


def counted(title: str, name: str, counts: Iterable[tuple[str, int]], most: int = 25) -> Table:
    """How often each value stands, with its share; what does not fit is summed up in the last row."""
    rows = list(counts)
    total = sum(n for _, n in rows)
    shown, rest = rows[:most], rows[most:]
    if rest:
        shown.append((f"{len(rest)} more", sum(n for _, n in rest)))
    top = max((n for _, n in shown), default=1) or 1
    return Table(
        (name, "items", "share"),
        tuple((value, f"{n:,}", percent(n, total)) for value, n in shown),
        title,
        tuple(n / top for _, n in shown),
    )


def crossed(
    title: str,
    name: str,
    pairs: Iterable[tuple[str, str]],
    columns: tuple[str, ...],
    most: int = 25,
    by_name: bool = False,
) -> Table:
    """How often each row value meets each column value; rows in order of size, or of name."""
    counts: dict[str, dict[str, int]] = {}
    for row, column in pairs:
        cells = counts.setdefault(row, dict.fromkeys(columns, 0))
        cells[column] = cells.get(column, 0) + 1
    order = sorted(counts, key=lambda r: (0 if by_name else -sum(counts[r].values()), r))
    lines = [(r, *(f"{counts[r][c]:,}" for c in columns), f"{sum(counts[r].values()):,}") for r in order[:most]]
    if order[most:]:
        rest = [sum(counts[r][c] for r in order[most:]) for c in columns]
        lines.append((f"{len(order) - most} more", *(f"{n:,}" for n in rest), f"{sum(rest):,}"))
    return Table((name, *columns, "all"), tuple(lines), title)


def percent(part: float, whole: float) -> str:
    """`12.5 %`, or `-` of nothing."""
    return f"{part / whole:.1%}".replace("%", " %") if whole else "-"


def interval(low: float, high: float) -> str:
    """`1.2 to 8.0 %`."""
    return f"{low * 100:.1f} to {high * 100:.1f} %"


def by(keys: Iterable[Hashable], order: Callable[[str], object] | None = None) -> list[tuple[str, int]]:
    """Each value with its count, most frequent first, or in the order given."""
    counts: dict[str, int] = {}
    for k in keys:
        counts[str(k)] = counts.get(str(k), 0) + 1
    return sorted(counts.items(), key=lambda kv: order(kv[0]) if order else (-kv[1], kv[0]))  # type: ignore[arg-type, return-value]
