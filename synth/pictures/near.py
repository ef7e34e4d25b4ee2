"""Hashes that differ in few bits, found by banding: linear in the number of hashes, also where thousands look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

CAP = 32
"""Up to so many hashes that share the value of a band, each is held against every other."""
CROWD = 8
"""Where more share it, each is held against so many that follow in order."""
_AT_ONCE = 4_000_000
"""Candidate pairs in memory at a time."""


def near_pairs(looks: Sequence[str], distance: int) -> np.ndarray:
    """Rows (i, j, bits), i < j, of the hashes (hex, equally long) that differ in at most `distance` bits, sorted.

    Bands: cut into b bands, two hashes within 2 b - 1 bits have a band in which they differ in one bit at most
    (pigeonhole), so each hash looks up its own value of every band and those one bit away. Equal hashes are told by
    their first one only. Where more than CAP hashes share a value only CROWD pairs each are tried: thousands of
    near-equal hashes come out connected, not complete, and the time stays linear.

    Source: multi-index hashing, Norouzi, Punjani, Fleet, CVPR 2012.
    """
    import numpy as np

    first: dict[str, int] = {}
    equal = [(first[k], i, 0) for i, k in enumerate(looks) if first.setdefault(k, i) != i]
    order = np.array(list(first.values()), np.int64)
    found = [np.array(equal, np.int64).reshape(-1, 3)]
    if len(order) > 1:
        bits = np.unpackbits(np.array([np.frombuffer(bytes.fromhex(looks[i]), np.uint8) for i in order]), axis=1)
        found.append(_close(bits, order, distance))
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def united(pairs: np.ndarray, count: int) -> list[int]:
    """For each of `count` things the smallest one it hangs together with; `pairs` has rows (i, j, …)."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return list(range(count))
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    _, smallest = np.unique(part, return_index=True)
    return [int(i) for i in smallest[part]]


class Joined:
    """Things that hang together, growing pair by pair."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def root(self, i: int) -> int:
        """The smallest thing that `i` hangs together with."""
        while (above := self._above.get(i, i)) != i:
            self._above[i] = self._above.get(above, above)
            i = above
        return i

    def join(self, i: int, j: int) -> None:
        low, high = sorted((self.root(i), self.root(j)))
        self._above[high] = low


def _close(bits: np.ndarray, order: np.ndarray, distance: int) -> np.ndarray:
    """Rows (i, j, bits) of different hashes within the distance; `order` gives the number of each row of `bits`."""
    import numpy as np

    words, count = _words(bits), len(bits)
    bands = min(bits.shape[1], distance // 2 + 1)
    keys, apart = np.empty(0, np.int64), np.empty(0, np.int64)
    for start, end in pairwise(np.linspace(0, bits.shape[1], bands + 1).round().astype(int).tolist()):
        for left, right in _batches(_in_band(bits, start, end)):
            far = np.bitwise_count(words[left] ^ words[right]).sum(1, dtype=np.int64)
            near = np.flatnonzero(far <= distance)
            a, b = left[near], right[near]
            keys = np.concatenate([keys, np.minimum(a, b) * count + np.maximum(a, b)])
            apart = np.concatenate([apart, far[near]])
        keys, one = np.unique(keys, return_index=True)  # the same pair turns up in many bands
        apart = apart[one]
    return np.stack([order[keys // count], order[keys % count], apart], 1)


def _words(bits: np.ndarray) -> np.ndarray:
    """Bits of each hash as 64-bit words, filled up with zeros."""
    import numpy as np

    packed = np.packbits(bits, axis=1)
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))).view(np.uint64)


def _in_band(bits: np.ndarray, start: int, end: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows whose bits from start to end agree but for one, each pair once."""
    import numpy as np

    width = min(end - start, 62)
    code = bits[:, start : start + width].astype(np.int64) @ (1 << np.arange(width, dtype=np.int64))
    # Within one value by the bits that follow: in a crowd, neighbours in this order are near.
    rest = np.packbits(np.roll(bits, -end, axis=1), axis=1)[:, :8]
    order = np.lexsort((np.ascontiguousarray(rest).view(">u8").ravel(), code))
    values, begin, size = np.unique(code[order], return_index=True, return_counts=True)
    place = code[order]
    crowded = np.repeat(size > CAP, size)
    for step in range(1, min(CAP, len(order) - 1) + 1):
        same = place[step:] == place[:-step]
        if step > CROWD:
            same &= ~crowded[:-step]
        at = np.flatnonzero(same)
        if not len(at):
            break
        yield order[at], order[at + step]
    for bit in range(width):
        other = values | (1 << bit)
        at = np.searchsorted(values, other).clip(max=len(values) - 1)
        small = (size <= CAP) & (size[at] <= CAP)
        pair = np.flatnonzero((values[at] == other) & (other != values) & small)
        yield from _across(order, begin[pair], size[pair], begin[at[pair]], size[at[pair]])


def _across(
    order: np.ndarray, begin: np.ndarray, size: np.ndarray, begin_b: np.ndarray, size_b: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each row of a bucket with every row of its partner bucket."""
    import numpy as np

    bucket = np.repeat(np.arange(len(size)), size)
    rank = np.arange(len(bucket)) - np.repeat(np.cumsum(size) - size, size)
    left, low, count = order[begin[bucket] + rank], begin_b[bucket], size_b[bucket]
    for step in range(int(count.max(initial=0))):
        rows = np.flatnonzero(count > step)
        yield left[rows], order[low[rows] + step]


def _batches(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Small arrays put together, so that each is worth a numpy call."""
    import numpy as np

    lefts: list[np.ndarray] = []
    rights: list[np.ndarray] = []
    waiting = 0
    for left, right in pairs:
        lefts.append(left)
        rights.append(right)
        waiting += len(left)
        if waiting >= _AT_ONCE:
            yield np.concatenate(lefts), np.concatenate(rights)
            lefts, rights, waiting = [], [], 0
    if waiting:
        yield np.concatenate(lefts), np.concatenate(rights)
