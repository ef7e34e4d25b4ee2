"""Wrong values beside a printed one: none of the four stands out, neither by digits nor by power of ten."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

from synth.questions.numeric_options import apart

PATH = Path(__file__).with_name("printed.json")
"""How often each leading figure (`4.7`) and each power of ten (`3`) is printed, by unit; made by
`python -m benchmarks.printed_law`."""


@cache
def law() -> Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]]:
    """unit -> (leading figure -> share, power of ten -> share)."""
    return {unit: (figures, powers) for unit, (figures, powers) in json.loads(PATH.read_text("utf-8")).items()}


def taken_apart(value: float) -> tuple[str, int]:
    """(`4.7`, 3) of 4700."""
    power = math.floor(math.log10(abs(value)) + 1e-9)
    return f"{abs(value) / 10.0**power:.6g}", power


def put_together(figure: str, power: int) -> float:
    """The value of a leading figure and a power of ten, as a parser reads it."""
    return float(f"{figure}e{power}")


def values_beside(value: float, unit: str, others: Sequence[float], rng: random.Random) -> list[list[float]]:
    """Threes of wrong values: printed ones where there are enough, else the corners of squares; [] where none fit.

    The corners have two leading figures and two powers of ten, one of each the right ones. The others come from a
    second printed value or are drawn as often as they are printed, so any corner is as likely to be the right one.
    """
    sign = math.copysign(1.0, value)
    printed: list[float] = []
    for o in rng.sample(list(others), len(others)):
        if o * sign > 0 and all(apart(o, p) for p in (value, *printed)):
            printed.append(o)
    if len(printed) >= 3:
        return [printed[:3]]
    figures, powers = law().get(unit, ({}, {}))
    figure, power = taken_apart(value)
    found: list[list[float]] = []
    for n in range(16):
        second = taken_apart(printed[0]) if printed and n < 8 else ("", power)
        other = second[0] if second[0] not in ("", figure) else _drawn(figures, rng)
        step = second[1] if second[1] != power else int(_drawn(powers, rng) or power)
        if not other or step == power or not apart(float(other), float(figure)):
            continue
        wrong = [sign * put_together(f, p) for f, p in ((figure, step), (other, power), (other, step))]
        if wrong not in found and all(apart(a, b) for a, b in combinations((value, *wrong), 2)):
            found.append(wrong)
    return found


def _drawn(shares: Mapping[str, float], rng: random.Random) -> str:
    return rng.choices(list(shares), list(shares.values()))[0] if shares else ""
