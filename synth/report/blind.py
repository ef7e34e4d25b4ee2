"""A guesser that sees question and options but no picture, and learns from half of the circuits what is usually right.

What it scores beyond chance, the question writers give away. It is a conditional logit model: each option gets a score
that is a sum over what can be said of it (its text, its rank among the four, what stands beside it, …), and the four
scores become probabilities by softmax. It is learnt on one half of the groups and tried on the other, both ways.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa.item import LETTERS, Item
from qa.quantity import parse_whole
from qa.reply import plain
from qa.units import NONE
from synth.report.guessers import half

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_array

STRENGTH = 2.0
"""Of the ridge penalty: high enough that a text seen once or twice moves little."""
_FACTORS = {"2": 2.0, "10": 10.0, "100": 100.0, "1000": 1000.0, "2pi": 2 * math.pi, "root2": math.sqrt(2.0)}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_REF = re.compile(r"([A-Za-z]{1,2})(\d+)$")
_WORD = re.compile(r"[A-Za-z]+|[\u4e00-\u9fff]|\d+")


def guesses(items: Sequence[Item], more: Sequence[Item] = ()) -> list[str]:
    """A letter for each multiple-choice Item, by a guesser that learnt on the other half of the circuits.

    `more`: Items it may learn from as well, of the same half rule, but is not tried on.
    """
    import numpy as np

    every = [*items, *more]
    options = [list(_said(i)) for i in every]
    rights = np.array([LETTERS.index(str(i.answer)) for i in every])
    halves = np.array([half(i) for i in every])
    found = [""] * len(items)
    for side in (False, True):
        learnt = np.flatnonzero(halves != side)
        tried = np.flatnonzero(halves[: len(items)] == side)
        if not len(tried):
            continue
        names = _names([options[k] for k in learnt])
        if not names:  # nothing to learn from: any letter
            for k in tried:
                found[k] = LETTERS[0]
            continue
        weights = _fit(*_matrix([options[k] for k in learnt], names), rights[learnt])
        table, row = _matrix([options[k] for k in tried], names)
        scores = table @ weights
        for at, k in enumerate(tried):
            found[k] = LETTERS[int(np.argmax(scores[row == at]))]
    return found


def form_of(question: str) -> str:
    """The question without its numbers: all `What is the value of R#?` are one form."""
    return _NUMBER.sub("#", question)


def _names(learnt: Sequence[Sequence[Sequence[str]]]) -> dict[str, int]:
    """Number of each saying that was met twice at least."""
    met = Counter(name for options in learnt for said in options for name in said)
    return {name: k for k, name in enumerate(n for n, times in met.items() if times > 1)}


def _matrix(questions: Sequence[Sequence[Sequence[str]]], names: dict[str, int]) -> tuple[csr_array, np.ndarray]:
    """(options x names, the question that each option belongs to)."""
    import numpy as np
    from scipy.sparse import csr_array

    rows: list[int] = []
    columns: list[int] = []
    owner: list[int] = []
    for q, options in enumerate(questions):
        for said in options:
            known = [names[s] for s in said if s in names]
            rows += [len(owner)] * len(known)
            columns += known
            owner.append(q)
    table = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(owner), max(len(names), 1)))
    return table, np.array(owner)


def _fit(table: csr_array, owner: np.ndarray, rights: np.ndarray) -> np.ndarray:
    """The weights of the likeliest model under a ridge penalty."""
    import numpy as np
    from scipy.optimize import minimize

    first = np.searchsorted(owner, np.arange(len(rights)))
    right_rows = first + rights
    is_right = np.zeros(len(owner))
    is_right[right_rows] = 1.0

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = table @ weights
        scores -= np.maximum.reduceat(scores, first)[owner]
        grown = np.exp(scores)
        share = grown / np.add.reduceat(grown, first)[owner]
        value = -float(np.log(share[right_rows]).sum()) + STRENGTH / 2 * float(weights @ weights)
        return value, table.T @ (share - is_right) + STRENGTH * weights

    start = np.zeros(table.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 80}).x)


def _said(item: Item) -> Iterator[list[str]]:
    """What can be said of each option, without the picture."""
    options = item.options or ()
    form, topic, lang = form_of(item.question), item.topic, item.lang
    values = [_value(o) for o in options]
    words = sorted(set(_WORD.findall(item.question)))
    for k, text in enumerate(options):
        others = [o for j, o in enumerate(options) if j != k]
        said = [f"form {form}|{text}", f"topic {topic}|{text}", f"bare {topic}|{_NUMBER.sub('#', text)}", f"at {k}"]
        said += [f"word {lang} {topic} {w}|{text}" for w in words]
        said += [f"beside {topic}|{text}|{o}" for o in others]
        said += [f"kin {topic}|{_kin(text, others)}", f"kin {form}|{_kin(text, others)}"]
        longer = sum(len(o) < len(text) for o in others)
        said += [f"length {topic}|{longer}", f"length {topic}|{len(set(map(len, options))) == 1} {longer}"]
        said += [f"echo {topic}|{e}" for e in _echoes(text, item.question)]
        if all(v is not None for v in values):
            numbers = [v for v in values if v is not None]
            said += [f"{what} {topic}|{s}" for what in ("number", f"number {form}") for s in _numeric(k, numbers, text)]
        yield said


def _value(option: str) -> float | None:
    quantity = parse_whole(plain(option))
    return quantity.value(NONE) if quantity else None


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
    for letters, number in _REF_IN.findall(question):
        if mine and mine[1] == letters:
            yield f"same letters, {max(-3, min(3, int(mine[2]) - int(number)))}"
        elif mine:
            yield f"{mine[1]} by {letters}"
    yield f"in question {text.casefold() in question.casefold()}"
    if mine:
        yield f"ref {text}"


_REF_IN = re.compile(r"([A-Za-z]{1,2})(\d+)")


def _numeric(k: int, values: Sequence[float], text: str) -> Iterator[str]:
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
