"""Level 3: what the circuit is for, and what a part does in it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from qa.item import Lang
from synth.circuits.netlist import Circuit
from synth.questions.draft import Draft
from synth.questions.function_names import FUNCTIONS, may_stand_beside
from synth.questions.roles import NEVER_FOUND, ROLES, roles_in
from synth.questions.view import View, say

_INVERTS = frozenset({"inverting_amplifier", "summing_amplifier", "common_emitter"})
_SKIPPED = {"diso_amplifier": 0.5}
"""Functions so common among real pictures that their name alone would be a good guess -> share not asked."""
_FOLLOWS = frozenset({"non_inverting_amplifier", "buffer"})


def _name(key: str, lang: Lang) -> str:
    return FUNCTIONS[key].zh if lang == "zh" else FUNCTIONS[key].en


def function(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """What the circuit as a whole does."""
    key = circuit.function
    if key not in FUNCTIONS or rng.random() < _SKIPPED.get(key, 0.0):
        return
    others = [k for k in FUNCTIONS if may_stand_beside(key, k)]
    rng.shuffle(others)
    near = [k for k in others if FUNCTIONS[k].group == FUNCTIONS[key].group]
    far = [k for k in others if FUNCTIONS[k].group != FUNCTIONS[key].group and FUNCTIONS[k].group != "ic"]
    wrong = near[: rng.choice((2, 3))] + far
    yield Draft(
        "function", "function", 3, "mcq",
        say(lang, rng.choice(("该电路是什么电路?", "图示电路实现的功能是?", "这是哪一种电路?")),
            rng.choice(("What kind of circuit is this?", "Which function does this circuit perform?"))),
        _name(key, lang), tuple(_name(k, lang) for k in wrong),
    )  # fmt: skip
    if len(near) >= 2:
        among = [key, *near[:3]]
        rng.shuffle(among)
        joined = say(lang, "、", "; ").join(_name(k, lang) for k in among)
        yield Draft(
            "function", "function", 3, "fill",
            say(lang, f"该电路是______。(从“{joined}”中选填)", f"This circuit is a ______. (One of: {joined}.)"),
            _name(key, lang),
        )  # fmt: skip


def polarity(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Whether an amplifier inverts."""
    if circuit.function not in _INVERTS | _FOLLOWS:
        return
    inverts = circuit.function in _INVERTS
    if inverts and rng.random() < 0.4:
        return  # more families invert than follow: asked every time, "opposite" would be a good guess
    texts = [say(lang, zh, en) for zh, en in _PHASES]
    limited = bool(circuit.of_kind("capacitor", "inductor"))
    band, h, t = (("在通带内,", "Within the passband, "), "h", "t") if limited else (("", ""), "H", "T")
    answer = texts[0] if inverts else texts[1]
    yield Draft(
        "polarity", "polarity", 3, "mcq",
        say(lang, f"{band[0]}该放大电路的输出信号与输入信号的相位关系是?",
            f"{band[1]}{h}ow does the phase of this amplifier's output compare with that of its input?"),
        answer, tuple(t for t in texts if t != answer),
    )  # fmt: skip
    yield Draft(
        "polarity", "polarity", 3, "fill",
        say(lang, f"{band[0]}该放大电路的输出信号与输入信号______。(填“同相”或“反相”)",
            f"{band[1]}{t}he output of this amplifier is ______ with its input. (in phase or in antiphase)"),
        answer,
    )  # fmt: skip


_PHASES = (("反相", "in antiphase"), ("同相", "in phase"), ("超前90°", "leading by 90°"), ("滞后90°", "lagging by 90°"))


def role_of_part(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """What a part does, and which part does it."""
    view = View(circuit, lang)
    found = [(c, r) for c, r in roles_in(circuit) if view.name(c)]
    for c, role in rng.sample(found, min(2, len(found))):
        text = ROLES[role]
        also = {r for other, r in found if other is c}
        anywhere = rng.random() < 0.5  # roles of other circuits too, or the wording alone tells what never is right
        wrong = [
            r for r, t in ROLES.items()
            if c.kind in t.kinds and r not in also and r not in text.near and role not in t.near
            and (anywhere or not t.needs or any(view.kinds[k] for k in t.needs))
        ]  # fmt: skip
        rng.shuffle(wrong)
        if rng.random() < 0.7:
            wrong.sort(key=lambda r: r in NEVER_FOUND)
        yield Draft(
            "role_of_part", "role", 3, "mcq",
            say(lang, f"图中{view.the(c)}的主要作用是什么?", f"What is the main job of {view.the(c)} in this circuit?"),
            say(lang, text.zh, text.en), tuple(say(lang, ROLES[r].zh, ROLES[r].en) for r in wrong),
        )  # fmt: skip
        doers = [other for other, r in found if r == role]
        others = [o for o in view.named(circuit.components) if o not in doers]
        if len(doers) != 1 or not circuit.shown.refs:
            continue
        rng.shuffle(others)
        others.sort(key=lambda o: o.kind != c.kind)
        yield Draft(
            "part_of_role", "part-of-role", 3, "mcq",
            say(lang, f"图中哪个元件的作用是“{text.zh}”?", f"Which component has the job “{text.en}”?"),
            c.ref, tuple(o.ref for o in others),
        )  # fmt: skip
        yield Draft(
            "part_of_role", "part-of-role", 3, "fill",
            say(lang, f"图中起“{text.zh}”作用的元件是______。(填标号)",
                f"The component whose job is “{text.en}” is ______. (Give its designator.)"), c.ref,
        )  # fmt: skip


FUNCTION_WRITERS = (function, polarity, role_of_part)
