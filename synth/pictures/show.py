"""What came of taking pictures in, for a person at a terminal."""

from __future__ import annotations

from collections import Counter, defaultdict

from synth.pictures.intake import Taken, named
from synth.pictures.stock import Picture

_NAMED = 10
"""So many of each fault are named; the rest is counted."""


def table(taken: Taken, aside: Counter[str]) -> str:
    """Lines by fault, each with the pictures it concerns; empty where nothing was refused."""
    by_fault: dict[str, list[Picture]] = defaultdict(list)
    for p in taken.pictures:
        if p.fault:
            by_fault[p.fault].append(p)
    lines = [f"{len(by_fault[fault]):6} {fault}" for fault in by_fault]
    for fault, pictures in by_fault.items():
        lines.append(f"{fault}:")
        lines += [f"  {_plain(named(p))}: {_plain(p.why)}" for p in pictures[:_NAMED]]
        if len(pictures) > _NAMED:
            lines.append(f"  … and {len(pictures) - _NAMED} more, all in pictures.jsonl")
    lines += [f"left aside: {n} {_plain(what)}" for what, n in sorted(aside.items())]
    if several := [p for p in taken.pictures if p.frames > 1]:
        which = ", ".join(_plain(named(p)) for p in several[:_NAMED]) + (", \u2026" if len(several) > _NAMED else "")
        further = sum(p.frames - 1 for p in several)
        lines.append(f"left aside: {further} further pages or frames of files that hold several ({which})")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """One line that a terminal prints as it is."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))
