"""Rules: what no reader would accept fails, what has a good reading too is a doubt, good questions pass."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.item import Item
from synth.checks.rules import form_check
from synth.sources.circuits import jobs, make
from tests.synth.checks.made import MCQ, item

BAD: list[tuple[str, Item, str]] = [
    ("fail", item("R1的阻值是?", "A", ("1 kΩ", "1000 Ω", "2 kΩ", "3 kΩ")), "A and B are the same"),
    ("fail", item("R1的阻值是?", "C", ("1kΩ", "4k7", "4.7 kΩ", "3 kΩ")), "B and C are the same"),
    ("fail", item("U1是什么?", "A", ("反相放大器", "inverting amplifier", "积分器", "微分器")), "A and B are the same"),
    ("unsure", item("Q1?", "A", ("common emitter", "common collector", "emitter follower", "x"), lang="en"),
     "two names of one thing"),
    ("fail", item("有几个电阻?", "A", ("2", " 2。", "3", "4")), "A and B are the same"),
    ("fail", item("有几个电阻?", "A", ("2", "3", "4")), "3 options"),
    ("fail", item("有几个电阻?", "A", ("2", "3", "。", "4")), "option C says nothing"),
    ("unsure", item("UR1是?", "A", ("3.30 V", "3.33 V", "1 V", "2 V")), "within the tolerance"),
    ("fail", item("图中电阻的个数", "3"), "no blank"),
    ("unsure", item("图中有几个电阻?", "3"), "no blank"),
    ("fail", item("R1为______,R2为______。", "10 kΩ"), "2 blanks and 1 answers"),
    ("fail", item("下列哪项正确______ A. 串联 B. 并联 C. 混联 D. 其他", "串联"), "options in its text"),
    ("fail", item("图中运算放大器U1是______。", "运算放大器"), "printed in the question"),
    ("unsure", item("R1为4.7 kΩ,R1的阻值为______。", "4.7kΩ"), "printed in the question"),
    ("fail", item("由U1构成的反相放大器属于什么电路?", "B", ("积分器", "反相放大器", "微分器", "比较器")), "printed"),
    ("fail", item("电阻有几个?正确答案是2", "A", MCQ), "says what the answer is"),
    ("fail", item("如图注所述,电阻有几个?", "A", MCQ), "cannot see"),
    ("fail", item("As described in the text, how many resistors?", "A", MCQ, lang="en"), "cannot see"),
    ("fail", item("According to the caption, R1 is ______.", "10 kΩ", lang="en"), "cannot see"),
    ("unsure", item("有几个电阻?", "A", MCQ, explanation="根据数据手册,有两个。"), "cannot see"),
    ("fail", item("How many resistors are there?", "A", MCQ), "not in the language"),
    ("fail", item("图中有几个电阻?", "A", MCQ, lang="en"), "not in the language"),
    ("fail", item("有几个电阻?", "A", MCQ, explanation="共三个,故选B。"), "comes to B"),
    ("fail", item("有几个电阻?", "A", MCQ, explanation="R1、R2、R3。\n答案:B"), "comes to B"),
    ("fail", item("How many?", "A", MCQ, lang="en", explanation="Three. The answer is B."), "comes to B"),
    ("fail", item("总电阻为______。", "3 kΩ", explanation="1+1=2 kΩ,答案:2 kΩ"), "another value"),
    ("unsure", item("总电阻为______。", "3 kΩ", explanation="R = 1 kΩ + 1 kΩ = 2 kΩ"), "never comes to"),
    ("unsure", item("有几个电阻?", "A", MCQ, explanation="算得6个,与选项不符,取最接近的选项。"), "doubts"),
    ("unsure", item("该电路的作用是______。", "把输入的交流电压先变成脉动的直流电压再经过电容滤波"), "sentence"),
]  # fmt: skip
GOOD = [
    item("R1和R2中,阻值较大的是______。", "R1"),
    item("R1与R2是串联还是并联?______", "串联"),
    item("已知R1=10kΩ,流过R1的电流为2 mA,则R1两端电压为______V。", "20"),
    item("运放U1的同相输入端通过R2接到节点VREF。R2的阻值为______。", "10 kΩ", explanation="图中标注R2=10kΩ。"),
    item("有几个电阻?", "A", MCQ, explanation="R1、R2两个电阻,B、C、D错误,故选A。"),
    item("图1中有几个电阻?", "A", MCQ),
    item("R1的阻值是?", "A", ("1 mΩ", "1 MΩ", "1 kΩ", "1 Ω")),
    item("输出端Q的电平是?", "A", ("q", "Q", "X", "Y")),
    item("电路中是否有电感?", "B", ("有", "没有", "无法确定", "有两个")),
    item("Is there an inductor in the picture?", "A", ("Yes", "No", "Two", "Three"), lang="en"),
    item('Which part is labelled "电源"?', "A", ("V1", "R1", "R2", "C1"), lang="en"),
    item("增益约为______。", "-10", explanation="A = -R2/R1 = -100 kΩ/10 kΩ = -10"),
    item("The cutoff frequency is about ______ Hz.", "1592 Hz", lang="en", explanation="f = 1/(2πRC) = 1.592 kHz"),
    item("I1 = ______ mA,I2 = ______ mA。", "1; 2"),
    item("与R1并联的元件是______。", "C1"),
]


@pytest.mark.parametrize(("verdict", "bad", "note"), BAD, ids=[b[1].question[:20] for b in BAD])
def test_bad_questions_are_named(verdict: str, bad: Item, note: str) -> None:
    check = form_check(bad)
    assert (check.verdict, note in check.note) == (verdict, True), check


@pytest.mark.parametrize("good", GOOD, ids=[g.question[:20] for g in GOOD])
def test_good_questions_pass(good: Item) -> None:
    check = form_check(good)
    assert check.verdict == "pass", check.note


def test_questions_that_are_right_by_construction_raise_no_alarm_and_cost_little() -> None:
    items = [i for job in jobs(60, 5, "both") for i in make(job).items]
    start = time.process_time()
    alarms = [(i.question, c.note) for i in items if (c := form_check(i)).verdict != "pass"]
    seconds = time.process_time() - start
    assert len(alarms) <= len(items) * 0.005, alarms
    assert seconds * 10_000 / len(items) < 10, "10,000 Items take seconds"


@given(st.text(min_size=1), st.text(), st.lists(st.text(min_size=1), min_size=4, max_size=4, unique_by=str.strip))
def test_rules_take_any_text(question: str, explanation: str, options: list[str]) -> None:
    form_check(item(question, "A", tuple(options), explanation=explanation))
    form_check(item(question, options[0], explanation=explanation, lang="en"))
