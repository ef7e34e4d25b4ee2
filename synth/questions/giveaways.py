"""What can be said of an option without the picture: what a guesser may learn from, and what is evened out.

Each saying is a short text, the same for all questions it holds of: `topic count|1`, `number power|rank 2`. A set in
which a saying is true of right options as often as of wrong ones gives nothing away by it (balance.py); the guesser of
synth/report/blind.py looks for sayings that do.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from qa.quantity import parse_whole
from qa.reply import plain
from qa.units import NONE

_FACTORS = {"2": 2.0, "10": 10.0, "100": 100.0, "1000": 1000.0, "2pi": 2 * math.pi, "root2": math.sqrt(2.0)}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_REF = re.compile(r"([A-Za-z]{1,2})(\d+)")
_NAME = re.compile(r"(?<![A-Za-z])[A-Z]{1,5}\d*(?![A-Za-z])")
"""A designator or a label in a question: R3, OUT, VCC."""


def form_of(question: str) -> str:
    """The question without its numbers: all `What is the value of R#?` are one form."""
    return _NUMBER.sub("#", question)


def alone(question: str, topic: str, text: str) -> list[str]:
    """What can be said of an option whatever stands beside it."""
    form = form_of(question)
    said = [f"form {form}|{text}", f"topic {topic}|{text}", f"bare {topic}|{_NUMBER.sub('#', text)}"]
    said += [f"name {topic} {n}|{text}" for n in dict.fromkeys(_NAME.findall(question))]
    said += [f"{what}|{text}" for what in _apart(question, topic)]
    said += [f"echo {topic}|{e}" for e in _echoes(text, question)]
    return said


def among(question: str, topic: str, options: Sequence[str]) -> list[list[str]]:
    """What can be said of each of the options for what stands beside it."""
    form = form_of(question)
    values = [value_of(o) for o in options]
    numbers = [v for v in values if v is not None]
    every = []
    for k, text in enumerate(options):
        others = [o for j, o in enumerate(options) if j != k]
        kin = _kin(text, others)
        longer = sum(len(o) < len(text) for o in others)
        said = [f"beside {topic}|{text}|{o}" for o in others]
        said += [f"kin {topic}|{kin}", f"kin {form}|{kin}", f"length {topic}|{longer}"]
        said.append(f"length {topic}|{len(set(map(len, options))) == 1} {longer}")
        if len(numbers) == len(options):
            said += [f"number {topic}|{s}" for s in numeric(k, numbers, text)]
        every.append(said)
    return every


def sayings(question: str, topic: str, options: Sequence[str]) -> list[list[str]]:
    """Of each option all that can be said of it."""
    return [alone(question, topic, o) + m for o, m in zip(options, among(question, topic, options), strict=True)]


@lru_cache(maxsize=50_000)
def value_of(option: str) -> float | None:
    """What the option comes to in base units; None where it is no quantity."""
    quantity = parse_whole(plain(option))
    return quantity.value(NONE) if quantity else None


def _apart(question: str, topic: str) -> Iterator[str]:
    """How far apart the numbers of two designators are: neighbours in number are often neighbours in the picture."""
    refs = _REF.findall(question)
    if len(refs) == 2:
        (a, m), (b, n) = refs
        yield f"apart {topic} {a == b} {min(3, abs(int(m) - int(n)))}"


def _kin(text: str, others: Sequence[str]) -> str:
    """How many of the others look like it: same letters of a designator, unit, first and last character."""
    letters = _NUMBER.sub("#", text)
    alike = sum(_NUMBER.sub("#", o) == letters for o in others)
    first = sum(o[:1] == text[:1] for o in others)
    last = sum(o[-1:] == text[-1:] for o in others)
    return f"{alike} {first} {last}"


def _echoes(text: str, question: str) -> Iterator[str]:
    """How the option relates to the designators and labels that the question names."""
    mine = _REF.fullmatch(text)
    for letters, number in _REF.findall(question):
        if mine and mine[1] == letters:
            yield f"same letters, {max(-3, min(3, int(mine[2]) - int(number)))}"
        elif mine:
            yield f"{mine[1]} by {letters}"
    yield f"in question {text.casefold() in question.casefold()}"
    if mine:
        yield f"ref {text}"


def numeric(k: int, values: Sequence[float], text: str) -> Iterator[str]:
    """Rank, roundness, and how a number stands to the three others."""
    v, others = values[k], [x for j, x in enumerate(values) if j != k]
    rank, by_size = sum(x < v for x in others), sum(abs(x) < abs(v) for x in others)
    digits = re.sub(r"\D", "", text).lstrip("0")
    yield from (f"rank {rank}", f"size {by_size}", f"first digit {digits[:1]}", f"last digit {digits[-1:]}")
    yield f"zeros {len(digits) - len(digits.rstrip('0'))} of {len(digits)}"
    yield f"same sign {sum((x < 0) == (v < 0) for x in others)}, negative {v < 0}"
    unit = re.sub(r"[-\d.\s]", "", text)
    yield f"unit {unit}"
    yield f"opposites {sum(math.isclose(x, -v, rel_tol=0.02) for x in others)}"
    if v == 0 or any(x == 0 for x in others):
        return
    gaps = sorted(abs(math.log(abs(x / v))) for x in others if abs(x) != abs(v))
    if gaps:
        yield f"nearest {round(gaps[0] * 3)}"
        yield f"farthest {min(12, round(gaps[-1]))}"
        yield f"spread {rank} {min(12, round(max(gaps)))}"
    related = Counter(_relation(v, x) for x in others)
    related.pop("", None)
    yield f"related {sum(related.values())}"
    for how, times in related.items():
        yield f"related {how} {times}"
        yield f"related {how} rank {rank}"


def _relation(v: float, x: float) -> str:
    for name, factor in _FACTORS.items():
        if math.isclose(abs(v / x), factor, rel_tol=0.02):
            return f"{name} times"
        if math.isclose(abs(x / v), factor, rel_tol=0.02):
            return f"1/{name} times"
    return ""
