"""Shares of right answers with their uncertainty, and whether two runs on the same questions differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z95 = 1.959963984540054


def wilson(right: float, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of a share (E. B. Wilson, JASA 22, 1927): honest near 0 and 1 and for small n."""
    if n == 0:
        return 0.0, 1.0
    share, z2n = right / n, z * z / n
    middle = (share + z2n / 2) / (1 + z2n)
    half = z / (1 + z2n) * math.sqrt(share * (1 - share) / n + z2n / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def interval(scores: Sequence[float], groups: Sequence[str]) -> tuple[float, float]:
    """95 % interval of a mean score: Wilson's where every score is 0 or 1."""
    return wilson(sum(scores), len(scores))


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided p of McNemar's test: how odd so many gains against so many losses are by chance."""
    n = gained + lost
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(min(gained, lost) + 1))
    return min(1.0, tail * 2 / 2**n)
