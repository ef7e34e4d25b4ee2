"""What became of the pictures: taken in, refused, asked about; what teachers left out or failed at."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Hashable
from typing import TypeVar

from synth.report.blocks import Block, Section, Table, Text, by, percent
from synth.report.folder import Folder

K = TypeVar("K", bound=Hashable)
_QUOTED = re.compile("^\u201c.*\u201d: ", re.DOTALL)
"""The question before the reason why it could not be used."""


def pictures_line(folder: Folder) -> str:
    """Taken in and asked about, in one line; what has items where nothing was taken in."""
    with_items = {p for j in folder.items for p in j.item.pictures}
    if not folder.pictures:
        return f"{len(with_items):,} with items"
    parts = [f"{len(folder.pictures):,} taken in"]
    if folder.writing:
        parts.append(f"{len({r.picture for r in folder.writing}):,} asked about")
    parts.append(f"{sum(p.fault is None and p.path in with_items for p in folder.pictures):,} with items")
    return ", ".join(parts)


def refused_line(folder: Folder) -> str:
    """Pictures refused, by fault; empty where none is."""
    faults = by(p.fault for p in folder.pictures if p.fault)
    return f"{sum(n for _, n in faults):,}: " + ", ".join(f"{n:,} {_words(f)}" for f, n in faults) if faults else ""


def pictures_section(folder: Folder) -> Section:
    """Pictures taken in, refused and asked about; items per picture; categories left out."""
    per_picture = Counter(p for j in folder.items for p in j.item.pictures)
    usable = [p.path for p in folder.pictures if p.fault is None]
    blocks: list[Block] = []
    if folder.pictures or folder.items:
        blocks.append(Text(f"Pictures: {pictures_line(folder)}."))
    counts = [per_picture[p] for p in {*per_picture, *usable}]
    if counts:
        least, most, none = min(counts), max(counts), counts.count(0)
        line = f"Items per picture: least {least}, median {statistics.median(counts):g}, most {most}."
        blocks.append(Text(line + (f" {none:,} usable pictures have none." if none else "")))
    if faults := by(p.fault for p in folder.pictures if p.fault):
        rows = tuple((_words(f), f"{n:,}", percent(n, len(folder.pictures))) for f, n in faults)
        blocks.append(Table(("refused because", "pictures", "share"), rows, "refused before asking"))
    blocks += _writing(folder)
    return Section("Pictures", tuple(blocks or (Text("There are no pictures yet."),)))


def _writing(folder: Folder) -> list[Block]:
    """What came of asking: failures, categories that the picture gave nothing for, questions that could not be used."""
    if not folder.writing:
        return []
    tables: list[Block] = []
    failures = Counter((r.teacher, r.failure) for r in folder.writing if r.failure)
    if failures:
        lost = tuple((t, _words(str(f)), f"{n:,}") for (t, f), n in _ordered(failures))
        tables.append(Table(("teacher", "failure", "pictures"), lost, "no questions from"))
    skipped = Counter((r.teacher, s.category) for r in folder.writing for s in r.skipped)
    if skipped:
        asked = Counter(r.teacher for r in folder.writing)
        left = tuple((t, str(c), f"{n:,}", percent(n, asked[t])) for (t, c), n in _ordered(skipped))
        tables.append(Table(("teacher", "category", "pictures", "share"), left, "categories left out"))
    dropped = Counter(_QUOTED.sub("", why) for r in folder.writing for why in r.dropped)
    if dropped:
        rows = tuple((why, f"{n:,}") for why, n in _ordered(dropped)[:10])
        tables.append(
            Table(("why", "questions"), rows, f"{dropped.total():,} questions written that could not be used")
        )
    return tables


def _ordered(counts: Counter[K]) -> list[tuple[K, int]]:
    return sorted(counts.items(), key=lambda kv: (-kv[1], str(kv[0])))


def _words(name: str) -> str:
    return name.replace("_", " ")
