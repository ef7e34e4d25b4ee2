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
_FACTORS = (0.5, 2.0, 0.67, 1.5, 0.8, 1.25, 0.33, 3.0, 0.4, 2.5, 0.9, 1.1, 0.25, 4.0)


def prefix_of(value: float, unit: str, digits: int = 4) -> int:
    """Power of ten of the engineering prefix that fits the value once it is rounded."""
    if unit in _PLAIN or value == 0:
        return 0
    rounded = abs(float(f"{value:.{digits - 1}e}"))
    exponent = 3 * math.floor(math.log10(rounded) / 3 + 1e-12)
    return max(-12, min(9, exponent))


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


def wrong_options(answer: float, mistakes: Iterable[float], signed: bool, rng: random.Random) -> list[float]:
    """Three wrong values: mistakes first, but the rank of the answer among the four is drawn evenly.

    `signed`: the sign is part of the question, so that options come as mirrored pairs or all with the
    answer's sign. Values are apart by more than 5 %; plausible multiples fill up where mistakes do not do.
    """
    pool = [abs(m) for m in mistakes if math.isfinite(m) and m != 0 and 1e-4 < abs(m / answer) < 1e4]
    size, sign = abs(answer), math.copysign(1.0, answer)
    if signed and rng.random() < 0.5:
        other = _fill([size], pool, 1, rng.random() < 0.5, rng)[0]
        return [-answer, *rng.sample([other, -other], 2)]
    below = rng.randrange(4)
    low = _fill([size], [m for m in pool if m < size], below, False, rng)
    high = _fill([size, *low], [m for m in pool if m > size], 3 - below, True, rng)
    rest = low + high
    rng.shuffle(rest)
    return [sign * v for v in rest]


def _fill(taken: Sequence[float], pool: Sequence[float], count: int, upward: bool, rng: random.Random) -> list[float]:
    """`count` values on one side of taken[0], apart from all taken: from the pool, then made up."""
    chosen: list[float] = []
    size = taken[0]

    def fits(v: float) -> bool:
        return (v > size) == upward and all(apart(v, t) for t in (*taken, *chosen))

    for m in pool:
        if len(chosen) < count and fits(m):
            chosen.append(m)
    factors = list(_FACTORS)
    rng.shuffle(factors)
    bases = [size, *pool, *chosen]
    for factor in factors * 2:
        if len(chosen) == count:
            break
        # not always a multiple of the answer itself, or the answer is what the others have in common
        made = rng.choice(bases) * factor
        for v in (made, size * factor):
            if fits(v) and 0.1 < v / size < 10:
                chosen.append(v)
                break
    while len(chosen) < count:
        step = rng.uniform(1.12, 2.5)
        last = (max if upward else min)([size, *chosen])
        v = last * step if upward else last / step
        if fits(v):
            chosen.append(v)
    return chosen


def apart(a: float, b: float) -> bool:
    """Whether two values cannot be taken for each other."""
    return abs(a - b) > _APART * max(abs(a), abs(b))
