"""Which option a reply chooses: the cases of the issue, and the traps of electronics."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.grading import grade

OHMS = ("1 kΩ", "10 kΩ", "100 kΩ", "1 MΩ")
KINDS = ("resistor", "capacitor", "inductor", "diode")
RELATIONS = ("串联", "串并联", "并联", "无连接")

CHOSEN = [
    ("答案:B。因为VCC和GND", "B"),
    ("答案\uff1aB。因为VCC和GND", "B"),
    ("选B,GND接地", "B"),
    ("b", "B"),
    ("B", "B"),
    ("(B) 10 kΩ", "B"),
    ("The answer is B because VCC is 5V", "B"),
    ("**B**", "B"),
    ("\\boxed{B}", "B"),
    ("The answer is $\\boxed{\\text{B}}$.", "B"),
    ("B. 10kΩ", "B"),
    ("Answer: (c)", "C"),
    ("正确选项是 C", "C"),
    ("答案是D选项", "D"),
    ("\uff22", "B"),
    ("答案\uff1a\uff22", "B"),
    ("<think>A or C? A.</think>\n答案:B", "B"),
    ("GND接地,VCC供电\nB", "B"),
    ("不是A,而是B", "B"),
    ("答案不是A,而是B", "B"),
    ("不选A,选B", "B"),
    ("A is wrong because VCC floats, so the answer is C", "C"),
    ("10kΩ", "B"),
    ("10 kΩ", "B"),
    ("10千欧", "B"),
    ("10 K欧", "B"),
    ("答案:10kΩ", "B"),
    ("B是正确的", "B"),
    ("I think it's B.", "B"),
    ("选择 C", "C"),
    ("故选:D。", "D"),
    ("A错误,B正确", "B"),
    ("Option (B) is correct.", "B"),
    ("答案:A。不对,答案:B", "B"),
    ("The current is 2 A, thus B.", "B"),
    ("[B]", "B"),
    ("B)", "B"),
    ("(d)", "D"),
    ("Answer: B\n\nExplanation: A is too small, C is too large.", "B"),
    ("答案:B\n解析:A选项错误,C选项为100k", "B"),
    ("正确答案为:B、10kΩ", "B"),
    ("<answer>B</answer>", "B"),
    ("答案是:(B)", "B"),
    ("The correct option is b.", "B"),
    ("Choice D", "D"),
    ("选项B", "B"),
    ("由图可知,R1与R2串联,因此选C。", "C"),
    ("B, since GND is the reference", "B"),
    ("Answer is A, as GND is low", "A"),
    ("答案A", "A"),
    ("My answer: D", "D"),
    ("So, B", "B"),
    ("应该是B", "B"),
    ("B 10 kΩ", "B"),
    ("Answer:\nB", "B"),
    ("答案:\nC", "C"),
    ("答案选B", "B"),
    ("答案:B. 100kΩ", "B"),  # letter and text disagree: the letter is what is asked for
    ("The answer is a 10 kΩ resistor", "B"),
    ("Answer: A", "A"),
    ("A", "A"),
    ("a", "A"),
    ("A.", "A"),
    ("### 答案\n**C**", "C"),
    ("最终答案:**D**", "D"),
    ("Therefore, the correct answer is option C.", "C"),
    ("首先,R1=1kΩ,R2=10kΩ,因此电压为5V。\n\n答案:C", "C"),
    ("答案:C<|im_end|>", "C"),
    ("无法完全确定,但我选B", "B"),
]

NOT_CHOSEN = [
    "",
    "   ",
    "A和C",
    "A or B",
    "答案:A和C",
    "答案:AC",
    "Answer: A or B",
    "Answer: A. Answer: B",
    "无法确定",
    "I don't know.",
    "I cannot determine the answer from A, B, C or D",
    "A resistor is connected to GND.",
    "A resistor between VCC and C1",
    "E",
    "答案:E",
    "AC电源",
    "node A and node B",
    "the current is 2 A",
    "BJT and VCC",
    "C1 is charged",
    "The answer is not A.",
    "A. 1 kΩ  B. 10 kΩ C. 100 kΩ D. 1 MΩ",
    "<think>the answer is B",
    "答案:",
    "VCC",
    "GND接地",
    "10 kΩ or 100 kΩ",
    "!!!",
    "对不起,我看不清图片",
]


@pytest.mark.parametrize(("reply", "letter"), CHOSEN)
def test_reads_the_letter(reply: str, letter: str) -> None:
    v = grade("mcq", "图中R2的阻值是多少?", letter, reply, OHMS)
    assert (v.verdict, v.read) == ("right", letter), v
    other = "A" if letter != "A" else "D"
    assert grade("mcq", "图中R2的阻值是多少?", other, reply, OHMS).verdict == "wrong"


@pytest.mark.parametrize("reply", NOT_CHOSEN)
def test_is_unparsed_and_wrong(reply: str) -> None:
    v = grade("mcq", "图中R2的阻值是多少?", "A", reply, OHMS)
    assert v.verdict == "unparsed", v
    assert v.score == 0.0
    assert v.read is None


@pytest.mark.parametrize(
    ("reply", "options", "letter"),
    [
        ("A resistor", KINDS, "A"),
        ("The answer is a capacitor.", KINDS, "B"),
        ("It is a diode", KINDS, "D"),
        ("Answer: A resistor", KINDS, "A"),
        ("Answer: a diode", KINDS, "D"),
        ("串联", RELATIONS, "A"),
        ("串并联", RELATIONS, "B"),
        ("它们是并联的", RELATIONS, "C"),
        ("D触发器", ("JK触发器", "T触发器", "D触发器", "RS触发器"), "C"),
        ("答案:D触发器", ("JK触发器", "T触发器", "D触发器", "RS触发器"), "C"),
        ("B点", ("B点", "A点", "C点", "D点"), "A"),
        ("C1", ("R1", "C1", "L1", "D1"), "B"),
        ("答案:C1", ("R1", "C1", "L1", "D1"), "B"),
        ("D1", ("R1", "C1", "L1", "D1"), "D"),
        ("3", ("1", "2", "3", "4"), "C"),
        ("答案:3个", ("1", "2", "3", "4"), "C"),
        ("-5 V", ("5 V", "-5 V", "10 V", "-10 V"), "B"),
        ("5V", ("5 V", "-5 V", "10 V", "-10 V"), "A"),
        ("0.01 MΩ", OHMS, "B"),
    ],
)
def test_reads_an_options_text(reply: str, options: tuple[str, ...], letter: str) -> None:
    v = grade("mcq", "?", letter, reply, options)
    assert v.verdict == "right", v


def test_letter_beyond_the_options_is_unparsed() -> None:
    assert grade("mcq", "?", "A", "答案:C", ("yes", "no")).verdict == "unparsed"


def test_works_without_option_texts() -> None:
    assert grade("mcq", "?", "C", "答案:C", None).verdict == "right"


LEADS = [
    "答案:{}",
    "答案\uff1a{}。",
    "正确答案是{}",
    "故选{}",
    "选{}。",
    "The answer is {}.",
    "Answer: {}",
    "Answer: ({})",
    "\\boxed{{{}}}",
    "**{}**",
    "{}",
    "({})",
    "{}.",
    "所以答案为{}",
    "Final answer: {}",
    "Option {} is correct.",
]
NOISE = ["", "R1接VCC,C1接GND。\n", "V1 is AC and D1 is a diode. A current of 2 A flows.\n", "由KCL可得 I=5 mA。\n"]


@given(st.sampled_from("ABCD"), st.sampled_from(LEADS), st.sampled_from(NOISE))
def test_any_way_of_answering_after_any_working(letter: str, lead: str, noise: str) -> None:
    v = grade("mcq", "?", letter, noise + lead.format(letter), OHMS)
    assert v.verdict == "right", v


@given(st.permutations("ABCD"), st.sampled_from(["{}和{}", "{} or {}", "答案:{}、{}", "Answer: {} and {}", "选{}或{}"]))
def test_two_letters_are_no_choice(letters: list[str], form: str) -> None:
    assert grade("mcq", "?", letters[0], form.format(*letters[:2]), OHMS).verdict == "unparsed"
