"""Shares of right answers with their uncertainty, and whether two runs on the same questions differ.

Questions on one circuit are right or wrong together, so circuits (groups) are what is sampled, not questions.
`benchmarks/interval_coverage.py` measures how often the intervals here hold the true value.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.95
RESAMPLES = 10_000
FEW_GROUPS = 20
"""Below so many circuits intervals are rough: too wide where circuits are very few."""
POINTS = 0.02
"""The difference a benchmark should be able to see."""


@lru_cache(maxsize=4096)
def wilson(right: int, n: int) -> tuple[float, float]:
    """95 % Wilson score interval of a share, for questions that have nothing to do with one another (scipy's)."""
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(right, n).proportion_ci(LEVEL, method="wilson")
    return _around(right / n, float(found.low), float(found.high))


def interval(scores: Sequence[float], groups: Sequence[str]) -> tuple[float, float]:
    """95 % interval of a mean score between 0 and 1.

    Where every score is 0 or 1: Wilson's, with the effective number of questions where some share a group; else by
    resampling groups.
    """
    n = len(scores)
    if n == 0:
        return 0.0, 1.0
    if any(s not in (0, 1) for s in scores):
        return _resampled(scores, groups, 0.0, 1.0, "interval", RESAMPLES)
    right = round(sum(scores))
    if len(set(groups)) == n:
        return wilson(right, n)
    return wilson_effective(right / n, effective(scores, groups))


def wilson_effective(share: float, n: float) -> tuple[float, float]:
    """Wilson's interval for a number of questions that need not be whole, which scipy's does not take.

    E. B. Wilson, JASA 22, 1927; as used for samples of clusters in Franco et al., J. Survey Stat. Methodol. 7, 2019.
    """
    from scipy.special import ndtri

    z2n = float(ndtri((1 + LEVEL) / 2)) ** 2 / n
    middle = (share + z2n / 2) / (1 + z2n)
    half = math.sqrt(z2n) / (1 + z2n) * math.sqrt(share * (1 - share) + z2n / 4)
    return _around(share, middle - half, middle + half)


def _around(share: float, low: float, high: float) -> tuple[float, float]:
    """Ends without the last digit's error: none right is 0, not 3e-18."""
    return max(0.0, min(share, low)), min(1.0, max(share, high))


def effective(scores: Sequence[float], groups: Sequence[str]) -> float:
    """So many unrelated questions would tell as much: at least 1, never more than there are.

    E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998: n by the design effect, and Student's t with groups - 1
    degrees of freedom in place of n - 1.
    """
    from scipy.special import stdtrit

    n, many = len(scores), len(set(groups))
    if many < 2:
        return 1.0
    wider = float(stdtrit(n - 1, (1 + LEVEL) / 2) / stdtrit(many - 1, (1 + LEVEL) / 2)) ** 2
    return min(n, max(1.0, n / design_effect(scores, groups) * wider))


def design_effect(scores: Sequence[float], groups: Sequence[str]) -> float:
    """How many times wider the variance of the mean is than if no two questions shared a group (Kish); at least 1."""
    n, mean = len(scores), math.fsum(scores) / len(scores)
    alone = math.fsum((s - mean) ** 2 for s in scores)
    sums = [(total - mean * count) for total, count in _by_group(scores, groups)]
    many = len(sums)
    if many < 2 or alone <= 1e-12:
        return 1.0
    return max(1.0, math.fsum(s * s for s in sums) * many / (many - 1) * (n - 1) / (n * alone))


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided p of McNemar's test: how odd so many gains against so many losses are by chance (scipy's)."""
    if gained + lost == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost).pvalue)


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean difference in score of two runs on the same questions, in shares (0.02 is two points)."""

    mean: float
    low: float
    high: float
    n: int
    groups: int
    needed: int
    """So many questions see a difference of two points with 80 % power."""


def difference(
    base: Sequence[float], new: Sequence[float], groups: Sequence[str], seed: str, resamples: int = RESAMPLES
) -> Difference:
    """New minus base, question by question, with a 95 % interval by resampling groups.

    Args:
        base: scores of at least one question, 0 to 1.
        new: scores of the same questions.
        groups: which questions lie on one circuit.
        seed: the same one gives the same interval.
        resamples: fewer for tables of many rows.

    Raises:
        ValueError: lengths differ, or there is no question.
    """
    gains = [n - b for b, n in zip(base, new, strict=True)]
    low, high = _mirrored(gains, groups, seed, resamples)
    mean_square = math.fsum(g * g for g in gains) / len(gains)
    return Difference(
        mean=math.fsum(gains) / len(gains),
        low=low,
        high=high,
        n=len(gains),
        groups=len(set(groups)),
        needed=needed(mean_square, design_effect(gains, groups)),
    )


def needed(discordant: float, design: float = 1.0, points: float = POINTS, power: float = 0.8) -> int:
    """How many questions both runs must answer to see a difference of `points` at alpha 0.05, two-sided.

    R. J. Connor, Biometrics 43, 1987, after O. S. Miettinen, Biometrics 24, 1968; times the design effect of groups.

    Args:
        discordant: share of questions right in one run alone; for scores between 0 and 1 the mean squared difference.
            No less than `points` is taken: so many must differ at least.
        design: design effect of the groups; new questions are taken to come in groups of the same size.
        points: the difference, a share.
        power: the chance to see it.
    """
    from scipy.special import ndtri

    discordant = max(discordant, points)
    seen = float(ndtri((1 + LEVEL) / 2)) * math.sqrt(discordant)
    missed = float(ndtri(power)) * math.sqrt(discordant - points * points)
    return math.ceil(((seen + missed) / points) ** 2 * design)


def _mirrored(gains: Sequence[float], groups: Sequence[str], seed: str, resamples: int) -> tuple[float, float]:
    """Interval of a mean difference; where base and new are exchanged it is the same to the last digit, mirrored."""
    first = next((total for total, _ in _by_group(gains, groups) if total), 0.0)
    low, high = _resampled([-g for g in gains] if first < 0 else gains, groups, -1.0, 1.0, seed, resamples)
    if first == 0:
        high = max(-low, high)
        return -high, high
    return (-high, -low) if first < 0 else (low, high)


def _by_group(scores: Sequence[float], groups: Sequence[str]) -> list[tuple[float, int]]:
    """Sum and number of each group, in the order of their names: the order of the questions changes no digit."""
    members: dict[str, list[float]] = {}
    for score, group in zip(scores, groups, strict=True):
        members.setdefault(group, []).append(score)
    return [(math.fsum(members[g]), len(members[g])) for g in sorted(members)]


def _resampled(
    scores: Sequence[float], groups: Sequence[str], least: float, most: float, seed: str, resamples: int
) -> tuple[float, float]:
    """95 % interval of the mean of scores within [least, most] by resampling groups.

    Percentiles of the bootstrap, moved outwards to what Student's t asks of few groups (T. Hesterberg, The American
    Statistician 69, 2015), over the groups and two questions more, one with the least score and one with the most: else
    a table of ten questions that all went the same way would claim to be certain (as A. Agresti and Y. Min, Statistics
    in Medicine 24, 2005, do for the 2×2 table). Measured against plain percentiles, BCa and the studentised bootstrap.
    """
    import numpy as np
    from scipy.special import ndtr, stdtrit

    many = len(set(groups))
    if many < 2:
        return least, most
    alike: dict[tuple[float, int], int] = {}
    for group in [*_by_group(scores, groups), (least, 1), (most, 1)]:
        alike[group] = alike.get(group, 0) + 1
    sums, counts = (np.array(column, dtype=float) for column in zip(*alike, strict=True))
    means = _means(sums, counts, np.array(list(alike.values())), seed, resamples)
    tail = float(ndtr(math.sqrt(many / (many - 1)) * stdtrit(many - 1, (1 - LEVEL) / 2)))
    mean = math.fsum(scores) / len(scores)
    low, high = (float(q) for q in np.quantile(means, (tail, 1 - tail)))
    return min(mean, low), max(mean, high)


def _means(
    sums: np.ndarray, counts: np.ndarray, often: np.ndarray, seed: str, resamples: int, at_once: int = 2_000_000
) -> np.ndarray:
    """Means of `resamples` draws of all groups with replacement; groups alike are drawn as one kind, `often` there."""
    import numpy as np

    random = np.random.default_rng(list(hashlib.sha256(seed.encode()).digest()))
    size, shares = int(often.sum()), often / often.sum()
    rows = max(1, at_once // len(often))
    drawn = (random.multinomial(size, shares, size=min(rows, resamples - i)) for i in range(0, resamples, rows))
    return np.concatenate([(d @ sums) / (d @ counts) for d in drawn])
