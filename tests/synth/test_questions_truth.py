"""Questions on hand-built circuits have the answers a person would give; on random netlists, those of a recount."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.circuits.netlist import KINDS, Circuit, Component, Shown
from synth.questions import components, connections, functions, printed_values, transistors
from synth.questions.draft import Draft, Writer
from synth.questions.function_names import FUNCTIONS
from synth.questions.structure import (
    TWO_TERMINAL,
    Wiring,
    differential_pairs,
    diode_connected,
    mirrors,
)
from synth.questions.values import value_text
from synth.questions.view import View, with_article


def part(ref: str, kind: str, *nets: str, value: float | None = None, body: str = "") -> Component:
    pins = dict(zip(KINDS[kind].pins, nets, strict=True))
    return Component(kind, pins | ({"body": body} if body else {}), ref, value)


def asked(writer: Writer, circuit: Circuit, lang: str = "zh", seeds: int = 40) -> list[Draft]:
    """Everything the writer asks over many seeds."""
    return [d for s in range(seeds) for d in writer(circuit, lang, random.Random(s))]  # type: ignore[arg-type]


def answers(drafts: list[Draft], pattern: str) -> set[tuple[str, ...]]:
    """(groups of the pattern in the question, answer) of those that match it."""
    return {(*m.groups(), d.answer) for d in drafts if (m := re.search(pattern, d.question))}


LADDER = Circuit(
    "ladder",
    (
        part("V1", "voltage_source", "a", "0", value=10),
        part("R1", "resistor", "a", "b", value=1e3),
        part("R2", "resistor", "b", "c", value=2.2e3),
        part("R3", "resistor", "c", "0", value=4.7e3),
        part("R4", "resistor", "c", "0", value=4.7e3),
        part("C1", "capacitor", "c", "d", value=1e-9),
        part("R5", "resistor", "d", "0", value=10e3),
    ),
    Shown(nets={"d": "Uo", "0": "GND"}),
    output="d",
)
FIVE_TRANSISTORS = Circuit(
    "ota",
    (
        part("", "nmos", "VIN1", "x", "tail"),
        part("", "nmos", "VIN2", "y", "tail"),
        part("", "nmos", "VB", "tail", "0"),
        part("", "pmos", "x", "x", "VDD", body="VDD"),
        part("", "pmos", "x", "y", "VDD"),
        part("", "capacitor", "y", "0"),
    ),
    Shown(refs=False, values=False, nets={"VIN1": "VIN1", "VIN2": "VIN2", "VB": "VB", "VDD": "VDD", "0": "GND"}),
    function="diso_amplifier",
)


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        ("R1", "R2", "series"),
        ("V1", "R1", "series"),
        ("V1", "R2", "series"),  # a chain, though they share no node
        ("R3", "R4", "parallel"),
        ("R2", "R3", "touching"),
        ("R3", "C1", "touching"),
        ("R1", "R3", "apart"),
        ("R2", "R5", "apart"),
        ("C1", "R5", None),  # something may hang on the output
    ],
)
def test_series_and_parallel(a: str, b: str, relation: str | None) -> None:
    wiring = Wiring(LADDER)
    assert wiring.relation(LADDER.by_ref[a], LADDER.by_ref[b]) == relation
    assert wiring.relation(LADDER.by_ref[b], LADDER.by_ref[a]) == relation


def test_no_series_question_across_a_virtual_ground() -> None:
    amp = Circuit("amp", (
        part("R1", "resistor", "in", "m"), part("R2", "resistor", "m", "out"), part("U1", "opamp", "0", "m", "out"),
    ))  # fmt: skip
    assert Wiring(amp).relation(amp.by_ref["R1"], amp.by_ref["R2"]) is None


def test_counts() -> None:
    drafts = asked(components.count_kind, LADDER)
    assert ("电阻", "5") in answers(drafts, r"图中有几个(.+)\?")
    assert ("电容", "1") in answers(drafts, r"图中共有_+个(.+)。")
    assert all(
        n == "0" for kind, n in answers(drafts, r"图中有几个(.+)\?") if kind not in ("电阻", "电容", "直流电压源")
    )
    assert answers(asked(components.count_all, LADDER), "(元件)共有几个") == {("元件", "7")}
    assert answers(asked(components.count_all, FIVE_TRANSISTORS), "(MOS)管.*几个") == {("MOS", "5")}


def test_a_zener_is_a_diode_too() -> None:
    both = Circuit(
        "d", (part("D1", "diode", "a", "b"), part("D2", "zener", "0", "b"), part("R1", "resistor", "a", "b"))
    )
    kinds = {k for k, _ in answers(asked(components.count_kind, both), r"图中有几个(.+)\?")}
    assert not kinds & {"二极管", "稳压二极管", "发光二极管"}
    absent = {d.answer for d in asked(components.presence, both) if d.topic == "absent"}
    assert not absent & {"二极管", "发光二极管"}


def test_values() -> None:
    drafts = asked(printed_values.value_of_ref, LADDER)
    got = answers(drafts, r"图中(\w\d)标注的(?:阻值|电容量|电压)")
    assert {("R2", "2.2 kΩ"), ("C1", "1 nF"), ("V1", "10 V")} <= got
    assert answers(asked(printed_values.ref_of_value, LADDER), r"标注的是(.+)\?") <= {
        ("1 kΩ", "R1"),
        ("2.2 kΩ", "R2"),
        ("10 kΩ", "R5"),
    }
    hidden = Circuit("h", LADDER.components, Shown(values=False))
    assert asked(printed_values.value_of_ref, hidden) == asked(printed_values.ref_of_value, hidden) == []


def test_kind_is_asked_where_the_letter_does_not_tell() -> None:
    assert asked(components.kind_of_ref, LADDER) == []
    led = Circuit("led", (*LADDER.components, part("D1", "led", "d", "0")))
    assert {d.answer for d in asked(components.kind_of_ref, led)} == {"发光二极管"}


def test_between_named_nets() -> None:
    drafts = asked(connections.across, LADDER)
    assert {d.answer for d in drafts} == {"R5"}
    assert {d.question for d in drafts if d.form == "fill"} == {"图中直接跨接在地与Uo节点之间的元件是______。(填标号)"}


def test_junction_and_pins() -> None:
    for d in asked(connections.junction, LADDER):
        m = re.search(r"(?:图中)?(\w\d)与(\w\d)的公共节点", d.question)
        assert m
        net = set(LADDER.by_ref[m[1]].nets) & set(LADDER.by_ref[m[2]].nets)
        assert net <= set(LADDER.by_ref[d.answer].nets)
        assert not any(net & set(LADDER.by_ref[x].nets) for x in d.distractors)


def test_body_pins_are_not_counted_on() -> None:
    view = View(FIVE_TRANSISTORS, "zh")
    assert view.firm("VDD")
    body_only = Circuit(
        "b", (part("", "nmos", "g", "d", "s", body="w"), part("", "resistor", "w", "d")), Shown(nets={"w": "W"})
    )
    assert not View(body_only, "zh").firm("w")
    assert asked(connections.on_net, body_only) == []


def test_labels_printed_twice_are_no_names() -> None:
    twice = Circuit("t", LADDER.components, Shown(nets={"a": "CLK", "d": "clk", "b": "X", "0": "GND"}))
    assert set(View(twice, "zh").named_nets) == {"0", "b"}


@pytest.mark.parametrize(("label", "said"), [("GND", "地"), ("", None), ("B", "B")])
def test_ground_is_named_where_its_symbol_is_drawn(label: str, said: str | None) -> None:
    view = View(Circuit("g", LADDER.components, Shown(nets={"0": label})), "zh")
    assert [view.net(n) for n in view.named_nets] == ([said] if said else [])


def test_differential_pair_mirror_and_load() -> None:
    ota = FIVE_TRANSISTORS
    assert [tuple(c.pins["G"] for c in p) for p in differential_pairs(ota)] == [("VIN1", "VIN2")]
    assert [[c.pins["D"] for c in m] for m in mirrors(ota)] == [["x", "y"]]
    assert [diode_connected(c) for c in ota.components[:5]] == [False, False, False, True, False]
    drafts = asked(transistors.input_pair, ota)
    assert {d.answer for d in drafts if d.topic == "differential-pair"} == {"NMOS管"}
    assert {d.answer for d in drafts if d.topic == "pair-load"} == {"由晶体管构成的电流镜"}
    assert {d.answer for d in asked(transistors.mirror_size, ota)} == {"2"}
    assert {d.answer for d in asked(transistors.capacitor_role, ota)} == {"接在节点与地之间,作负载或旁路"}


def test_transistor_terminals() -> None:
    gates = answers(asked(transistors.control_at_label, FIVE_TRANSISTORS), r"有几个晶体管的栅极直接接到(\w+)节点")
    assert gates == {("VIN1", "1"), ("VIN2", "1"), ("VB", "1")}
    ends = answers(asked(transistors.end_at_label, FIVE_TRANSISTORS), r"有几个(\wMOS)管的(..)直接接到(\w+?)(?:节点)?\?")
    assert ends == {("PMOS", "源极", "VDD", "2"), ("NMOS", "源极", "地", "1")}


def test_function_never_offers_what_is_also_true() -> None:
    buffer = Circuit("b", (part("U1", "opamp", "in", "out", "out"),), function="buffer")
    drafts = asked(functions.function, buffer)
    assert {d.answer for d in drafts} == {"电压跟随器"}
    assert not any("同相放大器" in d.distractors[:3] for d in drafts)
    assert asked(functions.function, Circuit("n", LADDER.components, function="resistor_network")) == []


def test_a_set_of_few_functions_offers_these_and_no_other() -> None:
    """One that no circuit of the set has would be known to be wrong."""
    company = ("buffer", "parallel_rlc", "series_rlc", "summing_amplifier", "two_mesh")
    circuit = Circuit("s", (part("R1", "resistor", "a", "0"),), function="series_rlc", company=company)
    runs = {d.runs for d in asked(functions.function, circuit) if d.form == "mcq"}
    assert runs == {(("电压跟随器", "RLC并联谐振电路", "反相求和放大器"),)}
    lone = Circuit("s", circuit.components, function="series_rlc", company=("series_rlc", "buffer"))
    assert {d.form for d in asked(functions.function, lone)} == {"fill"}, "four are needed for a choice"
    many = tuple(k for k, f in FUNCTIONS.items() if f.group in ("filter", "power"))
    among = Circuit("s", circuit.components, function="series_rlc", company=many)
    names = {FUNCTIONS[k].zh for k in many}
    assert all(names.issuperset(r) for d in asked(functions.function, among) for r in d.runs)


def test_articles() -> None:
    said = [
        with_article(k) for k in ("resistor", "led", "nmos", "npn", "opamp", "inductor", "nor_gate", "voltage_source")
    ]
    assert said == ["a resistor", "an LED", "an NMOS transistor", "an NPN transistor", "an op-amp", "an inductor",
                    "a NOR gate", "a DC voltage source"]  # fmt: skip


# -- random netlists ----------------------------------------------------------------------------------
@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=14))
    nets = ["0", "a", "b", "c", "d", "e", "f", "g"][: draw(st.integers(2, 8))]
    parts = []
    for i, kind in enumerate(kinds):
        at = [draw(st.sampled_from(nets)) for _ in KINDS[kind].pins]
        value = draw(st.sampled_from([None, 1e3, 2.2e3, 1e-9, 4.7e-6, 10.0]))
        parts.append(part(f"{KINDS[kind].prefix}{i + 1}", kind, *at, value=value))
    shown = {n: draw(st.sampled_from(["Uo", "VDD", "X", "Y"])) for n in nets[1:] if draw(st.booleans())}
    if draw(st.booleans()):
        shown["0"] = "GND"
    refs, values = draw(st.booleans()), draw(st.booleans())
    return Circuit("random", tuple(parts), Shown(refs, values, shown))


def recount(c: Circuit, d: Draft) -> Iterator[tuple[str, str]]:
    """(what the question's words say, what the Draft says) for the questions whose words can be read back."""
    zh = {k.zh: k.name for k in KINDS.values()}
    nets = {label: net for net, label in c.shown.nets.items()} | {"地": "0"}
    q = d.question
    if m := re.fullmatch(r"图中(?:有几个|共有_+个)([^直]+?)[?。]", q):
        if m[1] in zh:
            yield str(sum(x.kind == zh[m[1]] for x in c.components)), d.answer
    elif m := re.fullmatch(r"图中(?:有几个|有_+个)(.+?)直接连接到(.+?)(?:节点)?[?。]", q):
        there = [x for x in c.components if x.kind == zh[m[1]] and nets[m[2]] in x.pins.values()]
        yield str(len(there)), d.answer
    elif m := re.fullmatch(r"图中直接连接到(.+?)(?:节点)?的元件有(?:几个\?|_+个。)", q):
        yield str(sum(nets[m[1]] in x.pins.values() for x in c.components)), d.answer
    elif m := re.fullmatch(r"下列元件中,哪一个(没有)?直接连接到(.+?)(?:节点)?\?", q):
        for text in (d.answer, *d.distractors):
            there_ = nets[m[2]] in c.by_ref[text].pins.values()
            yield str(there_ != bool(m[1])), str(text == d.answer)
    elif m := re.fullmatch(r"图中(\w+)标注的\w+?(?:是多少\?|为_+。)", q):
        yield value_text(c.by_ref[m[1]]), d.answer
    elif m := re.fullmatch(r"图中直接跨接在(.+?)(?:节点)?与(.+?)(?:节点)?之间的元件是.+", q):
        ends = {nets[m[1]], nets[m[2]]}
        there = [x for x in c.components if x.kind in TWO_TERMINAL and set(x.pins.values()) == ends]
        if c.shown.refs:
            yield str([x.ref for x in there]), str([d.answer])
        else:
            yield str({KINDS[x.kind].zh for x in there}), str({d.answer})


WRITERS: list[Writer] = [
    *components.COMPONENT_WRITERS,
    *printed_values.VALUE_WRITERS,
    *connections.CONNECTION_WRITERS,
    *transistors.TRANSISTOR_WRITERS,
    *functions.FUNCTION_WRITERS,
]


@settings(max_examples=150, deadline=None)
@given(circuits(), st.integers(0, 1000))
def test_words_and_answers_agree_on_random_netlists(circuit: Circuit, seed: int) -> None:
    for writer in WRITERS:
        for d in writer(circuit, "zh", random.Random(seed)):
            for right, got in recount(circuit, d):
                assert right == got, d


@settings(max_examples=100, deadline=None)
@given(circuits(), st.sampled_from(["zh", "en"]), st.integers(0, 1000))
def test_only_what_the_picture_shows_is_named(circuit: Circuit, lang: str, seed: int) -> None:
    for writer in WRITERS:
        for d in writer(circuit, lang, random.Random(seed)):  # type: ignore[arg-type]
            text = " ".join((d.question, d.answer, *d.distractors))
            if not circuit.shown.refs:
                assert not any(re.search(rf"(?<![A-Za-z0-9]){c.ref}(?![0-9])", text) for c in circuit.components), d
            labels = [label.casefold() for label in circuit.shown.nets.values()]
            for label in ("Uo", "VDD", "X", "Y"):
                if labels.count(label.casefold()) != 1:
                    assert not re.search(rf"(?<![A-Za-z]){label}(?![A-Za-z])", text), d
            if d.form == "mcq":
                assert d.answer not in d.distractors, d


@settings(max_examples=100, deadline=None)
@given(circuits())
def test_series_by_walking(circuit: Circuit) -> None:
    """Series, walked from part to part over nets of two pins; parallel, by equal ends."""
    wiring = Wiring(circuit)
    pins: dict[str, int] = {}
    for c in circuit.components:
        for net in c.pins.values():
            pins[net] = pins.get(net, 0) + 1

    def line(start: Component) -> set[int]:
        seen, todo = {id(start)}, [start]
        while todo:
            c = todo.pop()
            for net in c.nets:
                if pins[net] == 2 and net not in circuit.shown.nets and net != "0":
                    for other in circuit.components:
                        if other.kind in TWO_TERMINAL and net in other.nets and id(other) not in seen:
                            seen.add(id(other))
                            todo.append(other)
        return seen

    two = [c for c in circuit.components if c.kind in TWO_TERMINAL and len(set(c.nets)) == 2]
    for a in two:
        for b in two:
            if a is not b:
                got = wiring.relation(a, b)
                if got == "series":
                    assert id(b) in line(a)
                if got == "parallel":
                    assert set(a.nets) == set(b.nets)
                if got in ("touching", "apart"):
                    assert id(b) not in line(a) and set(a.nets) != set(b.nets)
