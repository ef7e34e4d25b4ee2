"""How a computed quantity is written, and wrong options that do not give the right one away."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

PREFIXES = {9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "μ", -9: "n", -12: "p"}
_PLAIN = ("", "dB", "°", "rad/s")
"""Units that take no prefix."""
_APART = 0.05
"""Two options differ by more than this share: well beyond the tolerance of the grader."""


def prefix_of(value: float, unit: str, digits: int = 4) -> int:
    """Power of ten of the engineering prefix that fits the value once it is rounded."""
    if unit in _PLAIN or value == 0:
        return 0
    rounded = abs(float(f"{value:.{digits - 1}e}"))
    exponent = 3 * math.floor(math.log10(rounded) / 3 + 1e-12)
    lowest = 0 if unit == "Hz" else -12  # mHz is nobody's unit here
    return max(lowest, min(9, exponent))


def written(value: float, unit: str, digits: int = 4, exponent: int | None = None, fixed: bool = False) -> str:
    """`1.592 kHz`, `-10`, `5 V`; `fixed` keeps the zeros at the end (`5.00 V`), so that options look alike."""
    power = prefix_of(value, unit, digits) if exponent is None else exponent
    scaled = float(f"{value:.{digits - 1}e}") / 10.0**power
    if fixed and scaled:
        places = max(0, digits - 1 - math.floor(math.log10(abs(scaled)) + 1e-12))
        number = f"{scaled:.{places}f}"
    else:
        number = f"{scaled:.12g}"
        if "e" in number:
            number = f"{scaled:.15f}".rstrip("0")
    return f"{number} {PREFIXES[power]}{unit}".strip()


def wrong_options(
    answer: float, mistakes: Iterable[float], signed: bool, rng: random.Random, factors: Sequence[float] = (2.0,)
) -> list[float]:
    """Three wrong values, more than 5 % apart, from `mistakes` (most tempting first) as far as they do.

    Nothing in the four options tells which is right: a mistake that is a mere factor (`factors`: 2π forgotten,
    √2, one half) is put on a wrong value as well, a lost sign too (`signed`), and where there is neither the
    rank of the answer is drawn evenly.
    """
    size, sign = abs(answer), math.copysign(1.0, answer)
    telling = [f for k in {*factors, 2.0} for f in (k, 1.0 / k)]
    pool = [
        abs(m)
        for m in mistakes
        if math.isfinite(m) and 1e-4 < abs(m / answer) < 1e4 and all(apart(abs(m / answer), f) for f in telling)
    ]
    if signed and rng.random() < 0.5:
        other = _fill([size], pool, 1, rng.random() < 0.5, rng)[0]
        return [-answer, *rng.sample([other, -other], 2)]
    wrong = _same_slip_twice(size, pool, rng, factors) if factors and rng.random() < 0.6 else []
    if not wrong:
        below = rng.randrange(4)
        low = _fill([size], pool, below, False, rng)
        wrong = low + _fill([size, *low], pool, 3 - below, True, rng)
    rng.shuffle(wrong)
    return [sign * v for v in wrong]


def _same_slip_twice(size: float, pool: Sequence[float], rng: random.Random, factors: Sequence[float]) -> list[float]:
    """A wrong value, and both values with the same factor slipped; empty where two of them would be close."""
    factor = rng.choice(factors) ** rng.choice((1, -1))
    other = _fill([size], pool, 1, rng.random() < 0.5, rng)[0]
    wrong = [other, size * factor, other * factor]
    values = [size, *wrong]
    good = all(apart(a, b) for i, a in enumerate(values) for b in values[:i])
    return wrong if good else []


def _fill(taken: Sequence[float], pool: Sequence[float], count: int, upward: bool, rng: random.Random) -> list[float]:
    """`count` values on one side of taken[0], apart from all taken: from the pool, then made up."""
    chosen: list[float] = []
    size = taken[0]

    def fits(v: float) -> bool:
        return (v > size) == upward and all(apart(v, t) for t in (*taken, *chosen))

    for m in pool:
        if len(chosen) < count and fits(m):
            chosen.append(m)
    while len(chosen) < count:
        # an odd step from any of them, or the answer would be what the others are round multiples of
        base = rng.choice([size, *chosen])
        step = rng.uniform(1.12, 2.8)
        v = base * step if upward else base / step
        if fits(v):
            chosen.append(v)
    return chosen


def apart(a: float, b: float) -> bool:
    """Whether two values cannot be taken for each other."""
    return abs(a - b) > _APART * max(abs(a), abs(b))
