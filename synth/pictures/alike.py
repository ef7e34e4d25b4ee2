"""Which pictures of a folder are near-duplicates: hashes propose, nobody is asked twice, groups stay as they are."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence

from qa.dataset import Dataset
from synth.pictures.near import near_pairs, united
from synth.pictures.stock import Picture

DISTANCE = 12
"""Hashes that differ in at most so many of 256 bits are looked at."""


def mark_alike(
    dataset: Dataset, pictures: Sequence[Picture], met: Collection[int], keep_near: bool = False
) -> list[Picture]:
    """The same pictures with `group`, and `near_duplicate` where another one is asked about instead.

    Of those alike, one that was kept before stays; else the largest is kept. `met` are the places of the pictures whose
    fault may change. Groups that hang together take the oldest name.
    """
    rows = [n for n, p in enumerate(pictures) if p.path and p.look and p.fault != "unreadable"]
    pairs = [(rows[i], rows[j]) for i, j, _ in near_pairs([pictures[n].look for n in rows], DISTANCE)]
    beside: dict[int, list[int]] = defaultdict(list)
    for i, j in pairs:
        beside[i].append(j)
        beside[j].append(i)
    roots = united(pairs, len(pictures))
    names: dict[int, str] = {}
    for n in rows:
        if pictures[n].group:
            names.setdefault(roots[n], pictures[n].group)
    for n in rows:
        names.setdefault(roots[n], group_name(pictures[roots[n]]))
    marked = list(pictures)
    kept: set[int] = set()
    for n in sorted(rows, key=lambda n: _precedence(pictures[n], n, n in met)):
        fault, why = pictures[n].fault, pictures[n].why
        if fault in (None, "near_duplicate"):
            like = next((m for m in sorted(beside[n]) if m in kept), None)
            if n in met:
                fault, why = None, ""
                if like is not None and not keep_near:
                    fault, why = "near_duplicate", f"resembles {pictures[like].file}"
            if fault is None:
                kept.add(n)
        marked[n] = pictures[n].model_copy(update={"fault": fault, "why": why, "group": names[roots[n]]})
    return marked


def group_name(p: Picture) -> str:
    """The group of a picture that hangs with no other."""
    return f"{p.source}-{hashlib.sha256(p.path.encode()).hexdigest()[:12]}"


def _precedence(p: Picture, at: int, met: bool) -> tuple[bool, bool, int, int]:
    """Who comes first is kept: what this run has not met, what was kept before, what is larger, what came first."""
    kept_before = p.fault is None and bool(p.group)
    return met, not kept_before, -p.width * p.height, at
