"""Rules on the options of a multiple-choice question: four, distinct also in meaning, one of them right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from qa.grading import grade
from qa.item import LETTERS, REL_TOL, Item
from qa.names import named, squeeze
from qa.option_texts import normal
from qa.quantity import Quantity, parse_whole
from qa.reply import plain
from qa.units import NONE
from synth.checks.findings import Finding, fail, unsure

SAME = 0.005
"""Relative: the grader takes a written quantity for the option it is this near to (qa.option_texts)."""


def option_rules(item: Item) -> Iterator[Finding]:
    """Faults of the options; none for other forms."""
    options = item.options
    if item.form != "mcq" or options is None:
        return
    if len(options) != len(LETTERS):
        yield fail(f"{len(options)} options instead of four")
    empty = [x for x, o in zip(LETTERS, options, strict=False) if not normal(plain(o))]
    if empty:
        yield fail(f"option {empty[0]} says nothing")
    for (x, one), (y, two) in combinations(zip(LETTERS, options, strict=False), 2):
        if y in empty or x in empty:
            continue
        said = _alike(one, two)
        if said == "same":
            yield fail(f"options {x} and {y} are the same")
        elif said == "named" and item.answer not in (x, y):
            yield unsure(f"options {x} and {y} are two names of one thing")
        elif said == "named":
            yield fail(f"options {x} and {y} are the same")
        elif said == "near" and item.answer in (x, y):
            yield unsure(f"options {x} and {y} lie within the tolerance of {REL_TOL:.0%}")
    yield from _second_right(item, options)


def _alike(one: str, two: str) -> str:
    """`same`, `named` (two names of one thing), `near` (quantities within the grader's tolerance), or empty."""
    a, b = plain(one), plain(two)
    if normal(a) == normal(b) or squeeze(a) == squeeze(b):
        return "" if _case_tells(one, two) else "same"
    p, q = parse_whole(a), parse_whole(b)
    if p is not None and q is not None:
        return _near(p, q)
    ids = {n.id for n in named(a)}
    return "named" if ids and ids == {n.id for n in named(b)} else ""


def _case_tells(one: str, two: str) -> bool:
    """`1 mΩ` and `1 MΩ`, `q` and `Q` differ by case alone, and that is a difference."""
    return one.strip() != two.strip() and one.strip().casefold() == two.strip().casefold()


def _near(p: Quantity, q: Quantity) -> str:
    if (p.unit is None) != (q.unit is None) or not (p.fits((q.unit or NONE).dim) or q.fits((p.unit or NONE).dim)):
        return ""  # `4k7` has no unit of its own and fits any
    a, b = p.value(NONE), q.value(NONE)
    off, size = abs(a - b), max(abs(a), abs(b))
    if p.unit is None and a == int(a) and b == int(b):
        return "same" if a == b else ""  # counts and node numbers have no tolerance
    if off <= SAME * size:
        return "same"
    return "near" if off <= REL_TOL * size else ""


def _second_right(item: Item, options: tuple[str, ...]) -> Iterator[Finding]:
    """Another option that says in other words what the right one says."""
    answer = options[LETTERS.index(item.answer_text)]
    if parse_whole(plain(answer)) is not None:
        return  # quantities were compared above, and more strictly than the grader would
    for letter, option in zip(LETTERS, options, strict=False):
        if letter == item.answer or _alike(answer, option) or _case_tells(answer, option):
            continue
        if grade("fill", item.question, answer, option).verdict == "right":
            back = grade("fill", item.question, option, answer).verdict == "right"
            finding = fail if back else unsure  # one way only: a kind of it, or a longer way to say it
            yield finding(f"option {letter} may be right too: it says what {item.answer} says")
