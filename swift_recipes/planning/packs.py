"""How many rows go into a pack: rows laid end to end up to a length, as swift's packing does it."""

from __future__ import annotations

import bisect
from collections.abc import Sequence


def fill(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Indices of rows by pack: the longest row first, each into the fullest pack that has room for it.

    swift takes the package binpacking for batches of 1,000 rows, which differs by a few packs.
    """
    packs: list[list[int]] = []
    room: list[tuple[int, int]] = []  # (tokens left, index of the pack), least first
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        at = bisect.bisect_left(room, (lengths[i], -1))
        if at == len(room):
            packs.append([])
            room.append((size, len(packs) - 1))
            at = len(room) - 1
        left, pack = room.pop(at)
        packs[pack].append(i)
        bisect.insort(room, (left - lengths[i], pack))
    return packs
