"""Intervals, p-values and numbers of questions against published figures, an oracle, and simulation."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.interval_coverage import World, coverage
from eval.stats import design_effect, difference, effective, interval, mcnemar, needed, wilson, wilson_effective

SCORES = st.sampled_from([0.0, 1.0, 0.5, 0.25])
ROWS = st.lists(st.tuples(SCORES, SCORES, st.sampled_from("abcdef")), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),  # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=6e-5)
    assert interval([1.0] * right + [0.0] * (n - right), [str(i) for i in range(n)]) == wilson(right, n)
    assert wilson(0, 0) == interval([], []) == (0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_formula_for_effective_numbers_is_scipys_on_whole_ones(counts: tuple[int, int]) -> None:
    right, n = counts
    assert wilson_effective(right / n, n) == pytest.approx(wilson(right, n), abs=1e-12)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (1, 7, 0.0703),  # Fagerland, Lydersen and Laake, BMC Med. Res. Methodol. 13:91, 2013: exact conditional test
        (9, 1, 22 / 1024),  # by hand
        (0, 0, 1.0),
        (5, 5, 1.0),
    ],
)
def test_mcnemar(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == mcnemar(lost, gained) == pytest.approx(p, abs=5e-5)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_counts_coin_throws(gained: int, lost: int) -> None:
    n = gained + lost
    tail = sum(math.comb(n, k) for k in range(min(gained, lost) + 1))
    assert mcnemar(gained, lost) == pytest.approx(min(1.0, 2 * tail / 2**n))


def test_identical_runs_do_not_differ() -> None:
    scores = [float(i % 3 == 0) for i in range(80)]
    found = difference(scores, scores, [str(i // 8) for i in range(80)], "s")
    assert found.mean == 0 and found.low == -found.high < 0 < found.high < 0.1
    assert difference(scores, scores, [str(i) for i in range(80)], "s").needed == needed(0.0)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_exchanged_runs_mirror_and_the_order_of_questions_changes_no_digit(
    rows: list[tuple[float, float, str]], random: Random
) -> None:
    base, new, groups = (list(column) for column in zip(*rows, strict=True))
    found = difference(base, new, groups, "s", 200)
    assert -1 <= found.low <= found.mean <= found.high <= 1
    mirrored = difference(new, base, groups, "s", 200)
    assert (mirrored.mean, mirrored.low, mirrored.high) == (-found.mean, -found.high, -found.low)
    assert mirrored.needed == found.needed
    shuffled = random.sample(rows, len(rows))
    assert difference(*(list(c) for c in zip(*shuffled, strict=True)), "s", 200) == found  # type: ignore[misc]
    low, high = interval(new, groups)
    assert 0 <= low <= math.fsum(new) / len(new) <= high <= 1


def test_the_same_seed_gives_the_same_interval() -> None:
    random = Random("seed")
    base, new = ([float(random.random() < share) for _ in range(200)] for share in (0.4, 0.6))
    groups = [str(i // 8) for i in range(200)]
    assert difference(base, new, groups, "a") == difference(base, new, groups, "a")
    assert difference(base, new, groups, "a") != difference(base, new, groups, "b")


def test_a_question_copied_eight_times_tells_no_more() -> None:
    random = Random("copies")
    base, new = ([float(random.random() < share) for _ in range(100)] for share in (0.4, 0.6))
    groups = [str(i) for i in range(100)]
    once = difference(base, new, groups, "s")
    copies = [g for g in groups for _ in range(8)]
    eight = difference([b for b in base for _ in range(8)], [n for n in new for _ in range(8)], copies, "s")
    assert eight.high - eight.low == pytest.approx(once.high - once.low, rel=0.05)
    assert eight.needed == pytest.approx(8 * once.needed, rel=0.03)
    scores = [b for b in base for _ in range(8)]
    assert design_effect(base, groups) == pytest.approx(1)
    assert design_effect(scores, copies) == pytest.approx(8, rel=0.03)
    assert effective(scores, copies) == pytest.approx(100, rel=0.03)


def test_one_circuit_says_nothing_of_others() -> None:
    found = difference([0.0] * 9, [1.0] * 9, ["g"] * 9, "s")
    assert (found.mean, found.low, found.high) == (1.0, -1.0, 1.0)
    assert interval([1.0] * 9, ["g"] * 9) == pytest.approx(wilson(1, 1))


def test_few_questions_that_all_went_one_way_are_not_certain() -> None:
    found = difference([0.0] * 5, [1.0] * 5, list("abcde"), "s")
    assert found.mean == found.high == 1.0 and found.low < 0.5


def test_so_many_questions_do_see_the_difference() -> None:
    discordant, points = 0.2, 0.05
    n = needed(discordant, points=points)
    random = np.random.default_rng(1)
    shares = [(discordant + points) / 2, (discordant - points) / 2, 1 - discordant]
    gained, lost, _ = random.multinomial(n, shares, size=20_000).T
    seen = (np.abs(gained - lost) > 1.96 * np.sqrt(gained + lost)).mean()
    assert seen == pytest.approx(0.8, abs=0.02)
    assert needed(discordant, 3.0, points) == pytest.approx(3 * n, abs=3)


def test_coverage_of_intervals() -> None:
    """A small form of benchmarks/interval_coverage.py: 300 trials know a coverage to ±2.5 points."""
    found = coverage(World("alike on a circuit", 0.5, 0.4), circuits=40, trials=300, resamples=400)
    assert 92 <= found["Wilson"] <= 98 and 92 <= found["difference"] <= 98
    assert found["Wilson, plain"] < 90 and found["difference, questions"] < found["difference"]
