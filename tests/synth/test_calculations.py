"""Level-4 writers: on any netlist, never degenerate, graded right, and no option gives the answer away."""

from __future__ import annotations

import math
import random
import re
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.grading import grade
from qa.item import Lang, Wanted
from synth.circuits.analysis import measure
from synth.circuits.draw import draw_circuit, family_names
from synth.circuits.netlist import KINDS, Circuit, Component, Shown
from synth.questions.calculations import CALCULATION_WRITERS
from synth.questions.draft import Draft
from synth.questions.numeric_options import Scale, with_signs, written, wrong_options
from synth.questions.options import same_option
from tests.synth import hand_circuits as hand

LANGS: tuple[Lang, ...] = ("zh", "en")


def written_about(circuit: Circuit, lang: Lang, seed: int = 0) -> list[Draft]:
    """All level-4 Drafts of a circuit."""
    rng = random.Random(seed)
    return [d for writer in CALCULATION_WRITERS for d in writer(circuit, lang, rng)]


def generated(count: int) -> list[tuple[Circuit, Lang]]:
    """Circuits of all families."""
    return [
        (draw_circuit(family, 11, i, lang).circuit, lang)
        for family in family_names()
        for i in range(count)
        for lang in LANGS[i % 2 : i % 2 + 1]
    ]


@pytest.fixture(scope="module")
def all_drafts() -> list[Draft]:
    """Drafts of generated circuits and of those by hand."""
    circuits = generated(6) + [
        (c, lang) for c in (*hand.ALL.values(), hand.xor_of_nands(), hand.majority()) for lang in LANGS
    ]
    return [d for i, (c, lang) in enumerate(circuits) for d in written_about(c, lang, i)]


def test_answers_grade_right_and_wrong_options_wrong(all_drafts: list[Draft]) -> None:
    assert len(all_drafts) > 500
    for d in all_drafts:
        if d.form == "fill":
            assert grade("fill", d.question, d.answer, d.answer, None, d.accept).verdict == "right", d
        else:
            options = [d.answer, *d.distractors]
            assert len(d.distractors) >= 3, d
            assert not any(same_option(a, b) for i, a in enumerate(options) for b in options[:i]), d
            assert grade("mcq", d.question, "A", d.answer, options).verdict == "right", d


def test_a_blank_with_a_unit_takes_the_bare_number(all_drafts: list[Draft]) -> None:
    seen = 0
    for d in all_drafts:
        unit = re.search(r"______\s?([a-zA-ZΩμ]+)", d.question)
        if d.form == "fill" and unit and d.answer.endswith(" " + unit[1]):
            seen += 1
            number = d.answer.split()[0]
            assert grade("fill", d.question, d.answer, number, None, d.accept).verdict == "right", d
    assert seen > 50


def test_a_prefix_slip_or_a_lost_sign_is_wrong(all_drafts: list[Draft]) -> None:
    for d in all_drafts:
        if d.form == "fill" and d.probe is not None:
            number, *unit = d.answer.split()
            slip = f"{float(number) * 1000:g} {''.join(unit)}".strip()
            assert grade("fill", d.question, d.answer, slip, None, d.accept).verdict == "wrong", (d, slip)
            turned = f"{-float(number):g} {''.join(unit)}".strip()
            assert grade("fill", d.question, d.answer, turned, None, d.accept).verdict == "wrong", (d, turned)


def test_values_are_those_of_their_probes_and_never_degenerate(all_drafts: list[Draft]) -> None:
    for d in all_drafts:
        if d.probe is not None and d.form == "fill":
            (wanted,) = d.accept
            assert not isinstance(wanted, str)
            assert wanted.value == pytest.approx(measure(d.probe))
            assert math.isfinite(wanted.value)
            assert abs(wanted.value) > 1e-13
        assert d.explanation


def test_every_kind_of_rule_appears(all_drafts: list[Draft]) -> None:
    rules = {d.rule for d in all_drafts}
    assert rules >= {
        "node_voltage", "voltage_between", "voltage_across", "current_through", "power", "equivalent_resistance",
        "thevenin_resistance", "time_constant", "cutoff", "resonance", "quality_factor", "bandwidth",
        "gain_at_frequency", "reactance", "ac_current", "ac_voltage", "gain", "gain_db", "output_voltage",
        "bjt_voltage_ce", "stage_gain", "stage_input_resistance",
        "logic_level", "logic_rows", "logic_count", "logic_column", "what_if",
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_figures_of_textbook_circuits(lang: Lang) -> None:
    def answers(circuit: Circuit, rule: str) -> set[str]:
        return {
            d.answer for s in range(6) for d in written_about(circuit, lang, s) if d.rule == rule and d.form == "fill"
        }

    assert answers(hand.rc_low_pass(1e3, 1e-7), "cutoff") == {"1.592 kHz"}
    assert answers(hand.inverting(1e3, 10e3), "gain") == {"-10"}
    assert answers(hand.inverting(1e3, 10e3, 0.5), "output_voltage") == {"-5 V"}
    assert answers(hand.common_emitter(), "bjt_current_b") == {"15.6 μA"}
    assert answers(hand.zener_regulator(), "current_through") == {"5.1 mA", "20.91 mA", "15.81 mA"}
    assert answers(hand.full_bridge(10.0), "node_voltage") == {"8.6 V"}


def test_nothing_is_asked_that_the_picture_cannot_tell() -> None:
    circuit = hand.divider()
    blind = Circuit("x", circuit.components, Shown(refs=False, values=False), inputs=("in",), output="out")
    assert written_about(blind, "zh") == []
    unknown = Circuit("x", tuple(Component(c.kind, c.pins, c.ref) for c in circuit.components), circuit.shown)
    assert written_about(unknown, "zh") == []
    unnamed = Circuit("x", circuit.components, Shown(refs=True, values=True), inputs=("in",), output="out")
    assert not [d for d in written_about(unnamed, "zh") if d.rule == "node_voltage"]


def test_what_the_picture_does_not_print_is_said() -> None:
    texts = [d.question for d in written_about(hand.common_emitter(), "zh") if d.rule.startswith("bjt")]
    assert texts
    assert all("β = 100" in t and "0.7 V" in t for t in texts)
    hidden = Circuit("x", hand.divider().components, Shown(values=False, nets={"out": "OUT", "0": "GND"}))
    texts = [d.question for d in written_about(hidden, "en") if d.rule == "node_voltage"]
    assert texts
    assert all("R1 = 1 kΩ" in t and "R2 = 2 kΩ" in t and "V1 = 12 V" in t for t in texts)


def test_same_seed_same_drafts() -> None:
    for circuit in hand.ALL.values():
        assert written_about(circuit, "zh", 5) == written_about(circuit, "zh", 5)


def test_quick() -> None:
    circuits = generated(4)
    for circuit, lang in circuits:  # warm
        written_about(circuit, lang)
    circuits = [(Circuit(**{f: getattr(c, f) for f in c.__dataclass_fields__}), lang) for c, lang in circuits]
    start = time.process_time()
    for circuit, lang in circuits:
        written_about(circuit, lang)
    assert (time.process_time() - start) / len(circuits) < 0.02  # 8 ms is the aim; machines differ


@given(
    st.floats(1e-9, 1e9),
    st.lists(st.floats(1e-9, 1e9), max_size=6),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(), (0.7,), (0.7, 3.2)]),
    st.integers(0, 2**32),
)
def test_wrong_options_are_three_and_apart(
    size: float, mistakes: list[float], negative: bool, signed: bool, drops: tuple[float, ...], seed: int
) -> None:
    answer = -size if negative else size
    rng = random.Random(seed)
    wrong = wrong_options(answer, mistakes, rng, offsets=drops)
    if signed:
        wrong = with_signs(answer, wrong, rng)
    texts = {written(v, "V", 3, fixed=True) for v in (answer, *wrong)}
    assert len(wrong) == 3
    assert len(texts) == 4
    values = [answer, *wrong]
    assert all(abs(a - b) > 0.05 * max(abs(a), abs(b)) for i, a in enumerate(values) for b in values[:i])
    if not signed:
        assert all((w > 0) == (answer > 0) for w in wrong)


def test_the_answer_has_no_favourite_rank_or_sign() -> None:
    rng = random.Random(3)
    ranks: Counter[int] = Counter()
    for _ in range(4000):
        answer = rng.choice((-1, 1)) * 10 ** rng.uniform(-6, 6)
        mistakes = [answer * f for f in (6.28, 0.5, 2, 1.1, 0.3)]
        signed = rng.random() < 0.5
        wrong = wrong_options(answer, mistakes, rng)
        ranks[sum(abs(w) < abs(answer) for w in wrong)] += not signed
        if signed:
            assert sum((w > 0) == (answer > 0) for w in with_signs(answer, wrong, rng)) == 1
    assert all(abs(n / sum(ranks.values()) - 0.25) < 0.04 for n in ranks.values())


def test_the_answer_stands_nowhere_between_its_bounds() -> None:
    """No option of a passive gain is above 1, and the steps go round at the ends of what is asked."""
    rng = random.Random(5)
    ranks: Counter[int] = Counter()
    for _ in range(3000):
        answer = 1 / math.hypot(1, math.exp(rng.uniform(-math.log(2), math.log(5))))
        wrong = wrong_options(answer, [0.5, 0.7], rng, scale=Scale(1.0, (1 / 5, 2.0)))
        assert all(0.15 < w < 1 for w in wrong)
        ranks[sum(w < answer for w in wrong)] += 1
    assert all(abs(n / 3000 - 0.25) < 0.05 for n in ranks.values()), ranks


@given(st.floats(1e-11, 1e11))
def test_written_reads_back(value: float) -> None:
    text = written(value, "V")
    assert grade("fill", "______", text, text, None, ()).verdict == "right"
    number, unit = text.split()
    power = {"p": -12, "n": -9, "μ": -6, "m": -3, "V": 0, "k": 3, "M": 6, "G": 9}[unit[0]]
    assert float(number) * 10.0**power == pytest.approx(value, rel=6e-4)


VALUES = {
    "": (10, 300), "Ω": (1, 1e6), "F": (1e-12, 1e-3), "H": (1e-6, 10), "V": (0.3, 50), "A": (1e-4, 2), "S": (1e-4, 0.1),
}  # fmt: skip


@st.composite
def any_netlist(draw: st.DrawFn) -> Circuit:
    """Parts of any kind thrown between a handful of nets, most of it nonsense."""
    kinds = draw(st.lists(st.sampled_from([k for k in KINDS if "gate" not in k]), min_size=1, max_size=7))
    kinds += ["resistor", "resistor", "voltage_source"]
    net = st.sampled_from(["0", "a", "b", "c", "out"])
    parts = []
    for i, name in enumerate(kinds):
        kind = KINDS[name]
        low, high = VALUES[kind.unit]
        value = draw(st.floats(low, high).map(lambda v: float(f"{v:.2g}")))
        params = {"freq": 1e3, "closed": float(draw(st.booleans()))}
        parts.append(Component(name, {p: draw(net) for p in kind.pins}, f"{kind.prefix}{i}", value, params))
    labels = draw(st.sets(net.filter(lambda n: n != "0"))) | {"0"}
    shown = Shown(
        refs=draw(st.booleans()), values=draw(st.booleans()), nets={n: "GND" if n == "0" else n.upper() for n in labels}
    )
    return Circuit("any", tuple(parts), shown, inputs=draw(st.sampled_from([(), ("a",), ("a", "b")])), output="out")


@given(any_netlist(), st.sampled_from(LANGS), st.integers(0, 9))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_netlist_is_asked_about_or_left_alone(circuit: Circuit, lang: Lang, seed: int) -> None:
    for d in written_about(circuit, lang, seed):
        if d.form == "fill":
            assert grade("fill", d.question, d.answer, d.answer, None, d.accept).verdict == "right", d
            if d.probe is not None:
                assert isinstance(d.accept[0], Wanted)
                assert d.accept[0].value == pytest.approx(measure(d.probe))
        assert "None" not in d.question
        assert not re.search(r"\b(nan|inf)\b", d.answer + d.question + d.explanation)
