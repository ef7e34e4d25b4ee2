"""Questions picked so that words alone tell nothing: planted habits are evened out, the rest stays as it is."""

from __future__ import annotations

import math
import random
import re
from collections import Counter

import numpy as np
import pytest

from benchmarks.blind_guess import generated
from qa.item import Level
from synth.circuits.draw import circuit_alone
from synth.circuits.netlist import Circuit
from synth.questions.assemble import assemble
from synth.questions.balance import blocks, evened_out, fit, sample_of
from synth.questions.candidates import Choice, called, candidates
from synth.questions.draft import Draft
from synth.report.blind import guesses
from synth.sources.circuits import jobs
from tests.synth.test_questions_truth import FIVE_TRANSISTORS, LADDER


def count(n: int, topic: str = "count", level: Level = 1) -> Choice:
    wrong = tuple(str(k) for k in range(4) if k != n)
    return Choice(Draft("r", topic, level, "mcq", "How many?", str(n), wrong, about="x"), f"r {topic}", (wrong,))


def usually_one(circuits: int) -> list[list[Choice]]:
    rng = random.Random(0)
    return [[count(rng.choices(range(4), (1, 8, 3, 1))[0])] for _ in range(circuits)]


def test_a_usual_answer_is_asked_less_and_offered_more() -> None:
    circuits = usually_one(600)
    balance = fit(sample_of(c) for c in circuits)
    assert balance
    weights: Counter[str] = Counter()
    for choices in circuits:
        weights[choices[0].draft.answer] += balance.chances(sample_of(choices))[0][0]  # type: ignore[assignment]
    shares = {text: weights[text] / weights.total() for text in "0123"}
    assert all(share == pytest.approx(0.25, abs=0.06) for share in shares.values()), shares


def test_of_several_sets_of_options_the_fairest_is_taken() -> None:
    """R1 is often right: it is to be offered where it is wrong, too."""
    rng = random.Random(1)
    circuits = []
    for n in range(400):
        answer = "R1" if n % 2 else rng.choice(("R2", "R3", "R4", "R5"))
        others = [t for t in ("R1", "R2", "R3", "R4", "R5") if t != answer]
        sets = tuple(tuple(t for t in others if t != left) for left in others)
        circuits.append([Choice(Draft("r", "t", 1, "mcq", "Which?", answer, sets[0], about="x"), "r t", sets)])
    balance = fit(sample_of(c) for c in circuits)
    assert balance
    for choices in circuits:
        by_set = dict(zip(choices[0].sets, balance.chances(sample_of(choices))[0], strict=True))
        if choices[0].draft.answer != "R1":
            assert max(w for s, w in by_set.items() if "R1" not in s) < min(w for s, w in by_set.items() if "R1" in s)


def test_where_nothing_tells_nothing_is_changed() -> None:
    rng = random.Random(0)
    texts = [f"R{n}" for n in range(1, 5)]
    circuits = []
    for _ in range(400):
        answer = rng.choice(texts)
        wrong = tuple(t for t in texts if t != answer)
        circuits.append([Choice(Draft("r", "t", 1, "mcq", "Which?", answer, wrong), "r t", (wrong,))])
    balance = fit(sample_of(c) for c in circuits)
    assert balance
    weights = [balance.chances(sample_of(c))[0][0] for c in circuits]
    assert np.std(weights) / np.mean(weights) < 0.2
    assert np.mean(np.minimum(weights, 1.0)) > 0.7  # and nearly all are asked


@pytest.mark.parametrize("level", [1, 3])
def test_a_question_with_one_answer_only_is_left_to_the_blanks(level: Level) -> None:
    circuits = [[count(n % 4), count(1, "only", level)] for n in range(400)]
    balance = fit(sample_of(c) for c in circuits)
    assert balance
    kept: Counter[str] = Counter()
    for choices in circuits:
        for choice, chances in zip(choices, balance.chances(sample_of(choices)), strict=True):
            kept[choice.kind] += min(1.0, sum(chances))  # type: ignore[assignment]
    assert kept["r only"] == 0 < kept["r count"]


def test_chances_are_those_of_the_whole_set() -> None:
    samples = [sample_of(c) for c in usually_one(200)]
    balance = fit(samples)
    assert balance and evened_out([None, *samples]) == [None, *map(balance.chances, samples)]
    assert evened_out([]) == [] and evened_out([None]) == [None]


def test_same_samples_same_balance_and_none_of_nothing() -> None:
    one, two = (fit([sample_of(c) for c in usually_one(50)]) for _ in range(2))
    assert one and two and one.scales == two.scales and np.array_equal(one.tilts, two.tilts)
    assert fit([]) is None and fit([sample_of([])]) is None


def test_a_circuit_of_usual_answers_still_gives_six() -> None:
    for seed in range(20):
        choices = candidates(FIVE_TRANSISTORS, "en", random.Random(seed)).choices
        nothing = tuple((0.0,) * len(c.sets) for c in choices)
        made = assemble(FIVE_TRANSISTORS, "x.png", "-", "en", random.Random(seed), "-", "-", chances=nothing)
        assert len(made.items) >= 6


def test_who_learns_from_other_circuits_gets_little_more_than_chance() -> None:
    todo = jobs(220, 1, "both")
    scores = {}
    for even in (False, True):
        items = generated(todo, 1, even)
        said = guesses(items)
        scores[even] = sum(letter == i.answer for letter, i in zip(said, items, strict=True)) / len(items)
        assert len(items) > 500
    assert scores[True] < 0.29 and scores[False] - scores[True] > 0.08, scores


def _called(circuit: Circuit, lang: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for choice in candidates(circuit, lang, random.Random(0)).choices:  # type: ignore[arg-type]
        if choice.draft.about:
            found.update(called(choice.draft, t) for wrong in choice.sets for t in (choice.draft.answer, *wrong))
    return found


def test_options_are_called_the_same_in_both_languages() -> None:
    drawn = [circuit_alone(j.family, j.seed, j.index, j.lang) for j in jobs(31, 3, "zh")]
    for circuit in (LADDER, FIVE_TRANSISTORS, *drawn):
        for text in _called(circuit, "zh"):
            assert not re.search("[\u4e00-\u9fff]", text), text


def test_weights_are_numbers_whatever_the_options() -> None:
    odd = Draft("r", "t", 4, "mcq", "U?", "0 V", ("-0 V", "1e308 V", "∞"))
    choices = [Choice(odd, "r t", (odd.distractors,))]
    balance = fit([sample_of(choices)] * 30)  # often enough for its sayings to be weighed
    assert balance and balance.tilts.any()
    assert all(math.isfinite(chance) for chance in balance.chances(sample_of(choices))[0])


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (3, [3]), (14_999, [14_999]), (15_000, [10_000, 5_000]),
                                              (31_000, [10_000, 10_000, 11_000])])  # fmt: skip
def test_blocks_are_whole_and_the_first_stay_as_they_are(count: int, sizes: list[int]) -> None:
    parts = list(blocks(range(count)))
    assert [len(p) for p in parts] == sizes and [n for p in parts for n in p] == list(range(count))
    assert [len(p) for p in blocks(range(12_500), 2)] == [5_000, 5_000, 2_500]
