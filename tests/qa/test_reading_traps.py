"""What a grader may not fall for: answers inside reasoning, a part of a larger number, patterns that never end."""

from __future__ import annotations

import re
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


V5 = (Wanted(value=5, unit="V"),)


@pytest.mark.parametrize(
    "reply", ["not 5 V", "不是5V", "4 to 5 V", "4到5V", "4V到5V", "between 4 V and 5 V", "5 V²", "5 V/2"]
)
def test_a_number_that_is_denied_or_a_bound_is_no_answer(reply: str) -> None:
    assert grade("fill", "U = ____", "5 V", reply, None, V5).verdict != "right"


@pytest.mark.parametrize(
    "reply",
    ["five volts", "五伏", "Five Volts.", "负五伏的相反数,即5 V", "from 10 V to 5 V", "从10V降到5V", "不是6V,而是5V"],
)
def test_a_quantity_in_words_or_after_another(reply: str) -> None:
    assert grade("fill", "U = ____", "5 V", reply, None, V5).verdict == "right"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("十五个", 15), ("二十个电阻", 20), ("thirteen", 13), ("twenty-one resistors", 21), ("三百零五个", 305),
        ("1½", 1.5), ("\\boxed{1\\frac{1}{2}}", 1.5), ("2 3/4", 2.75), ("$\\frac{3}{4}$", 0.75),
    ],
)  # fmt: skip
def test_a_number_is_read_whole(reply: str, value: float) -> None:
    """`十五个` is not five, `1½` not eleven halves."""
    for wanted, verdict in ((value, "right"), (value % 10, "wrong"), (5.5, "wrong")):
        if verdict == "right" or wanted != value:
            accept = (Wanted(value=wanted, rel_tol=0),)
            assert grade("fill", "____", str(wanted), reply, None, accept).verdict == verdict


@pytest.mark.parametrize(
    "reply",
    [
        "3个电阻,5个电容",
        "5个电容,3个电阻",
        '{"电容": 5, "电阻": 3}',
        "第二空:5,第一空:3",
        "(2) 5 (1) 3",
        "\\boxed{3}, \\boxed{5}",
    ],
)
def test_each_part_goes_to_its_blank(reply: str) -> None:
    question = "图中有____个电阻和____个电容。"
    assert grade("fill", question, ("3", "5"), reply).verdict == "right"
    assert grade("fill", question, ("5", "3"), reply).verdict == "wrong"


@pytest.mark.parametrize("said", ["\\overline{A+B}", "(A+B)'", "¬(A+B)", "~(A+B)", "Y = $\\overline{A+B}$"])
def test_what_is_inverted_is_told_from_what_is_not(said: str) -> None:
    for wanted in ("A+B", "A+B'", "A'+B", "\\overline{A}+B"):
        assert grade("fill", "Y = ____", wanted, said).verdict == "wrong"
    for wanted in ("\\overline{A+B}", "(A+B)'", "!(A+B)"):
        assert grade("fill", "Y = ____", wanted, said).verdict == "right"
    options = ("A+B", "$\\overline{A}+B$", "$\\overline{A+B}$", "AB")
    assert grade("mcq", "Y = ?", "C", said, options).verdict == "right"


@pytest.mark.parametrize(("said", "wanted"), [("\\bar{A}", "A"), ("A̅", "A"), ("¬A", "A"), ("A", "A'"), ("Q'", "Q")])
def test_a_bar_over_one_letter_counts(said: str, wanted: str) -> None:
    assert grade("fill", "____", wanted, said).verdict == "wrong"
    assert grade("fill", "____", said, f"The output is {said}.").verdict == "right"


@pytest.mark.parametrize("said", ["'A'", "The terminal labelled 'A'.", "It is node 'A'"])
def test_quotes_are_no_bars(said: str) -> None:
    assert grade("fill", "____", "A", said).verdict == "right"


@pytest.mark.parametrize(
    ("said", "wanted", "verdict"),
    [
        ("The transistor is NPN, since a PNP would have its arrow inward.", "NPN三极管", "right"),
        ("由于首尾相接,两者是串联。", "串联", "right"),
        ("不导通", "截止", "right"),
        ("不导通", "导通", "wrong"),
        ("It isn't conducting.", "截止", "right"),
        ("不是高电平", "低电平", "right"),
    ],
)
def test_reasons_and_opposites(said: str, wanted: str, verdict: str) -> None:
    assert grade("fill", "____", wanted, said).verdict == verdict


OHMS = ("1 kΩ", "10 kΩ", "100 kΩ", "1 MΩ")


@pytest.mark.parametrize(
    "reply",
    [
        "Option A: 1 kΩ is wrong. Option B: 10 kΩ is right. Option C is wrong. Option D is wrong.",
        "A ❌\nB ✅\nC ❌\nD ❌",
        "| 选项 | 是否正确 |\n|---|---|\n| A | 否 |\n| B | 是 |\n| C | 否 |\n| D | 否 |",
        "The answer is option B, C is wrong",
        "排除A、C、D",
        "A, C, and D are wrong.",
        "~~A~~ B",
        "'B'",
        "R1 is 100 kΩ and R2 is 10 kΩ, R3 is 1 MΩ.",
        "R2 is ten kilohms.",
        "十千欧",
        "<thinking>A or C</thinking>B",
    ],
)
def test_one_option_is_chosen(reply: str) -> None:
    v = grade("mcq", "图中R2的阻值是多少?", "B", reply, OHMS)
    assert (v.verdict, v.read) == ("right", "B"), v


@pytest.mark.parametrize(
    "reply",
    [
        "The correct answer is B or possibly C.",
        "B, though C is also possible",
        "答案是B,但C也有可能",
        "All of A, B, C and D are correct.",
        "\\(\\boxed{B}\\) or \\(\\boxed{C}\\)",
        "It cannot be B.",
        "答案不可能是B",
        "R2 isn't 10 kΩ",
        "R2的阻值不是10 kΩ",
    ],
)
def test_no_option_is_chosen(reply: str) -> None:
    assert grade("mcq", "图中R2的阻值是多少?", "B", reply, OHMS).verdict == "unparsed"


LISTS = [
    ("并联", "并联\n串联"), ("并联", "并联。串联。"), ("R1", "R1\nR2"), ("R1", "R1? R2?"), ("5 V", "5 V, 6 V"),
    ("5 V", "1V 2V 3V 4V 5V"), ("5 V", "5 V\n6 V"), ("是", "是\n否"), ("yes", "Yes. No."), ("VCC", "VCC GND VEE"),
    ("VCC", "GND, VCC"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reply"), LISTS)
def test_a_list_of_guesses_is_not_right_in_any_order(answer: str, reply: str) -> None:
    parts = re.split(r"[\n,。.?] ?| (?=[A-Z]{3}|\d)", reply.rstrip("。.?"))
    for said in (reply, "\n".join(reversed(parts)), " ".join(parts), ", ".join(reversed(parts))):
        assert grade("fill", "____", answer, said).verdict != "right", said


@pytest.mark.parametrize("reply", ["R1\nR3", "- R1\n- R3", "1. R3\n2. R1", "R3, R1", "R1 R3"])
def test_a_list_is_right_where_one_is_wanted(reply: str) -> None:
    assert grade("fill", "____", "R1, R3", reply).verdict == "right"


@pytest.mark.parametrize(
    "reply", ["A! B! C!", "A\nB", "10 kΩ\n1 kΩ", "1 kΩ 10 kΩ 100 kΩ 1 MΩ", "\\boxed{A} \\boxed{B}"]
)
def test_a_list_of_options_is_no_choice(reply: str) -> None:
    for letter in "ABCD":
        assert grade("mcq", "?", letter, reply, OHMS).verdict == "unparsed"


@pytest.mark.parametrize("reply", ["5 V\n5 V", "5 V, 5000 mV", "5 V\nR2旁边标有它", "5 V. 答案:5 V"])
def test_the_same_answer_twice_is_one(reply: str) -> None:
    assert grade("fill", "U = ____", "5 V", reply, None, V5).verdict == "right"


@pytest.mark.parametrize(
    ("reply", "answer", "verdict"),
    [
        ("Approximately 5 V, assuming the source is 9 V.", "5 V", "right"),
        ("negative five", "-5", "right"),
        ("negative five", "5", "wrong"),
        ("four and a half volts", "4.5 V", "right"),
        ("The image does not clearly show pin 3.", "VREF", "unparsed"),
        ("图中没有标出U1的型号。", "LM358", "unparsed"),
    ],
)
def test_what_the_tenth_batch_taught(reply: str, answer: str, verdict: str) -> None:
    assert grade("fill", "____", answer, reply).verdict == verdict


def test_the_answer_key_of_a_json_reply_counts() -> None:
    reply = '```json\n{"reason": "Option A is too small, C and D too large.", "answer": "B"}\n```'
    assert grade("mcq", "?", "B", reply, OHMS).verdict == "right"


@pytest.mark.parametrize("said", ["R1: no value shown, R2, C1", "R1: not labelled; R2; C1", "R1: 无标注、R2、C1"])
def test_a_component_without_a_value_is_still_listed(said: str) -> None:
    assert grade("components", "?", LIST, said).verdict == "right"


@pytest.mark.parametrize("said", ["R1, R2, L1: not present, C1", "R1, R2, C1, L1: none"])
def test_a_component_said_to_be_absent_is_not(said: str) -> None:
    assert grade("components", "?", LIST, said).verdict == "right"
