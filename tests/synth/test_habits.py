"""Usual answers are no help: the table is the same in both languages, and who learns habits gets chance from it."""

from __future__ import annotations

import random
import re
from collections import Counter

from benchmarks.blind_guess import asked_of, circuit_of_job
from synth.circuits.netlist import Circuit
from synth.questions.assemble import Assembled, asked
from synth.questions.draft import Draft
from synth.questions.habits import Habit, called, committed, keep, offered, sort_of
from synth.questions.printed_decoys import law, put_together, taken_apart, values_beside
from synth.questions.writers import WRITERS
from synth.report.blind import guesses
from synth.sources.circuits import jobs
from tests.synth.test_questions_truth import FIVE_TRANSISTORS, LADDER

COUNT = Draft("count_kind", "count", 1, "mcq", "?", "1", ("0", "2", "3"), about="resistor",
              runs=(("0", "2", "3"), ("2", "3", "4")))  # fmt: skip


def test_nobody_learns_much_from_other_circuits() -> None:
    items = [i for job in jobs(310, 1, "both") for i in asked_of(job)]
    said = guesses(items)
    right = sum(letter == i.answer for letter, i in zip(said, items, strict=True))
    assert len(items) > 1000
    assert right / len(items) < 0.32  # 48 % before the table


def test_a_usual_answer_is_asked_less_and_a_rare_one_offered_less() -> None:
    table = {"count_kind count resistor": {"1": Habit(0.2, 1.0), "0": Habit(1.0, 0.1)}, "count_kind count led": None}
    sort = sort_of(LADDER, COUNT)
    assert keep(table, sort, COUNT) == 0.2 and keep({}, sort, COUNT) == 1.0
    assert keep(table, "count_kind count led", COUNT) == 0.0
    assert keep({"count_kind count": None}, sort, COUNT) == 0.0
    rng = random.Random(0)
    runs = Counter(offered(table, sort, COUNT, rng) for _ in range(2000))
    assert set(runs) == set(COUNT.runs) and runs["0", "2", "3"] < 300
    pool = Draft("r", "t", 1, "mcq", "?", "a", ("b", "c", "d", "e"), about="x")
    last = Counter(offered({"r t x": {"b": Habit(1.0, 0.05)}}, "r t x", pool, rng)[-1] for _ in range(1000))
    assert last["b"] > 700


def test_a_picture_without_names_has_a_table_of_its_own() -> None:
    assert sort_of(LADDER, COUNT) == "count_kind count resistor"
    assert sort_of(FIVE_TRANSISTORS, COUNT) == "bare count_kind count resistor"


def _called(circuit: Circuit, lang: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(8):
        for writer in WRITERS:
            for d in writer(circuit, lang, random.Random(seed)):  # type: ignore[arg-type]
                if d.about and d.form == "mcq":
                    found.update(called(d, t) for t in (d.answer, *d.distractors))
    return found


def test_options_are_called_the_same_in_both_languages() -> None:
    for circuit in (LADDER, FIVE_TRANSISTORS, *map(circuit_of_job, jobs(31, 3, "zh"))):
        for text in _called(circuit, "zh"):
            assert not re.search("[\u4e00-\u9fff]", text), text


def test_the_committed_table_holds_probabilities() -> None:
    table = committed()
    assert len(table) > 100 and any(row is None for row in table.values())
    assert all(0 < h.keep <= 1 and 0 < h.offer <= 1 for row in table.values() if row for h in row.values())


def test_a_circuit_of_usual_answers_still_gives_six() -> None:
    nothing = dict.fromkeys(f"{b}{w}" for b in ("", "bare ") for w in ("count_kind count", "compare_kinds compare"))
    for seed in range(20):
        assert len(list(asked(FIVE_TRANSISTORS, "en", random.Random(seed), Assembled(), habits=nothing))) >= 6


def test_printed_values_come_back_whole() -> None:
    for value in (4700.0, 0.5, 1e-9, 2.2e-6, 999.0, 12.0):
        assert put_together(*taken_apart(value)) == value


def test_values_beside_a_printed_one_are_corners_of_a_square() -> None:
    rng = random.Random(2)
    for figures, powers in law().values():
        assert abs(sum(figures.values()) - 1) < 0.05 and abs(sum(powers.values()) - 1) < 0.05
    for run in values_beside(4700.0, "Ω", [330.0], rng):
        parts = [taken_apart(v) for v in (4700.0, *run)]
        assert len({f for f, _ in parts}) == len({p for _, p in parts}) == 2 and len(set(parts)) == 4
    assert values_beside(4700.0, "Ω", [330.0, 1e3, 2.2e3, 10e3], rng)[0][0] in (330.0, 1e3, 2.2e3, 10e3)
