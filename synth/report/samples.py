"""Which items are shown: seeded, and spread over sources, levels, forms and topics."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from synth.report.folder import STANDINGS, Folder, Judged

CARDS = 60
"""Most items shown with their picture in the HTML page: a set of any size stays a page a mail can carry."""


def spread(judged: Iterable[Judged], count: int, seed: int) -> list[Judged]:
    """`count` items in turn from every (level, source, form), new topics and pictures first; same seed, same items."""
    strata: dict[tuple[object, ...], list[Judged]] = defaultdict(list)
    for j in sorted(judged, key=lambda j: _lot(j, seed)):
        strata[j.item.level, j.item.origin.source, j.item.form].append(j)
    chosen: list[Judged] = []
    pictures: set[str] = set()
    topics: set[str] = set()

    def seen(j: Judged) -> tuple[bool, bool]:
        return bool(pictures & set(j.item.pictures)), j.item.topic in topics

    while strata:
        for key in sorted(strata, key=str):
            if len(chosen) == count:
                return chosen
            lot = strata[key]
            # Only the first of the lot are looked through: there may be ten thousand.
            got = lot.pop(min(range(min(len(lot), 50)), key=lambda n: seen(lot[n])))
            chosen.append(got)
            pictures |= set(got.item.pictures)
            topics.add(got.item.topic)
            if not lot:
                del strata[key]
    return chosen


def cards(folder: Folder, seed: int, wrong_first: bool, most: int = CARDS) -> list[Judged]:
    """Items to show with their pictures: as even a number of every standing as there are."""
    order = ("rejected", "review", "unchecked", "accepted") if wrong_first else STANDINGS
    groups = {s: [j for j in folder.items if j.standing == s] for s in order}
    shares = _shares({s: len(g) for s, g in groups.items()}, most)
    return [j for s in order for j in spread(groups[s], shares[s], seed)]


def _shares(sizes: dict[str, int], most: int) -> dict[str, int]:
    """`most` places dealt out one at a time to those that still have items."""
    given = dict.fromkeys(sizes, 0)
    while sum(given.values()) < min(most, sum(sizes.values())):
        for s in sizes:
            if given[s] < sizes[s] and sum(given.values()) < most:
                given[s] += 1
    return given


def _lot(judged: Judged, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {judged.item.id}".encode()).digest()
