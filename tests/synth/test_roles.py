"""What single parts do, in circuits as textbooks draw them."""

from __future__ import annotations

import random

import pytest

from synth.circuits.netlist import Circuit, Component
from synth.questions.function_names import ALSO_TRUE, FUNCTIONS, key_of_netlist_type, may_stand_beside
from synth.questions.functions import function, polarity, role_of_part
from synth.questions.roles import ROLES, roles_in
from tests.synth.test_questions_truth import part


def circuit(key: str, *parts: Component, inputs: tuple[str, ...] = ("in",), output: str = "out") -> Circuit:
    return Circuit(key, parts, function=key, inputs=inputs, output=output)


INVERTING = circuit(
    "inverting_amplifier",
    part("V1", "voltage_source", "in", "0"),
    part("R1", "resistor", "in", "m"),
    part("R2", "resistor", "m", "out"),
    part("R3", "resistor", "0", "p"),
    part("U1", "opamp", "p", "m", "out"),
)
LED = circuit(
    "led_driver",
    part("V1", "voltage_source", "a", "0"),
    part("R1", "resistor", "a", "b"),
    part("D1", "led", "b", "c"),
    part("D2", "led", "c", "0"),
    output="",
)
ZENER = circuit(
    "zener_regulator",
    part("V1", "voltage_source", "in", "0"),
    part("R1", "resistor", "in", "out"),
    part("D1", "zener", "0", "out"),
    part("R2", "resistor", "out", "0"),
)
RECTIFIER = circuit(
    "half_wave_rectifier",
    part("V1", "ac_source", "in", "0"),
    part("D1", "diode", "in", "out"),
    part("C1", "capacitor", "out", "0"),
    part("R1", "resistor", "out", "0"),
)
EMITTER = circuit(
    "common_emitter",
    part("V1", "voltage_source", "vcc", "0"),
    part("R1", "resistor", "vcc", "b"),
    part("R2", "resistor", "b", "0"),
    part("R3", "resistor", "vcc", "c"),
    part("R4", "resistor", "e", "0"),
    part("R5", "resistor", "out", "0"),
    part("C1", "capacitor", "in", "b"),
    part("C2", "capacitor", "c", "out"),
    part("C3", "capacitor", "e", "0"),
    part("Q1", "npn", "b", "c", "e"),
)


@pytest.mark.parametrize(
    ("made", "roles"),
    [
        (INVERTING, {"R1": "input_resistor", "R2": "feedback"}),
        (LED, {"R1": "current_limit", "D1": "indicate", "D2": "indicate"}),
        (ZENER, {"R1": "current_limit", "D1": "regulate", "R2": "load"}),
        (RECTIFIER, {"D1": "rectify", "C1": "smoothing", "R1": "load"}),
        (
            EMITTER,
            {"R1": "base_bias", "R2": "base_bias", "R3": "collector_load", "R4": "emitter",
             "C1": "coupling", "C2": "coupling", "C3": "bypass"},
        ),
    ],
)  # fmt: skip
def test_roles(made: Circuit, roles: dict[str, str]) -> None:
    found = roles_in(made)
    assert {c.ref: r for c, r in found} == roles
    assert len(found) == len(roles), "each part's role is named once"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("made", [INVERTING, LED, ZENER, RECTIFIER, EMITTER])
def test_only_one_offered_role_is_true(made: Circuit, lang: str) -> None:
    texts = {t: key for key, role in ROLES.items() for t in (role.zh, role.en)}
    true = {(c.ref, r) for c, r in roles_in(made)}
    for seed in range(30):
        for d in role_of_part(made, lang, random.Random(seed)):  # type: ignore[arg-type]
            if d.rule == "role_of_part":
                ref = next(c.ref for c in made.components if c.ref in d.question)
                assert (ref, texts[d.answer]) in true
                assert not any((ref, texts[w]) in true for w in d.distractors)
            else:
                key = next(k for t, k in texts.items() if t in d.question)
                assert [ref for ref, r in true if r == key] == [d.answer]


def test_polarity() -> None:
    said = {d.answer for s in range(30) for d in polarity(INVERTING, "zh", random.Random(s))}
    assert said == {"反相"}
    assert list(polarity(ZENER, "zh", random.Random(0))) == []


def test_functions_table() -> None:
    assert all(key in FUNCTIONS for pair in ALSO_TRUE for key in pair)
    assert len({f.zh for f in FUNCTIONS.values()}) == len({f.en for f in FUNCTIONS.values()}) == len(FUNCTIONS)
    assert [key_of_netlist_type(t) for t in ("DISO-Amplifier", "LDO", "Bandgap", "?")] == [
        "diso_amplifier",
        "ldo",
        "bandgap",
        "",
    ]
    assert not may_stand_beside("buffer", "non_inverting_amplifier") and may_stand_beside("buffer", "integrator")
    for key in FUNCTIONS:
        made = circuit(key, part("R1", "resistor", "a", "b"))
        for s in range(5):
            for d in function(made, "en", random.Random(s)):
                if d.form == "mcq":
                    assert len(set(d.distractors)) >= 3
