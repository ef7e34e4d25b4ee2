"""What a grader may not fall for: answers inside reasoning, a part of a larger number, patterns that never end."""

from __future__ import annotations

import time
from typing import Any

import pytest

from qa.grading import grade
from qa.item import Wanted

LIST = "R1, R2, C1"
NAMED = {"I": "-0.5 A", "U_ab": "2 V"}
JSON = '{"I": "5 mA", "R": [1, 2]}'


@pytest.mark.parametrize(
    ("form", "answer", "draft", "said"),
    [
        ("components", LIST, '["R1", "R2", "C1"]', "R1, R2"),
        ("fill", NAMED, '{"I": "-0.5 A", "U_ab": "2 V"}', "I = 0.5 A, U_ab = 2 V"),
        ("json", JSON, JSON, '{"I": "6 mA", "R": [1, 2]}'),
        ("mcq", "B", "答案:B", "答案:C"),
    ],
)
@pytest.mark.parametrize("tag", ["think", "thinking", "Think", "reasoning"])
def test_what_stands_in_the_reasoning_is_not_graded(form: Any, answer: Any, draft: str, said: str, tag: str) -> None:
    options = ("1", "2", "3") if form == "mcq" else None
    assert grade(form, "?", answer, f"<{tag}>{draft}</{tag}>\n{said}", options).verdict == "wrong"
    assert grade(form, "?", answer, f"<{tag}>{said}</{tag}>\n{draft}", options).verdict == "right"
    assert grade(form, "?", answer, f"<{tag}>{draft}", options).verdict == "unparsed"


@pytest.mark.parametrize(
    "reply",
    [
        "R1, R2, C1 [3]",
        "$R_1$, $R_{2}$, $C_1$",
        "R1, R2, C1, no L1",
        "R1-R2, C1",
        "R1 到 R2, C1",
        "| Ref | Nodes |\n|---|---|\n| R1 | N1, N2 |\n| R2 | N2, 0 |\n| C1 | N2, 0 |",
        '[{"ref": "R1", "nodes": ["N1"]}, {"ref": "R2", "nodes": ["N2"]}, {"ref": "C1", "nodes": []}]',
        '{"ref": "R1"}\n{"ref": "R2"}\n{"ref": "C1"}',
    ],
)
def test_a_list_of_components_in_any_dress(reply: str) -> None:
    assert grade("components", "?", LIST, reply).verdict == "right"


@pytest.mark.parametrize("reply", ["R1, R2; there is no C1", "R1, R2", "R1, R2, C1, L1"])
def test_a_list_that_is_not_the_wanted_one(reply: str) -> None:
    assert grade("components", "?", LIST, reply).verdict == "wrong"


def test_a_component_listed_twice_with_two_values_is_no_guess_that_counts() -> None:
    for values in (("10k", "20k"), ("20k", "10k")):
        reply = ", ".join(f"R1: {v}" for v in values)
        assert grade("components", "?", "R1: 20 kΩ", reply).verdict == "wrong"


def test_a_huge_count_does_not_make_a_huge_report() -> None:
    v = grade("components", "?", "3个电阻", "电容 x999\n" * 2_000)
    assert v.verdict == "wrong" and len(v.why) < 200


def test_part_numbers_are_no_components() -> None:
    assert grade("components", "?", "U1, Q1", "U1: LM358, Q1 (BC547)").verdict == "right"


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (f"The value is \\frac{{1}}{{2}}: {JSON} done {{x}}", "right"),
        (f'{{"I": "6 mA", "R": [1, 2]}}\n更正:\n{JSON}', "right"),
        (f'{JSON} or {{"I": "6 mA", "R": [1, 2]}}', "unparsed"),
        ('{"I": "5 mA", "i": "6 mA", "R": [1, 2]}', "wrong"),
        ('{"I": 0.005, "R": [1, 2]}', "right"),
        ('{"I": "5m", "R": [1, 2]}', "right"),
        ('{"I": "5 mV", "R": [1, 2]}', "wrong"),
        ('{"I": "5 mA", "R": [1, 2]', "unparsed"),
        (f"```json\n{JSON}", "right"),
    ],
)
def test_json_in_a_reply(reply: str, verdict: str) -> None:
    assert grade("json", "?", JSON, reply).verdict == verdict


HARD = {
    "fence and newlines": "```json" + "\n" * 100_000,
    "fence and spaces": "```" + " " * 100_000,
    "full stops": "。" * 100_000,
    "semicolons": ";" * 100_000,
    "conclusions": "∴" * 100_000,
    "hard spaces": "第" + "\u00a0" * 100_000 + "U_ab",
    "wide spaces": "\u3000" * 100_000,
    "form feeds": "个" + "\f" * 100_000 + "[",
    "white space of two kinds": " \u00a0\n\t" * 25_000,
}
CASES: tuple[tuple[Any, Any, Any], ...] = (
    ("mcq", "B", ("10 kΩ", "串联")),
    ("fill", "1592 Hz", None),
    ("fill", ("3 V", "反相"), None),
    ("components", "R1, C1", None),
    ("json", JSON, None),
    ("yaml", "a: 1", None),
)


@pytest.mark.parametrize("name", HARD)
def test_patterns_that_could_take_quadratic_time_do_not(name: str) -> None:
    accept = (Wanted(value=3, rel_tol=0),)
    for form, answer, options in (*CASES, ("fill", "3", None)):
        begin = time.process_time()
        grade(form, "有____个", answer, HARD[name], options, accept if answer == "3" else ())
        assert time.process_time() - begin < 0.7, (form, answer)
