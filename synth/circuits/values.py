"""Component values: the E-series they come from, and how a figure is printed beside a part."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from typing import Literal

UnitStyle = Literal["tight", "spaced", "bare", "rkm"]
"""`10kΩ`, `10 kΩ`, `10k`, `4k7`."""

E12 = (10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82)
E24 = tuple(sorted((*E12, 11, 13, 16, 20, 24, 30, 36, 43, 51, 62, 75, 91)))
ROUND = (10, 15, 20, 25, 30, 40, 50, 60, 80)
"""Textbook figures: exercises are set with round numbers as often as with real parts."""

_PREFIXES = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
_RKM_UNITS = ("Ω", "F", "H")


def pick(rng: random.Random, low: float, high: float, series: tuple[int, ...] = E12) -> float:
    """A value of the series between `low` and `high` (both included), decades equally likely."""
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    fits = [_exact(m, d) for d in decades for m in series if low <= _exact(m, d) <= high]
    if not fits:
        raise ValueError(f"no value of the series between {low} and {high}")
    return rng.choice(fits)


def nearest(wanted: float, series: tuple[int, ...] = E12) -> float:
    """The value of the series nearest to `wanted` (> 0) by ratio."""
    decade = math.floor(math.log10(wanted))
    near = [_exact(m, d) for d in (decade - 2, decade - 1, decade) for m in series]
    return min(near, key=lambda v: abs(math.log(v / wanted)))


def _exact(mantissa: int, exponent: int) -> float:
    # through text, so that 4.7 kΩ is the float a parser reads from "4.7k" and not 4700.000000000001
    return float(f"{mantissa}e{exponent}")


def printed(value: float, unit: str, style: UnitStyle = "tight") -> str:
    """The value as it stands in the picture, e.g. `4.7kΩ`; reads back to `value` exactly.

    Units without a decimal prefix in circuits (a plain gain) are printed as a bare number.
    """
    if value == 0:
        digits, exponent = "0", 0
    else:
        exponent = max(-12, min(9, 3 * math.floor(math.log10(abs(value)) / 3 + 1e-9)))
        if unit == "F" and exponent == -3:
            exponent = -6  # nobody prints mF on a capacitor
        digits = f"{float(Decimal(repr(value)).scaleb(-exponent)):.6g}"
    prefix = _PREFIXES[exponent]
    letter = prefix or ("R" if unit == "Ω" else "")
    if style == "rkm" and unit in _RKM_UNITS and letter:
        whole, _, rest = digits.partition(".")
        return f"{whole}{letter}{rest}"
    if style in ("bare", "rkm"):
        if unit == "Ω":
            return f"{digits}{prefix or 'Ω'}"
        return f"{digits}{prefix}{unit}"
    gap = " " if style == "spaced" and (prefix or unit) else ""
    return f"{digits}{gap}{prefix}{unit}"
