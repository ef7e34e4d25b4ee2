"""Figures on wordings and options: near-equal questions, letters, lengths, guessers."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.item import Check, Item, Origin
from synth.report.blocks import Table, Text
from synth.report.folder import Folder, judged
from synth.report.guessers import guessers
from synth.report.variety import NEAR, choices_section, distinct_n, entropy, folded, near_equal, stem
from tests.synth.report.half_checked import mcq


def texts(items: list[Item]) -> str:
    folder = Folder(Path("x"), tuple(map(judged, items)), (), (), (), {}, None, ())
    return "\n".join(b.text for b in choices_section(folder).blocks if isinstance(b, Text))


def asked(n: int, answer: str, options: tuple[str, ...] | None = None) -> Item:
    passed = (Check(name="blind", verdict="pass"),)
    origin = Origin(source="images", writer="teacher:m@write@1", checks=passed)
    return mcq(n, f"images/{n}.png", answer=answer, options=options or (f"{n}", f"{n + 1}", f"{n + 2}", f"{n + 3}"),
               origin=origin, group=f"g{n}")  # fmt: skip


def test_stems_take_names_and_numbers_out() -> None:
    assert stem("图中R12的阻值是多少?") == stem("图中C3的阻值是多少?")
    assert stem("What is the value of R1 at 3.5 V?") == "What is the value of # at # V?"
    assert stem("R1是串联吗?") != stem("R1是并联吗?")


def test_entropy_and_distinct_n() -> None:
    assert entropy([5, 5, 5, 5]) == pytest.approx(2)
    assert entropy([7]) == 0
    assert distinct_n(["a b a b", "a b"], 2) == pytest.approx(2 / 4)
    assert distinct_n(["图中电阻", "图中电容"], 1) == pytest.approx(5 / 8)
    assert distinct_n([], 2) == 0


def brute(questions: list[str]) -> int:
    """What near_equal looks for, by comparing all with all."""
    sets = [{t[i : i + 3] for i in range(max(1, len(t) - 2))} for t in map(folded, questions)]
    near = [any(i != j and len(a & b) >= NEAR * len(a | b) for j, b in enumerate(sets)) for i, a in enumerate(sets)]
    return sum(near)


def test_near_equal_questions_are_found() -> None:
    rng = random.Random("near")
    words = ["resistor", "capacitor", "gain", "voltage", "current", "output", "node", "input", "ground", "bias", "drop"]
    questions = [" ".join(rng.choices(words, k=12)) + f" {n}?" for n in range(150)]
    twins = [q.replace("?", " please?", 1) for q in questions[:40]] + ["  " + q.upper() for q in questions[40:50]]
    found, truth = near_equal(questions + twins), brute(questions + twins)
    assert truth >= 100
    assert 0.95 * truth <= found <= truth


@given(st.lists(st.text(max_size=12), max_size=25))
@settings(max_examples=30, deadline=None)
def test_near_equal_never_finds_what_is_not_there(questions: list[str]) -> None:
    questions = [q for q in questions if folded(q)]
    assert near_equal(questions) <= brute(questions)


def test_unbalanced_letters_are_told_and_balanced_ones_are_not() -> None:
    assert "no sign of a bias" in texts([asked(n, "ABCD"[n % 4]) for n in range(80)]).splitlines()[0]
    assert "not balanced" in texts([asked(n, "B" if n % 2 else "ABCD"[n // 2 % 4]) for n in range(80)])


@pytest.mark.parametrize(("right", "finding"), [("D", "length tells the answer"), ("A", "the longest is avoided")])
def test_the_longest_option_is_noticed(right: str, finding: str) -> None:
    items = [asked(n, right, ("1 V", "2 V", "3 V", "exactly four volts")) for n in range(40)]
    assert finding in texts(items)


def test_chance_alone_is_no_bias_of_length() -> None:
    # one in four right is longest: just what chance gives
    items = [asked(n, "ABCD"[n % 4], ("1 V", "2 V", "3 V", "exactly four volts")) for n in range(40)]
    assert "it is right in 25.0 %, by chance 25.0 %: p = 1.000; no sign of a bias" in texts(items)


def test_words_that_give_answers_away_are_told() -> None:
    usual = [asked(n, "ABCD"[n % 4], tuple("1" if k == n % 4 else f"{k + 5}" for k in range(4))) for n in range(60)]
    assert "gets 100.0 % of 60, by chance 25.0 %: p = 0.000; the words give answers away" in texts(usual)
    fair = [asked(n, "ABCD"[n * 7 // 5 % 4], tuple(f"{(n + k) % 4}" for k in range(4))) for n in range(60)]
    assert "no sign of a bias" in texts(fair).splitlines()[-1]
    assert "not measured" in texts([asked(n, "A") for n in range(19)])


def test_guessers_score_what_the_options_give_away() -> None:
    items = [asked(n, "C", ("1 V", "2 V", "3 V" + " exactly", "9 V")) for n in range(20)]
    scores = guessers(items)
    assert scores["longest option"] == scores["most frequent letter"] == 1
    assert scores["first option"] == 0
    assert scores["habit (likeliest text of the topic)"] == 1
    assert all(0 <= s <= 1 and not math.isnan(s) for s in scores.values())


def test_only_accepted_items_count_where_there_are_any() -> None:
    rejected = asked(1, "A").model_copy(update={"origin": Origin(source="i", writer="teacher:m@write@1",
                                                checks=(Check(name="form", verdict="fail"),))})  # fmt: skip
    folder = Folder(Path("x"), (judged(rejected), judged(asked(2, "B"))), (), (), (), {}, None, ())
    letters = choices_section(folder).blocks[0]
    assert isinstance(letters, Table)
    assert [row[1] for row in letters.rows] == ["0", "1", "0", "0"]
