"""Level 3: what the circuit is for, and what a part does in it."""

from __future__ import annotations

import cmath
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

from qa.item import Lang
from synth.circuits.analysis import gain
from synth.circuits.netlist import Circuit
from synth.circuits.solver import SolveError
from synth.questions.draft import Draft
from synth.questions.function_names import FUNCTIONS, may_stand_beside
from synth.questions.roles import ROLES, near, roles_in
from synth.questions.view import View, say

_FEW = 24
"""Threes of wrong options among which a question's own are drawn."""
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
    runs = tuple(tuple(_name(k, lang) for k in run) for run in _beside(key, circuit.company, rng))
    kin = [k for k in FUNCTIONS if may_stand_beside(key, k) and FUNCTIONS[k].group == FUNCTIONS[key].group]
    rng.shuffle(kin)
    if runs:
        yield Draft(
            "function", "function", 3, "mcq",
            say(lang, rng.choice(("该电路是什么电路?", "图示电路实现的功能是?", "这是哪一种电路?")),
                rng.choice(("What kind of circuit is this?", "Which function does this circuit perform?"))),
            _name(key, lang), runs[0], about="circuit", runs=runs,
        )  # fmt: skip
    if len(kin) >= 2:
        among = [key, *kin[:3]]
        rng.shuffle(among)
        joined = say(lang, "、", "; ").join(_name(k, lang) for k in among)
        yield Draft(
            "function", "function", 3, "fill",
            say(lang, f"该电路是______。(从“{joined}”中选填)", f"This circuit is a ______. (One of: {joined}.)"),
            _name(key, lang),
        )  # fmt: skip


def _beside(key: str, company: Sequence[str], rng: random.Random) -> list[tuple[str, ...]]:
    """Threes of other functions, no two of the four true of one circuit.

    Where the functions of the set are known, the wrong ones are taken from it: one that is never right is known to be
    wrong. Otherwise the four are of one group, two and two of a group, or each of another: were the right one always
    among its like, the odd ones out would be known to be wrong. The functions of integrated circuits stay among
    themselves.
    """
    group = FUNCTIONS[key].group
    if company:
        at_hand = _at_hand(key, tuple(company))
        return list(at_hand) if len(at_hand) <= _FEW else rng.sample(at_hand, _FEW)
    others = [k for k in FUNCTIONS if k != key and (FUNCTIONS[k].group == "ic") == (group == "ic")]
    runs: dict[tuple[str, ...], None] = {}
    for _ in range(200):
        if len(runs) == _FEW:
            break
        run = sorted(rng.sample(others, 3))
        sizes = sorted(Counter(FUNCTIONS[k].group for k in (key, *run)).values())
        if sizes in ([4], [2, 2], [1, 1, 1, 1]) and _may_all(key, *run):
            runs[tuple(run)] = None
    kin = [k for k in FUNCTIONS if k != key and FUNCTIONS[k].group == group]
    alike = [r for r in combinations(sorted(kin), 3) if _may_all(key, *r)]  # few of the above are all of one group
    return list(runs | dict.fromkeys(rng.sample(alike, min(len(alike), _FEW))))


@cache
def _may_all(*keys: str) -> bool:
    return all(may_stand_beside(a, b) for a, b in combinations(keys, 2))


@cache
def _at_hand(key: str, company: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    others = sorted({*company} & FUNCTIONS.keys() - {key})
    return tuple(run for run in combinations(others, 3) if _may_all(key, *run))


def polarity(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Whether an amplifier inverts, or shifts a sine by a quarter of its period."""
    texts = [say(lang, zh, en) for zh, en in PHASES]
    shift = _quarter(circuit)
    if shift:
        answer = texts[2 if shift > 0 else 3]
        yield Draft(
            "polarity", "polarity", 3, "mcq",
            say(lang, "该放大电路的输出信号与输入信号的相位关系是?",
                "How does the phase of this amplifier's output compare with that of its input?"),
            answer, tuple(t for t in texts if t != answer), about="phase",
        )  # fmt: skip
    if circuit.function not in _INVERTS | _FOLLOWS:
        return
    inverts = circuit.function in _INVERTS
    if inverts and rng.random() < 0.4:
        return  # more families invert than follow: asked every time, "opposite" would be a good guess
    limited = bool(circuit.of_kind("capacitor", "inductor"))
    band, h, t = (("在通带内,", "Within the passband, "), "h", "t") if limited else (("", ""), "H", "T")
    answer = texts[0] if inverts else texts[1]
    yield Draft(
        "polarity", "polarity", 3, "mcq",
        say(lang, f"{band[0]}该放大电路的输出信号与输入信号的相位关系是?",
            f"{band[1]}{h}ow does the phase of this amplifier's output compare with that of its input?"),
        answer, tuple(t for t in texts if t != answer), about="band" if limited else "phase",
    )  # fmt: skip
    yield Draft(
        "polarity", "polarity", 3, "fill",
        say(lang, f"{band[0]}该放大电路的输出信号与输入信号______。(填“同相”或“反相”)",
            f"{band[1]}{t}he output of this amplifier is ______ with its input. (in phase or in antiphase)"),
        answer,
    )  # fmt: skip


def _quarter(circuit: Circuit) -> int:
    """1 where the output leads a sine by 90 degrees at any frequency, -1 where it lags, 0 where it does neither."""
    if circuit.function not in ("integrator", "differentiator"):
        return 0
    try:
        angles = [math.degrees(cmath.phase(gain(circuit, f))) for f in (0.1, 1e3, 1e7)]
    except (SolveError, KeyError):
        return 0
    return next((s for s in (1, -1) if all(abs(a - 90 * s) < 0.5 for a in angles)), 0)


PHASES = (("反相", "in antiphase"), ("同相", "in phase"), ("超前90°", "leading by 90°"), ("滞后90°", "lagging by 90°"))


def role_of_part(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """What a part does, and which part does it."""
    view = View(circuit, lang)
    found = [(c, r) for c, r in roles_in(circuit) if view.name(c)]
    for c, role in rng.sample(found, min(2, len(found))):
        text = ROLES[role]
        also = {r for other, r in found if other is c}
        # of four no two are near: were the right one always without a like, two of a kind would both be wrong
        others_of = [r for r, t in ROLES.items() if c.kind in t.kinds and r not in also]
        runs = [r for r in combinations(others_of, 3) if not any(near(a, b) for a, b in combinations((role, *r), 2))]
        if runs:  # there are none where a kind of part has few jobs: its symbol alone would tell
            yield Draft(
                "role_of_part", "role", 3, "mcq",
                say(lang, f"图中{view.the(c)}的主要作用是什么?",
                    f"What is the main job of {view.the(c)} in this circuit?"),
                say(lang, text.zh, text.en), _roles(runs[0], lang), about=c.kind,
                runs=tuple(_roles(run, lang) for run in runs),
            )  # fmt: skip
        doers = [other for other, r in found if r == role]
        # only parts that could do it: a resistor is never what couples AC
        others = [o for o in view.named(circuit.components) if o not in doers and o.kind in text.kinds]
        if len(doers) != 1 or not circuit.shown.refs:
            continue
        if len(others) >= 3:
            yield Draft(
                "part_of_role", "part-of-role", 3, "mcq",
                say(lang, f"图中哪个元件的作用是“{text.zh}”?", f"Which component has the job “{text.en}”?"),
                c.ref, tuple(o.ref for o in others), about=role,
            )  # fmt: skip
        yield Draft(
            "part_of_role", "part-of-role", 3, "fill",
            say(lang, f"图中起“{text.zh}”作用的元件是______。(填标号)",
                f"The component whose job is “{text.en}” is ______. (Give its designator.)"), c.ref,
        )  # fmt: skip


def _roles(keys: Sequence[str], lang: Lang) -> tuple[str, ...]:
    return tuple(say(lang, ROLES[k].zh, ROLES[k].en) for k in keys)


FUNCTION_WRITERS = (function, polarity, role_of_part)
