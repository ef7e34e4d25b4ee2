"""A guesser that sees question and options but no picture, and learns from half of the circuits what is usually right.

What it scores beyond chance, the question writers give away. It is a conditional logit model: each option gets a score
that is a sum over what can be said of it (its text, its rank among the four, what stands beside it, …), and the four
scores become probabilities by softmax. It is learnt on one half of the groups and tried on the other, both ways.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa.item import LETTERS, Item
from synth.questions.giveaways import form_of, numeric, sayings, value_of
from synth.report.guessers import half

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_array

STRENGTH = 2.0
"""Of the ridge penalty: high enough that a text seen once or twice moves little."""
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
    from threadpoolctl import threadpool_limits

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
    with threadpool_limits(1, "blas"):  # short vectors: threads would only wait for each other
        return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 80}).x)


def _said(item: Item) -> Iterator[list[str]]:
    """What can be said of each option, without the picture: the sayings, its place, every word of the question,
    and of numbers what is said of them by the wording of the question."""
    options = item.options or ()
    words = sorted(set(_WORD.findall(item.question)))
    form = form_of(item.question)
    values = [value_of(o) for o in options]
    numbers = [v for v in values if v is not None]
    for k, said in enumerate(sayings(item.question, item.topic, options)):
        own = [f"at {k}", *(f"word {item.lang} {item.topic} {w}|{options[k]}" for w in words)]
        if len(numbers) == len(options):
            own += [f"number {form}|{s}" for s in numeric(k, numbers, options[k])]
        yield said + own
