"""What a lecturer stumbled over when reading generated questions aloud: each case stays mended."""

from __future__ import annotations

import random
import re

import pytest

from qa.item import Lang
from qa.names import named
from synth.circuits.draw import draw_circuit, family_names
from synth.circuits.netlist import KINDS, Circuit, Shown
from synth.circuits.solver import dc
from synth.questions.amplifiers import amplifier_gain
from synth.questions.calculated import current_through
from synth.questions.components import count_kind
from synth.questions.draft import Draft, Writer
from synth.questions.frequency_response import gain_at
from synth.questions.function_names import FUNCTIONS
from synth.questions.functions import role_of_part
from synth.questions.givens import givens
from synth.questions.view import View
from synth.questions.writers import WRITERS
from tests.synth import hand_circuits as hand


def asked(writer: Writer, circuit: Circuit, lang: Lang = "en", seeds: int = 20) -> list[Draft]:
    return [d for s in range(seeds) for d in writer(circuit, lang, random.Random(s))]


@pytest.fixture(scope="module")
def drawn() -> list[Circuit]:
    return [draw_circuit(f, 3, i, "zh").circuit for f in family_names() for i in range(12)]


def test_no_label_is_read_as_a_designator(drawn: list[Circuit]) -> None:
    """`u1` beside an op-amp `U1` names neither, and cost a quarter of the sums their calculation."""
    for c in drawn:
        refs = {ref.casefold() for ref in c.by_ref}
        assert not refs & {label.casefold() for label in c.shown.nets.values()}, c.shown.nets


def test_currents_of_dividers_give_volts_of_a_laboratory(drawn: list[Circuit]) -> None:
    for c in drawn:
        if c.family == "current_divider":
            assert 0.4 <= max(abs(v) for v in dc(c).voltages.values()) <= 41


def test_english_givens_are_whole_sentences() -> None:
    hidden = Circuit("x", hand.common_emitter().components, Shown(values=False, nets={"0": "GND"}))
    said = givens(View(hidden, "en"))
    assert said is not None
    assert said.startswith("Given: V1 = 12 V, R1 = ")
    assert "Q1 has β = 100 and V_BE = 0.7 V" in said
    leds = hand.circuit(
        hand.v("V1", 9.0, "p"), hand.r("R1", 1e3, "p", "a"), hand.part("led", "D1", 2.0, "a", "b"),
        hand.part("led", "D2", 2.0, "b", "0"),
    )  # fmt: skip
    assert givens(View(leds, "en")) == "Each LED has a forward voltage of 2 V."
    assert givens(View(leds, "zh")) == "已知每个发光二极管的导通压降均为2 V。"
    fills = [d for d in asked(current_through, leds) if d.form == "fill"]
    assert {d.explanation for d in fills} == {"I = (9 V - 2 V - 2 V) / (1 kΩ) = 5 mA"}


def test_the_base_current_of_an_active_stage_is_not_left_open() -> None:
    """Books often neglect it beside a divider's current and come out 5 to 10 % off."""
    view = View(hand.common_emitter(), "zh")
    assert "(基极电流不可忽略)" in str(givens(view))
    assert "its base current is not negligible" in str(givens(View(hand.common_emitter(), "en")))
    assert "不可忽略" not in str(givens(view, states=False))


def test_a_coil_at_a_switch_is_asked_about_in_steady_state() -> None:
    stage = hand.circuit(
        hand.v("V1", 5.0, "b"), hand.r("R1", 1e3, "b", "base"), hand.v("V2", 12.0, "p"), hand.r("R2", 100.0, "p", "l"),
        hand.ind("L1", 1e-2, "l", "col"), hand.part("npn", "Q1", 100.0, "base", "col", "0"),
    )  # fmt: skip
    drafts = asked(current_through, stage)
    assert drafts
    assert all("in DC steady state" in d.question for d in drafts)


def test_a_word_as_label_is_no_symbol() -> None:
    """`output voltage over IN` and `|输出/输入|` are no textbook language."""
    for lang, wanted in (
        ("en", "the ratio of the output voltage to the input voltage"),
        ("zh", "输出电压与输入电压之比"),
    ):
        amp = hand.inverting(1e3, 1e4)
        words = Circuit("x", amp.components, Shown(nets={amp.inputs[0]: "IN", amp.output: "OUT", "0": "GND"}),
                        inputs=amp.inputs, output=amp.output)  # fmt: skip
        assert all(wanted in d.question for d in asked(amplifier_gain, words, lang))  # type: ignore[arg-type]
    low = hand.rc_low_pass(1e3, 1e-7)
    words = Circuit("x", low.components, Shown(nets=dict.fromkeys(low.inputs, "输入") | {low.output: "输出"}),
                    inputs=low.inputs, output=low.output)  # fmt: skip
    drafts = asked(gain_at, words, "zh")
    assert drafts
    assert not any("输出/输入" in d.question for d in drafts)


def test_a_condition_comes_before_the_asking(drawn: list[Circuit]) -> None:
    questions = [d.question for c in drawn[::3] for w in WRITERS for d in w(c, "zh", random.Random(1))]
    assert any("计算可得," in q for q in questions)
    assert not [q for q in questions if re.search(r"[^。],计算可得,|计算可得,若", q)]


def test_none_of_a_kind_is_explained_as_none() -> None:
    zero = [d for d in asked(count_kind, hand.divider(), "zh", 60) if d.answer == "0"]
    assert zero
    assert {re.sub(r"没有.+", "没有", d.explanation) for d in zero} == {"图中没有"}


def test_the_load_of_a_collector_is_not_offered_for_what_limits_a_current(drawn: list[Circuit]) -> None:
    for c in drawn:
        for d in asked(role_of_part, c, "zh", 2):
            if d.answer == "限制二极管的电流":
                assert not [x for x in d.distractors if x.startswith("作集电极负载")]


@pytest.mark.parametrize("key", sorted(FUNCTIONS))
def test_the_grader_knows_every_function_by_both_its_names(key: str) -> None:
    """An answer that is not in the table is compared letter by letter: `LDO` was wrong for an LDO."""
    assert all(key in {n.id for n in named(text)} for text in FUNCTIONS[key][:2])


@pytest.mark.parametrize("kind", [k for k in sorted(KINDS) if k != "amplifier"])
def test_the_grader_knows_every_kind_by_both_its_names(kind: str) -> None:
    assert all(kind in {n.id for n in named(text)} for text in (KINDS[kind].zh, KINDS[kind].en))
