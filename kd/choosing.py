"""Which right replies become rows: no two alike, few per question, no level crowding out another."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from kd.alike import distinct

EVEN = 2.0
"""Without a cap of the user's, no level gets more than this many times the median of the levels."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One right reply."""

    item: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is kept, and why the rest is not."""

    kept: tuple[Candidate, ...]
    """In order of their Items' ids."""
    alike: int
    """Left out because another reply to the same question says the same."""
    over: int
    """Left out because the question had enough."""
    crowded: int
    """Left out because the level had enough."""
    caps: Mapping[int, int]
    """level -> most rows it could get."""


def choose(
    candidates: Iterable[Candidate],
    share_right: Mapping[str, float],
    most: int,
    per_level: int | None = None,
    near: float = 1.0,
    seed: int = 0,
) -> Chosen:
    """At most `most` distinct replies per question, and per level at most its cap, questions with fewest rows first.

    A level over its cap gives every question its first row before any gets a second, and of those with as many rows
    the ones that were seldom answered right come first: they have most to teach. The same candidates and seed give the
    same rows, whatever order they come in.

    Args:
        share_right: Item -> share of its replies that were right.
        per_level: Most rows of a level; 0: no cap; None: EVEN times the median of the levels.
    """
    by_item: dict[str, list[Candidate]] = defaultdict(list)
    total = 0
    for c in candidates:
        by_item[c.item].append(c)
        total += 1
    alike = 0
    for item, cs in by_item.items():
        cs.sort(key=lambda c: c.text)
        random.Random(f"replies/{seed}/{item}").shuffle(cs)
        kept = distinct([c.text for c in cs], near)
        alike += len(cs) - len(kept)
        by_item[item] = [cs[n] for n in kept]
    over = sum(max(0, len(cs) - most) for cs in by_item.values())
    ranked = [(rank, c) for cs in by_item.values() for rank, c in enumerate(cs[:most])]
    caps = _caps(Counter(c.level for _, c in ranked), per_level)
    ranked.sort(key=lambda rc: (rc[0], share_right.get(rc[1].item, 1.0), _lot(seed, rc[1].item)))
    room = Counter(caps)
    chosen: list[Candidate] = []
    for _, c in ranked:
        if room[c.level] > 0:
            room[c.level] -= 1
            chosen.append(c)
    order = {(c.item, c.text): n for n, (_, c) in enumerate(ranked)}
    chosen.sort(key=lambda c: (c.item, order[c.item, c.text]))
    return Chosen(tuple(chosen), alike, over, total - alike - over - len(chosen), caps)


def _caps(counts: Mapping[int, int], per_level: int | None) -> dict[int, int]:
    if per_level == 0 or not counts:
        return dict(counts)
    cap = per_level if per_level is not None else max(1, round(EVEN * median(counts.values())))
    return {level: min(n, cap) for level, n in counts.items()}


def _lot(seed: int, item: str) -> float:
    return random.Random(f"level/{seed}/{item}").random()
