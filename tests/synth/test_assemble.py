"""Assembled Items: one right option by the grader, no twins, balanced letters, the same bytes every time."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.grading import grade_item
from qa.item import Item, Lang
from synth.circuits.netlist import Circuit
from synth.questions.assemble import assemble, choose, items_for
from synth.questions.candidates import candidates
from synth.questions.draft import Draft
from synth.questions.options import fault, gives_itself_away, same_option, squeezed, wrong_options
from synth.report.guessers import right_text
from tests.synth.test_questions_truth import FIVE_TRANSISTORS, LADDER, WRITERS, circuits


def items(circuit: Circuit, seed: int = 0, lang: Lang = "zh") -> list[Item]:
    made = assemble(circuit, "images/x.png", "hash", lang, random.Random(seed), "test", "CC0", writers=WRITERS)
    return made.items


@settings(max_examples=60, deadline=None)
@given(circuits(), st.sampled_from(["zh", "en"]), st.integers(0, 1000))
def test_exactly_one_option_is_right(circuit: Circuit, lang: Lang, seed: int) -> None:
    for item in items(circuit, seed, lang):
        assert grade_item(item, item.answer_text).verdict == "right"
        if item.options:
            verdicts = [grade_item(item, letter).verdict for letter in "ABCD"]
            assert verdicts.count("right") == 1 and verdicts["ABCD".index(item.answer_text)] == "right"
            spoken = [grade_item(item, text).verdict for text in item.options]
            assert spoken.count("right") == 1, item


@settings(max_examples=40, deadline=None)
@given(circuits(), st.integers(0, 1000))
def test_no_question_twice_on_a_picture(circuit: Circuit, seed: int) -> None:
    made = items(circuit, seed)
    assert len({i.question for i in made}) == len({i.id for i in made}) == len(made) <= 10
    blanks = [(i.origin.writer, i.topic, squeezed(str(i.answer))) for i in made if not i.options]
    choices = [(i.origin.writer, i.topic, squeezed(right_text(i))) for i in made if i.options]
    assert len(set(blanks)) == len(blanks) and not set(blanks) & set(choices)


def test_nothing_is_asked_again_in_other_words() -> None:
    """Two questions that share the right option among other wrong ones would tell it."""
    for seed in range(20):
        for circuit in (FIVE_TRANSISTORS, LADDER):
            drafts = [c.draft for c in candidates(circuit, "en", random.Random(seed), WRITERS).choices]
            said = [(d.topic, d.about, d.answer) for d in drafts if d.topic in ("function", "compare")]
            assert len(set(said)) == len(said)


def test_a_picture_without_designators_gives_six() -> None:
    for seed in range(20):
        made = items(FIVE_TRANSISTORS, seed)
        assert 6 <= len(made) <= 10
        assert {i.level for i in made} == {1, 2, 3}
        assert len({i.topic for i in made}) >= 5


def test_items_carry_their_origin() -> None:
    item = items_for(LADDER, "images/x.png", "hash", "en", random.Random(1), "circuits", "Apache-2.0", file="ladder-1")[
        0
    ]
    assert (item.group, item.pictures, item.lang) == ("ladder", ("images/x.png",), "en")
    assert (item.origin.source, item.origin.licence, item.origin.file) == ("circuits", "Apache-2.0", "ladder-1")
    assert item.origin.writer.startswith("rule:") and item.origin.writer.endswith("@3")


def test_letters_and_forms_are_balanced() -> None:
    made = [i for seed in range(300) for c in (LADDER, FIVE_TRANSISTORS) for i in items(c, seed)]
    letters = Counter(i.answer_text for i in made if i.options)
    total = sum(letters.values())
    assert all(abs(letters[x] / total - 0.25) < 0.03 for x in "ABCD"), letters
    assert 0.4 < total / len(made) < 0.7


def test_hash_seed_changes_nothing() -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_assemble import items, LADDER, FIVE_TRANSISTORS\n"
        "print([i.model_dump_json() for s in range(20) for c in (LADDER, FIVE_TRANSISTORS) for i in items(c, s)])"
    )
    here = os.path.dirname(__file__)  # noqa: PTH120
    outs = [
        subprocess.run([sys.executable, "-c", code, here], env=os.environ | {"PYTHONHASHSEED": h}, check=True,
                       capture_output=True, text=True).stdout
        for h in ("1", "2")
    ]  # fmt: skip
    assert outs[0] == outs[1] and len(outs[0]) > 10_000


def mcq(answer: str, *wrong: str, question: str = "?") -> Draft:
    return Draft("r", "t", 1, "mcq", question, answer, wrong)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("1.5 kΩ", "1500 Ω", True),
        ("1.5 kΩ", "1.52 kΩ", True),
        ("1.5 kΩ", "1.6 kΩ", False),
        ("5 V", "-5 V", False),
        ("5 V", "5 A", False),
        ("5 V", "5", True),
        ("49", "50", False),
        ("3.14", "3.15", True),
        ("R1", "r 1", True),
        ("R1", "R2", False),
        ("串联", "并联", False),
    ],
)
def test_same_option(a: str, b: str, same: bool) -> None:
    assert same_option(a, b) == same_option(b, a) == same


def test_options_too_alike_are_replaced_or_the_draft_dropped() -> None:
    assert wrong_options(mcq("1 kΩ", "1000 Ω", "2 kΩ", "2 k", "3 kΩ", "4 kΩ")) == ["2 kΩ", "3 kΩ", "4 kΩ"]
    assert fault(mcq("1 kΩ", "1000 Ω", "2 kΩ", "3 kΩ")) == "too few options"
    assert fault(mcq("", "a", "b", "c")) == "empty"


@pytest.mark.parametrize(
    ("question", "answer", "given"),
    [
        ("与R1并联的电阻R2是哪个?", "R2", True),
        ("与R12并联的是哪个?", "R1", False),
        ("该低通滤波器是什么?", "低通滤波器", True),
        ("它是______。(填串联或并联)", "串联", False),
        ("VDD is 5 V. What is VDD?", "5 V", True),
        ("当A=1,B=0时Y是?", "1", False),
    ],
)
def test_answer_in_the_question(question: str, answer: str, given: bool) -> None:
    assert gives_itself_away(mcq(answer, "x", "y", "z", question=question)) == given


def test_choosing_goes_round_levels_and_topics() -> None:
    def drafts() -> Iterator[Draft]:
        for level in (1, 2, 3):
            for topic in "abc":
                for n in range(4):
                    yield Draft(f"{level}{topic}", topic + str(level), level, "fill", f"{level}{topic}{n}", str(n))  # type: ignore[arg-type]

    chosen = choose(list(drafts()), 9, random.Random(0))
    assert Counter(d.level for d in chosen) == {1: 3, 2: 3, 3: 3}
    assert len({d.topic for d in chosen}) == 9
