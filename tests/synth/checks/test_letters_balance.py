"""Letters: even, the answer and the explanation stay right, once and never again."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.item import LETTERS, Item
from synth.checks.letters import shuffled
from synth.checks.relabel import relabelled
from tests.synth.checks.made import checked, item

SWAP = {"A": "C", "B": "D", "C": "A", "D": "B"}
OPTIONS = ("串联", "并联", "混联", "桥接")


def said(i: Item) -> str:
    return (i.options or ())[LETTERS.index(i.answer_text)]


def written(n: int, letter: str = "B", **given: object) -> Item:
    return item(f"第{n}题:R1与R2是什么关系?", letter, tuple(f"{o}{n}" for o in OPTIONS), **given)


def test_letters_are_even_and_every_answer_says_what_it_said() -> None:
    items = [written(n, explanation=f"因为首尾相接,故选B。第{n}题") for n in range(402)]
    after = shuffled(items, 0)
    counts = Counter(i.answer for i in after)
    assert max(counts.values()) - min(counts.values()) <= 1, counts
    for old, new in zip(items, after, strict=True):
        assert said(new) == said(old)
        assert set(new.options or ()) == set(old.options or ())
        assert f"故选{new.answer}。" in new.explanation
        assert new.id == old.id
    assert len({tuple(OPTIONS.index(o[:2]) for o in i.options or ()) for i in after}) > 15, "wrong options move too"


def test_a_second_time_changes_nothing_and_new_items_fill_what_is_short() -> None:
    first = shuffled([written(n) for n in range(10)], 0)
    assert shuffled(first, 0) == first
    grown = shuffled([*first, *(written(n) for n in range(10, 40))], 0)
    assert grown[:10] == first
    assert set(Counter(i.answer for i in grown).values()) == {10}
    assert shuffled([written(n) for n in range(10)], 0) == first, "the same seed, the same order"


def test_what_depends_on_the_order_stays() -> None:
    kept = [
        item("哪项正确?", "D", ("串联", "并联", "混联", "以上都不是")),
        item("Which?", "D", ("series", "parallel", "bridge", "All of the above"), lang="en"),
        item("哪些正确?", "C", ("R1", "R2", "A和B都对", "R3")),
        item("Which?", "C", ("R1", "R2", "both A and B", "R3"), lang="en"),
        item("选项B说的是哪个?", "C", ("R1", "R2", "R4", "R3")),
        item("哪点电位最高?", "B", ("R1", "R2", "R4", "R3"), explanation="A比B高,所以选B"),  # points or options?
        checked(written(1), ("blind", "pass")),
        checked(written(2), ("review", "pass")),
        item("有几个电阻?", "B", OPTIONS, origin=item("x", "y").origin.model_copy(update={"writer": "rule:count@1"})),
    ]
    for old, new in zip(kept, shuffled(kept, 0), strict=True):
        assert (new.options, new.answer, new.explanation) == (old.options, old.answer, old.explanation), old.question


MAPPED = [
    ("故选B。", "故选D。"),
    ("答案:A", "答案:C"),
    ("答案为 (B)。", "答案为 (D)。"),
    ("选项A错误,选项C正确。", "选项C错误,选项A正确。"),
    ("A、B、D错误,C正确", "C、D、B错误,A正确"),
    ("A项不符合;B项正确。", "C项不符合;D项正确。"),
    ("A. 电压过高。B. 正好。", "C. 电压过高。D. 正好。"),
    ("Option B is right because of VCC and AC.", "Option D is right because of VCC and AC."),
    ("Options A and C are wrong, so the answer is B.", "Options C and A are wrong, so the answer is D."),
    ("The correct answer is (A).", "The correct answer is (C)."),
    ("(A) is wrong. (B) is correct.", "(C) is wrong. (D) is correct."),
    ("I = 2 A, C1 and D2, node A, A点", "I = 2 A, C1 and D2, node A, A点"),
    ("A resistor sits at the input.", "A resistor sits at the input."),
    ("两个电阻首尾相接。", "两个电阻首尾相接。"),
    ("", ""),
]
UNSAFE = ["由A到B的电流", "A比B高", "F = A + B", "A = 1, 选B", "AB之间", "从A流向D", "选E"]


@pytest.mark.parametrize(("text", "wanted"), MAPPED)
def test_letters_of_options_are_mapped_and_names_are_not(text: str, wanted: str) -> None:
    assert relabelled(text, SWAP) == wanted


@pytest.mark.parametrize("text", UNSAFE)
def test_what_cannot_be_told_is_left_or_kept_as_it_is(text: str) -> None:
    got = relabelled(text, SWAP)
    assert got is None or not any(a != b for a, b in zip(text, got, strict=True) if "选" not in text)


@given(st.text(alphabet="ABCD选项错误正确故、,。 是andor().:1R\n"), st.permutations("ABCD"))
def test_mapping_there_and_back_is_the_same_text(text: str, order: list[str]) -> None:
    moved = dict(zip("ABCD", order, strict=True))
    there = relabelled(text, moved)
    if there is not None:
        back = relabelled(there, {new: old for old, new in moved.items()})
        assert back in (text, None)
