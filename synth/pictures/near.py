"""Hashes that differ in few bits, found by banding: linear in the number of hashes, also where thousands look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

CAP = 48
"""In a band that more hashes than this share, each is held against so many others only."""


def near_pairs(looks: Sequence[str], distance: int) -> list[tuple[int, int, int]]:
    """(i, j, bits) with i < j of hashes that differ in at most `distance` bits, sorted.

    Bands: two hashes of B bits within d bits agree in at least one of d + 1 bands (pigeonhole). Equal hashes are told
    by their first one only. Where more than CAP hashes share a band not all pairs are tried, so a crowd of near-equal
    hashes comes out connected, not complete.
    """
    import numpy as np

    if not looks:
        return []
    first: dict[str, int] = {}
    found = [(first[k], i, 0) for i, k in enumerate(looks) if first.setdefault(k, i) != i]
    order = list(first.values())
    bits = np.array([np.frombuffer(bytes.fromhex(looks[i]), np.uint8) for i in order])
    words = _words(bits)
    left, right = _candidates(bits, distance + 1)
    apart = np.bitwise_count(words[left] ^ words[right]).sum(1)
    close = apart <= distance
    pairs = np.stack([left[close], right[close], apart[close]], 1)
    for a, b, bits_apart in np.unique(pairs, axis=0).tolist():
        i, j = sorted((order[a], order[b]))
        found.append((i, j, bits_apart))
    return sorted(found)


def united(pairs: Iterable[tuple[int, int]], count: int) -> list[int]:
    """For each of `count` things the smallest one it hangs together with."""
    root = list(range(count))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for i, j in pairs:
        a, b = sorted((find(i), find(j)))
        root[b] = a
    return [find(i) for i in range(count)]


def _words(packed: np.ndarray) -> np.ndarray:
    """Bytes of each hash as 64-bit words, filled up with zeros."""
    import numpy as np

    pad = -packed.shape[1] % 8
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, pad)))).view(np.uint64)


def _candidates(packed: np.ndarray, bands: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows that agree in a band, some more than once."""
    import numpy as np

    lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    bits = np.unpackbits(packed, axis=1)
    edges = np.linspace(0, bits.shape[1], bands + 1).round().astype(int)
    for start, end in pairwise(edges.tolist()):
        for left, right in _in_band(np.packbits(bits[:, start:end], axis=1)):
            lefts.append(left)
            rights.append(right)
    return np.concatenate(lefts), np.concatenate(rights)


def _in_band(band: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows whose band is equal: neighbours up to CAP places away in the order of the band."""
    import numpy as np

    key = np.ascontiguousarray(band).view([("", np.uint8, band.shape[1])]).ravel()
    _, code = np.unique(key, return_inverse=True)
    order = np.argsort(code, kind="stable")
    sorted_code = code[order]
    for step in range(1, min(CAP, len(order) - 1) + 1):
        same = np.flatnonzero(sorted_code[step:] == sorted_code[:-step])
        if not len(same):
            return
        yield order[same], order[same + step]
