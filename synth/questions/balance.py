"""Which of the possible questions are asked, so that question and options alone tell nothing.

In small circuits a count is mostly 1 and a part that is there mostly a resistor; who has learnt such habits would get
half of the choices without looking. So of all questions that could be asked of all pictures, each with several sets of
wrong options, those are preferred that make every saying (giveaways.py) as often true of right options as of the
others. Of all ways to do so the one that changes the mix of questions least is a tilt: a question with options weighs

    w = exp(-sum over sayings s of t[s] * (s holds of the right option - share of the four options it holds of))

and the t are found by minimising log(1 + mean w), which is convex, under a ridge penalty: maximum entropy under
moment constraints (Jaynes, Physical Review 106, 1957; dual form in Boyd and Vandenberghe, Convex Optimization, 5.7).
At the minimum a conditional logit guesser (McFadden, 1974) over these sayings has nothing left to learn.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from synth.questions.candidates import Choice, called
from synth.questions.giveaways import alone, among

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_array

SIZE = 1 << 20
"""Sayings are told apart by a hash of 20 bits."""
LEAST = 6
"""A saying that fewer sets of options show is left alone."""
RIDGE = 0.2
"""Strength of the penalty next to one level of a circuit: the more there are, the less is held for an accident."""
BLOCK = 10_000
"""So many circuits are evened out at a time: as many as 2 GB of memory hold. What one block has left over the next has
too, and it adds up: 10,000 circuits in blocks of 1,000 are guessed at 28.0 %, in one block at 24.3 %."""
WANTED = 1.5
"""Choices that a level of a circuit is to have, on average; the rest of its questions are blanks."""
LIFT = 3.0
"""How much a level may be lifted whose weights the tilt has made small; over all families a level needs 2.9 at most."""
UNFAIR = 0.2
"""A kind of question of which the tilt leaves less than this, next to all, cannot be evened out: it is not asked."""
CUT = 0.05
"""Share of the probabilities that may be cut off: none is above 1."""


T = TypeVar("T")


def blocks(every: Sequence[T], samples: int = 1) -> Iterator[Sequence[T]]:
    """Parts of BLOCK samples each, in order, at so many `samples` each of `every`; what is left over at the end is a
    part of its own if half a block or more, and is added to the one before if less."""
    size = BLOCK // samples
    count = max(1, (len(every) + size // 2) // size)
    for k in range(count):
        yield every[k * size : (k + 1) * size if k < count - 1 else None]


Chances = tuple[tuple[float, ...], ...]
"""Of each choice on one circuit, and each of its sets of wrong options: the probability with which it is asked."""


@dataclass(frozen=True)
class Balance:
    """The tilt of a set of circuits."""

    tilts: np.ndarray
    """t of each saying, float32 of length SIZE."""
    scales: Mapping[str, float]
    """By writer and topic: what the weights of its questions are multiplied by to become probabilities."""

    def chances(self, sample: Sample) -> Chances:
        """Of each choice of the sample: the probability with which it is asked with each set of wrong options.

        They may come to more than 1 where a picture gives few questions; then the question is sure to be asked.
        """
        import numpy as np

        found: list[list[float]] = [[] for _ in sample.kinds]
        starts = np.concatenate([[0], np.cumsum(sample.sizes)])
        told = np.concatenate([[0.0], np.cumsum(self.tilts[sample.index] * sample.value.astype(np.float64))])[starts]
        weights = sample.share * np.exp(-np.diff(told))
        for question, weight in zip(sample.question.tolist(), weights.tolist(), strict=True):
            scale = self.scales.get(sample.kinds[question][1], 0.0)
            found[question].append(round(scale * weight, 6))  # digits beyond depend on the machine
        return tuple(map(tuple, found))


def shares(choices: Sequence[Choice]) -> list[float]:
    """How much of its level each choice on one circuit is, untilted: topics alike, then questions; 1 for a level."""
    kinds = Counter((c.draft.level, c.kind) for c in choices)
    topics = Counter(level for level, _ in kinds)
    return [1 / topics[c.draft.level] / kinds[c.draft.level, c.kind] for c in choices]


@dataclass(frozen=True)
class Sample:
    """The choices of one circuit, as `fit` reads them; a row is a question with one set of options."""

    index: np.ndarray
    """Hashes of the sayings of all rows, one row after the other (int32)."""
    value: np.ndarray
    """3/4 where a saying holds of the right option, -1/4 where of a wrong one (float32)."""
    sizes: np.ndarray
    """Number of sayings of each row."""
    share: np.ndarray
    """How much of its level each row is, untilted; see `shares`."""
    question: np.ndarray
    """Number of the question of each row."""
    kinds: tuple[tuple[int, str], ...]
    """Level, and writer and topic, of each question."""


def sample_of(choices: Sequence[Choice]) -> Sample:
    """The choices on one circuit as numbers."""
    import numpy as np

    index: list[np.ndarray] = []
    value: list[np.ndarray] = []
    share: list[float] = []
    question: list[int] = []
    for n, (choice, mine) in enumerate(zip(choices, shares(choices), strict=True)):
        for i, v in _differences(choice):
            index.append(i)
            value.append(v)
            share.append(mine / len(choice.sets))
            question.append(n)
    none = [np.empty(0, np.int32)]
    return Sample(
        np.concatenate(index or none),
        np.concatenate(value or none).astype(np.float32),
        np.array([len(i) for i in index], np.int64),
        np.array(share),
        np.array(question, np.int64),
        tuple((c.draft.level, c.kind) for c in choices),
    )


def _differences(choice: Choice) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Of each set of options (hashes of sayings, what each adds to the exponent)."""
    import numpy as np

    d = choice.draft
    known: dict[str, list[int]] = {}
    for wrong in choice.sets:
        options = (d.answer, *wrong)
        hashes: list[int] = []
        first = 0
        for k, (text, said) in enumerate(zip(options, among(d.question, d.topic, options), strict=True)):
            if text not in known:
                own = [*alone(d.question, d.topic, text), f"sort {choice.kind} {d.about}|{called(d, text)}"]
                known[text] = [_hash(s) for s in own]
            hashes += known[text]
            hashes += [_hash(s) for s in said]
            first = first or (len(hashes) if k == 0 else 0)
        value = np.full(len(hashes), -0.25, np.float32)
        value[:first] = 0.75
        yield np.array(hashes, np.int32), value


def _hash(saying: str) -> int:
    return zlib.crc32(saying.encode()) & (SIZE - 1)


def evened_out(samples: Sequence[Sample | None]) -> list[Chances | None]:
    """With which chances the choices of each sample are asked; None where there is no sample."""
    balance = fit(s for s in samples if s)
    return [balance.chances(s) if s and balance else None for s in samples]


def fit(samples: Iterable[Sample]) -> Balance | None:
    """The tilt that evens out these circuits; None where they have no choices. Same samples, same Balance."""
    import numpy as np
    from scipy.sparse import csr_array

    some = [s for s in samples if len(s.sizes)]
    if not some:
        return None
    starts = np.concatenate([[0], np.cumsum(np.concatenate([s.sizes for s in some]))]).astype(np.int32)  # as the index
    table = csr_array(
        (np.concatenate([s.value for s in some]), np.concatenate([s.index for s in some]), starts),
        shape=(len(starts) - 1, SIZE),
    )
    table.sum_duplicates()
    table.eliminate_zeros()
    columns = np.flatnonzero(np.bincount(table.indices, minlength=SIZE) >= LEAST)
    table = csr_array(table[:, columns].astype(np.float64))
    firsts = np.cumsum([0, *(len(s.kinds) for s in some)])
    question = np.concatenate([s.question + first for s, first in zip(some, firsts, strict=False)])
    share = np.concatenate([s.share for s in some])
    found = _tilts(table, share / share.sum(), RIDGE / share.sum())
    tilts = np.zeros(SIZE, np.float32)
    tilts[columns] = np.round(found, 2)  # found to about 1e-6; digits beyond depend on the machine
    asked = np.bincount(question, share * np.exp(-(table @ tilts[columns])))
    return Balance(tilts, _scales(asked, np.bincount(question, share), [kind for s in some for kind in s.kinds]))


def _tilts(table: csr_array, share: np.ndarray, ridge: float) -> np.ndarray:
    """The minimum of log(1 + sum of share * w) under the penalty; `share` sums to 1.

    The 1 stands for what is no choice. Without it there is no minimum where some option is in all questions, but never
    right: all weights would go to 0 together.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.sparse import csr_array
    from threadpoolctl import threadpool_limits

    back = csr_array(table.T)

    def loss(tilts: np.ndarray) -> tuple[float, np.ndarray]:
        grown = share * np.exp(np.minimum(-(table @ tilts), 100.0))  # a first step may be far too long
        total = 1.0 + grown.sum()
        return float(np.log(total) + ridge / 2 * tilts @ tilts), ridge * tilts - back @ (grown / total)

    start = np.zeros(table.shape[1])
    # As far as floats go: where it stopped early, the second digit would hang on the processor and its threads.
    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 0.0, "gtol": 1e-11}
    with threadpool_limits(1, "blas"):  # vectors are short: threads that wait for each other took ten times as long
        return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x)


def _scales(asked: np.ndarray, share: np.ndarray, kinds: Sequence[tuple[int, str]]) -> dict[str, float]:
    """What the weights of each kind of question are multiplied by: no more than CUT of their sum is above 1.

    A kind that cannot be evened out (its answer is always the same) has small weights: it is left to the blanks. So
    that weights stay small, no kind is multiplied by more than gives its level WANTED choices, and none by more than
    LIFT times that of untilted weights: of a few families whole levels may be such.
    """
    import numpy as np

    levels = np.array([level for level, _ in kinds])
    of = np.array([kind for _, kind in kinds])
    found = {}
    least = UNFAIR * asked.sum() / share.sum()
    for level in (1, 2, 3, 4):
        here = levels == level
        for kind in np.unique(of[here]):
            most = WANTED * min(LIFT, float(share[here].sum() / asked[here].sum()))
            mine = here & (of == kind)
            fair = asked[mine].sum() >= least * share[mine].sum()
            found[str(kind)] = round(_scale_of(asked[mine], most), 4) if fair else 0.0
    return found


def _scale_of(asked: np.ndarray, most: float) -> float:
    """The largest factor up to `most` with which no more than CUT of the sum is above 1."""
    import numpy as np

    low, high = 0.0, most
    for factor in (most, *[None] * 40):
        middle = factor or (low + high) / 2
        kept = float(np.minimum(1.0, middle * asked).sum())
        low, high = (middle, high) if kept >= (1 - CUT) * middle * float(asked.sum()) else (low, middle)
    return low
