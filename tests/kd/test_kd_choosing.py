"""Which right replies are kept: no two alike, at most so many of a question and of a level, the hardest first."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kd.alike import distinct, likeness, normal_form
from kd.choosing import Candidate, choose


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("R1 = 10 kΩ, so B.", "r1=10kΩ so B"),
        ("先看图。\n再算。", "先看图, 再算"),
        ("\uff21\uff11", "A1"),
        ("a  b\n\nc", "ab c"),
        ("**f** = 1/(2πRC)", "f=1/(2πRC)"),
    ],
)
def test_spaces_case_and_punctuation_make_no_difference(one: str, two: str) -> None:
    assert normal_form(one) == normal_form(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [("1.5 V", "15 V"), ("R1 5", "R15"), ("1 5", "15"), ("= -3 V", "= 3 V"), ("a + b", "a × b"), ("a/b", "a b"),
     ("R1 > R2", "R1 < R2")],
)  # fmt: skip
def test_numbers_and_signs_do(one: str, two: str) -> None:
    assert normal_form(one) != normal_form(two)


def test_near_same_is_by_choice() -> None:
    texts = ["先看R1与R2串联,总电阻为30千欧,再求电流", "先看R1与R2串联,总电阻为30千欧,再求电流。好", "并联时另算"]
    assert distinct(texts) == [0, 1, 2] and distinct(texts, near=0.8) == [0, 2]
    assert likeness("abcdef", "abcdef") == 1.0 and likeness("", "abc") == 0.0


TEXTS = st.text(alphabet="ab1 .\n-", max_size=6)
CANDIDATES = st.lists(st.tuples(st.integers(0, 6), TEXTS), max_size=60).map(
    lambda found: [Candidate(f"i{n}", n % 4 + 1, text) for n, text in found]
)


@given(CANDIDATES, st.integers(1, 4), st.none() | st.integers(0, 8), st.integers(0, 3), st.randoms())
def test_what_is_kept(
    candidates: list[Candidate], most: int, per_level: int | None, seed: int, rng: random.Random
) -> None:
    shares = {f"i{n}": n / 10 for n in range(7)}
    chosen = choose(candidates, shares, most, per_level, seed=seed)
    by_item: dict[str, list[str]] = defaultdict(list)
    for c in chosen.kept:
        assert c in candidates
        by_item[c.item].append(normal_form(c.text))
    assert all(len(forms) == len(set(forms)) <= most for forms in by_item.values())
    levels = Counter(c.level for c in chosen.kept)
    assert all(levels[level] <= cap for level, cap in chosen.caps.items())
    if per_level:
        assert all(cap <= per_level for cap in chosen.caps.values())
    if per_level == 0:
        assert by_item.keys() == {c.item for c in candidates}
    assert len(candidates) == len(chosen.kept) + chosen.alike + chosen.over + chosen.crowded
    shuffled = rng.sample(candidates, len(candidates))
    again = choose(shuffled, shares, most, per_level, seed=seed)
    assert [(c.item, normal_form(c.text)) for c in again.kept] == [(c.item, normal_form(c.text)) for c in chosen.kept]


def test_every_question_has_its_first_row_before_any_has_a_second_and_the_hardest_come_first() -> None:
    candidates = [Candidate(f"i{n}", 1, f"way {k}") for n in range(5) for k in range(3)]
    shares = {f"i{n}": (n + 1) / 10 for n in range(5)}
    counts = Counter(c.item for c in choose(candidates, shares, most=3, per_level=7).kept)
    assert counts == {"i0": 2, "i1": 2, "i2": 1, "i3": 1, "i4": 1}
    assert {c.item for c in choose(candidates, shares, most=3, per_level=2).kept} == {"i0", "i1"}


def test_without_a_cap_of_ones_own_no_level_has_more_than_twice_the_median() -> None:
    sizes = {1: 50, 2: 10, 3: 8, 4: 10}
    candidates = [Candidate(f"l{level}n{n}", level, "x") for level, size in sizes.items() for n in range(size)]
    kept = Counter(c.level for c in choose(candidates, {}, most=1).kept)
    assert kept == {1: 20, 2: 10, 3: 8, 4: 10}


def test_another_seed_chooses_others() -> None:
    candidates = [Candidate("i", 1, f"way {n}") for n in range(20)]
    assert len({choose(candidates, {}, most=2, seed=s).kept for s in range(6)}) > 1
