"""Twins: other words and another order of options are found, other questions are left, and not all are compared."""

from __future__ import annotations

import time

from qa.item import Item
from synth.checks.twins import same_question, twins
from tests.synth.checks.made import MCQ, item


def found(*items: Item) -> list[int]:
    """Places of those that are twins of an earlier one."""
    ids = twins(items)
    return [n for n, i in enumerate(items) if i.id in ids]


def test_other_words_and_another_order_of_options_are_found() -> None:
    assert found(
        item("图中有几个电阻?", "A", MCQ),
        item("请问该电路中共有多少个电阻?", "B", ("4", "2", "3", "5")),
        item("图中R1的阻值为______。", "10 kΩ"),
        item("根据电路图,R1的阻值是______。", "10kΩ"),
    ) == [1, 3]


def test_other_parts_nodes_values_and_opposites_are_other_questions() -> None:
    assert not found(
        item("图中R1的阻值为______。", "10 kΩ"),
        item("图中R2的阻值为______。", "10 kΩ"),
        item("U1的同相输入端接到______。", "VREF"),
        item("U1的反相输入端接到______。", "VREF"),
        item("若R1变为2 kΩ,增益为______。", "-5"),
        item("若R1变为4 kΩ,增益为______。", "-5"),
        item("图中有______个电容。", "2"),
        item("图中没有______。", "2"),
    )


def test_one_stem_asked_of_other_options_is_another_question() -> None:
    stem = "下列说法正确的是?"
    assert not found(
        item(stem, "A", ("R1接地", "R2接地", "R3接地", "R4接地")), item(stem, "A", ("C1并联", "C2并联", "串联", "L1"))
    )
    assert found(
        item(stem, "A", ("R1接地", "R2接地", "R3接地", "R4接地")),
        item(stem, "B", ("R2接地", "R1接地", "R3接地", "R4接地")),
    ) == [1]


def test_languages_forms_and_pictures_are_kept_apart() -> None:
    assert not found(
        item("图中有几个电阻?", "A", MCQ),
        item("How many resistors are in the picture?", "A", MCQ, lang="en"),
        item("图中有几个电阻?______", "2"),
        item("图中有几个电阻?", "A", MCQ, pictures=("images/b.png",)),
    )


def test_the_work_does_not_grow_with_the_square_of_the_set() -> None:
    def seconds(pictures: int) -> float:
        items = [
            item(f"图中R{n}的阻值为______。", "1", pictures=(f"images/{p}.png",))
            for p in range(pictures)
            for n in range(6)
        ]
        start = time.process_time()
        assert not twins(items)
        return time.process_time() - start

    seconds(20)
    assert seconds(800) < 8 * seconds(200) + 0.5


def test_an_article_more_or_less() -> None:
    assert same_question("What is the value of R1?", "What is the resistance value of R1?")
    assert not same_question("What is the value of R1?", "What is the value of C1?")
