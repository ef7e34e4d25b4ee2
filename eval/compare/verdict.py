"""One sentence on whether a run differs from its base."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel

from eval.stats import POINTS

Kind = Literal["better", "worse", "unclear", "none", "unknown"]
"""`unclear`: the interval and p do not agree; `none`: no difference seen; `unknown`: no question is shared."""
ALPHA = 0.05


class Pair(BaseModel):
    """A later run against the base, on the questions that both answered."""

    n: int
    groups: int
    """Circuits they lie on."""
    difference: float
    """Mean score, new minus base: 0.02 is two points."""
    interval: tuple[float, float]
    """95 %, by resampling circuits."""
    won: int
    """Questions that became right: wrong in the base more often than not, and right now."""
    lost: int
    same: bool
    """Every question has the same score."""
    p: float
    """McNemar's, exact, of won and lost."""
    needed: int
    """So many questions see two points with 80 % power."""


def kind(pair: Pair | None) -> Kind:
    """A difference counts where the interval leaves out 0 and p is below 0.05."""
    if pair is None:
        return "unknown"
    low, high = pair.interval
    aside = low > 0 or high < 0
    if aside and pair.p < ALPHA:
        return "better" if low > 0 else "worse"
    return "unclear" if aside or pair.p < ALPHA else "none"


def verdict(pair: Pair | None, same_mode: bool = True) -> tuple[Kind, str]:
    """The kind, and a sentence like `+13.3 points [4.9, 21.7], p = 0.002: better`; plain words, safe anywhere.

    `same_mode` False: another way of asking is not better or worse, its score is higher or lower.
    """
    found = kind(pair)
    if pair is None:
        return found, "no question was asked in both, nothing can be said"
    if pair.same:
        each = f"each of {pair.n:,} questions" if pair.n > 1 else "the one question"
        return found, f"no difference: {each} has the same score in both"
    better, worse = ("better", "worse") if same_mode else ("higher", "lower")
    more = f"{POINTS * 100:.0f} points would need about {rough(pair.needed)} questions, there are {pair.n:,}"
    said = {
        "better": better,
        "worse": worse,
        "unclear": f"not clear, the interval and p do not agree; {more}",
        "none": f"no difference seen; {more}",
    }
    return found, f"{gap(pair)}, {probability(pair.p)}: {said[found]}"


def gap(pair: Pair) -> str:
    """`+13.3 points [4.9, 21.7]`."""
    return f"{points(pair.difference)} points {ends(pair.interval)}"


def points(share: float) -> str:
    """A difference of shares in points, with its sign; no `-0.0`."""
    return f"{round(share * 100, 1) + 0.0:+.1f}"


def ends(interval: tuple[float, float]) -> str:
    """Both ends in points."""
    low, high = (round(x * 100, 1) + 0.0 for x in interval)
    return f"[{low:.1f}, {high:.1f}]"


def probability(p: float) -> str:
    """`p = 0.0017`, `p < 0.0001`."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def rough(n: int) -> str:
    """Two digits that count: `3,900`."""
    step = 10 ** max(0, math.floor(math.log10(max(n, 1))) - 1)
    return f"{math.ceil(n / step) * step:,}"
