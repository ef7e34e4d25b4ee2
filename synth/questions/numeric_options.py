"""How a computed quantity is written, and wrong options that do not give the right one away."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PREFIXES = {9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "μ", -9: "n", -12: "p"}
_PLAIN = ("", "dB", "°", "rad/s")
"""Units that take no prefix."""
_APART = 0.05
"""Two options differ by more than this share: well beyond the tolerance of the grader."""
_NEPER = 20.0 / math.log(10.0)
_FARTHEST = 6.0
"""A mistake that is further off by ratio is no option: it would stand out as of the wrong order."""


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


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the steps from the right value to the wrong ones are taken."""

    most: float = math.inf
    """No value of the kind can be larger (the gain of a passive filter): steps are taken on v/√(most² - v²)."""
    span: tuple[float, float] = (0.0, math.inf)
    """Between which places the right value always lies: who steps out at one end comes in at the other."""
    decibels: bool = False
    """Steps are taken on the ratio that the decibels stand for."""

    def put(self, v: float) -> float:
        """The place of a value on the scale of steps."""
        if self.decibels:
            return math.exp(min(v, 1e3) / _NEPER)
        return v if math.isinf(self.most) else v / math.sqrt(max(self.most**2 - v**2, 1e-18))

    def back(self, u: float) -> float:
        """The value at a place of the scale."""
        low, high = self.span
        if low and not math.isinf(high):
            u = low * math.exp(math.log(u / low) % math.log(high / low))
        if self.decibels:
            return math.log(u) * _NEPER
        return u if math.isinf(self.most) else self.most * u / math.hypot(1.0, u)


PLAIN = Scale()


def wrong_options(
    answer: float,
    mistakes: Iterable[float],
    rng: random.Random,
    factors: Sequence[float] = (2.0,),
    scale: Scale = PLAIN,
    offsets: Sequence[float] = (),
) -> list[float]:
    """Three wrong values of the answer's sign (but for decibels), more than 5 % apart, with as many figures.

    Nothing in the four tells which is right. They are the corners of a square (the right value and a mistake, each
    alone and with one and the same slip), or steps of even make of which the right one is any.

    Args:
        answer: The right value, not zero.
        mistakes: Values that people get instead, the most tempting first.
        rng: Drawn from.
        factors: Slips that are a mere factor: 2π forgotten, √2, one half.
        scale: Where steps are taken.
        offsets: Slips that are a mere sum: a diode's drop forgotten.
    """
    sign = 1.0 if scale.decibels else math.copysign(1.0, answer)
    size, figures = answer * sign, _figures(abs(answer))
    sizes = [m if scale.decibels else abs(m) for m in mistakes if math.isfinite(m)]
    near = [scale.put(m) / scale.put(size) for m in sizes if m and m < scale.most]
    pool = [r for r in near if 1 / _FARTHEST < r < _FARTHEST and not 1 / 1.1 < r < 1.1]
    found: list[float] = []
    sums = size > 1.5 and bool(offsets) and rng.random() < 0.8
    for attempt in range(60):
        if sums and attempt < 30:
            found = [_rounded(size + s, figures) for s in _sums(offsets, rng)]
            if min(found) <= 0.2 * size:
                continue
        else:
            square = rng.random() < 0.6 and attempt < 20
            ratios = _square(pool, rng, factors) if square else _steps(rng)
            found = [_rounded(scale.back(scale.put(size) * r), figures) for r in ratios]
        values = [size, *found]
        alike = attempt > 40 or all(v and v < scale.most and _figures(abs(v)) == figures for v in found)
        if alike and all(apart(a, b) for i, a in enumerate(values) for b in values[:i]):
            break
    return [sign * v for v in found]


def with_signs(answer: float, wrong: Sequence[float], rng: random.Random) -> list[float]:
    """The answer, one of the wrong values, and both with the other sign: three wrong options."""
    other = rng.choice(wrong)
    return [-answer, other, -other]


def _square(pool: Sequence[float], rng: random.Random, factors: Sequence[float]) -> list[float]:
    """Ratios of the three wrong corners to the right one: another value, a slip, and the slip on the other value."""
    upward = rng.random() < 0.5
    there = [r for r in pool if (r > 1) == upward]
    other = there[0] if there else _step(rng) ** (1 if upward else -1)
    slips = [r for r in pool if r is not other and not 1 / 1.1 < r / other < 1.1]
    if slips and rng.random() < 0.3:
        slip = rng.choice(slips)
    elif factors and rng.random() < 0.6:
        slip = rng.choice(factors)
    else:
        slip = _step(rng)
    if rng.random() < 0.5:
        slip = 1 / slip
    return [other, slip, other * slip]


def _sums(offsets: Sequence[float], rng: random.Random) -> list[float]:
    """A square of sums: another source by whole volts, a drop more or less, and both."""
    volts = rng.choice((-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6))
    drop = rng.choice(offsets) * rng.choice((-1, 1))
    return [volts, drop, volts + drop]


def _steps(rng: random.Random) -> list[float]:
    """Ratios of three others to one of four values with gaps of even make."""
    places = [0.0]
    for _ in range(3):
        places.append(places[-1] + math.log(_step(rng)))
    mine = rng.randrange(4)
    return [math.exp(p - places[mine]) for k, p in enumerate(places) if k != mine]


def _step(rng: random.Random) -> float:
    return math.exp(rng.uniform(math.log(1.12), math.log(2.4)))


def _figures(v: float) -> int:
    """How many of three figures are needed to write the value: 1 for 0.5, 3 for 1.59."""
    return max(1, len(f"{v:.2e}".split("e")[0].replace(".", "").rstrip("0")))


def _rounded(v: float, figures: int) -> float:
    return float(f"{v:.{figures - 1}e}")


def apart(a: float, b: float) -> bool:
    """Whether two values cannot be taken for each other."""
    return abs(a - b) > _APART * max(abs(a), abs(b))
