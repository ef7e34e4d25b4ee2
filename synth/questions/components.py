"""Level 1: which components are in the picture, how many, of what kind and value."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

from qa.item import Lang, Wanted
from synth.circuits.netlist import KINDS, Circuit, Component
from synth.questions.draft import Draft
from synth.questions.view import BJT, MOS, TRANSISTORS, View, kind_text, plural, say, with_article

T = TypeVar("T")

GENERAL = (
    "resistor", "capacitor", "inductor", "diode", "led", "zener", "npn", "pnp", "nmos", "pmos", "opamp", "switch",
    "transformer", "regulator",
)  # fmt: skip
GATES = ("not_gate", "and_gate", "or_gate", "nand_gate", "nor_gate", "xor_gate")
"""Kinds that may be offered as an option; sources are left out, since supplies are drawn in many ways."""

_LOOKALIKE = (
    {"diode", "led", "zener"}, {"opamp", "opamp_diff", "regulator"},
    {"voltage_source", "ac_source", "current_source"}, {"vcvs", "vccs", "cccs", "ccvs"},
)  # fmt: skip
"""A picture with one of these never has another asked as absent: a Zener diode is a diode too."""

_NEAR = {
    "nmos": ("pmos", "npn"), "pmos": ("nmos", "pnp"), "npn": ("pnp", "nmos"), "pnp": ("npn", "pmos"),
    "resistor": ("inductor", "capacitor"), "capacitor": ("inductor", "resistor"),
    "inductor": ("capacitor", "transformer"),
    "and_gate": ("nand_gate",), "nand_gate": ("and_gate",), "or_gate": ("nor_gate",), "nor_gate": ("or_gate",),
    "diode": ("npn", "switch"), "led": ("switch", "npn"), "zener": ("switch", "npn"), "opamp": ("regulator", "npn"),
}  # fmt: skip
"""Kinds that a hurried reader takes for each other: what to ask for when the answer is to be zero."""

_SIBLINGS = {
    "D": ("diode", "led", "zener"),
    "Q": ("npn", "pnp", "nmos", "pmos"),
    "M": ("nmos", "pmos", "npn", "pnp"),
    "U": ("opamp", "regulator", "and_gate", "or_gate", "nand_gate", "nor_gate", "xor_gate", "not_gate"),
}
"""Reference letters that several kinds share: only there is the kind a question to the eye."""


def runs_about(n: int, most: int | None = None) -> tuple[tuple[str, ...], ...]:
    """The three wrong counts of every run of four that holds n, from 0 (to `most`)."""
    starts = range(max(0, n - 3), (n if most is None else min(n, most - 3)) + 1)
    return tuple(tuple(str(k) for k in range(start, start + 4) if k != n) for start in starts)


def both_count_forms(
    rule: str, topic: str, level: int, about: str, ask: tuple[str, str], n: int, why: str = ""
) -> Iterator[Draft]:
    """A count of something (`about`) as a choice and as a blank; `ask` holds the question and its fill-in wording."""
    common = {"rule": rule, "topic": topic, "level": level, "explanation": why, "about": about}
    runs = runs_about(n)
    yield Draft(form="mcq", question=ask[0], answer=str(n), distractors=runs[0], runs=runs, **common)  # type: ignore[arg-type]
    yield Draft(form="fill", question=ask[1], answer=str(n), accept=(Wanted(value=n, rel_tol=0),), **common)  # type: ignore[arg-type]


def spread(spots: Sequence[tuple[T, int]], k: int, rng: random.Random) -> list[tuple[T, int]]:
    """Up to k of the (spot, count) pairs, different counts first: most counts are 1, and then 1 is a good guess."""
    by_count: dict[int, list[tuple[T, int]]] = {}
    for spot in spots:
        by_count.setdefault(spot[1], []).append(spot)
    counts = sorted(by_count)
    rng.shuffle(counts)
    return [rng.choice(by_count[n]) for n in counts[:k]]


def related(kind: str) -> set[str]:
    """The kind and those whose names may cover it."""
    return {kind}.union(*(group for group in _LOOKALIKE if kind in group))


def absent_kinds(view: View) -> list[str]:
    """Kinds that are certainly not in the picture, under any name."""
    there = set().union(*(related(k) for k in view.kinds)) if view.kinds else set()
    sort = GATES if any(k in GATES for k in there) else GENERAL
    return [k for k in sort if k not in there and view.askable(k)]


def countable_kinds(view: View) -> list[str]:
    """Kinds in the picture that can be counted under their own name."""
    return [
        k for k in view.kinds
        if view.askable(k) and not any(other in view.kinds for other in related(k) - {k})
    ]  # fmt: skip


def listing(view: View, parts: list[Component]) -> str:
    """`R1, R2, R3`, where they have designators."""
    return ", ".join(c.ref for c in parts) if view.circuit.shown.refs and all(c.ref for c in parts) else ""


def count_kind(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many of a kind; sometimes of a kind that is not there."""
    view = View(circuit, lang)
    kinds = countable_kinds(view)
    asked = [kind for kind, _ in spread([(k, view.kinds[k]) for k in kinds], 2, rng)]
    near = [k for k in absent_kinds(view) if any(k in _NEAR.get(present, ()) for present in view.kinds)]
    if near and rng.random() < 0.3:
        asked.append(rng.choice(near))
    for kind in asked:
        n = view.kinds[kind]
        name = kind_text(kind, lang)
        refs = listing(view, circuit.of_kind(kind))
        why = say(lang, f"图中有{n}个{name}" + (f":{refs}。" if refs else "。"),
                  f"Count of {plural(kind)}: {n}" + (f" ({refs})." if refs else "."))  # fmt: skip
        if n == 0:
            why = say(lang, f"图中没有{name}。", f"The picture shows no {plural(kind)}.")
        choice = say(lang, f"图中有几个{name}?", f"How many {plural(kind)} are there in the picture?")
        blank = say(lang, f"图中共有______个{name}。", f"The picture shows ______ {plural(kind)}. (Give a number.)")
        yield from both_count_forms("count_kind", "count", 1, kind, (choice, blank), n, why)


def count_all(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many components, or transistors, altogether."""
    view = View(circuit, lang)
    n = len(circuit.components)
    if 3 <= n <= 12 and circuit.shown.refs:
        refs = listing(view, list(circuit.components))
        choice = say(lang, "图中带标号的元件共有几个?", "How many components with a designator does the picture show?")
        blank = say(lang, "图中带标号的元件共有______个。",
                    "The picture shows ______ components with a designator. (Give a number.)")  # fmt: skip
        yield from both_count_forms("count_all", "count-total", 1, "all", (choice, blank), n, refs)
    for group, zh, en in ((MOS, "MOS管", "MOS transistors"), (BJT, "双极型三极管", "bipolar transistors")):
        there = [k for k in group if view.kinds[k]]
        n = sum(view.kinds[k] for k in group)
        if len(there) < 2 or not all(view.askable(k) for k in group):
            continue
        both = "、".join(KINDS[k].zh for k in group) if lang == "zh" else " and ".join(k.upper() for k in group)
        choice = say(lang, f"图中的{zh}({both})合计有几个?", f"How many {en} ({both} together) are there?")
        blank = say(lang, f"图中的{zh}({both})合计有______个。", f"Altogether there are ______ {en} ({both}).")
        why = " + ".join(f"{kind_text(k, lang)} {view.kinds[k]}" for k in group) + f" = {n}"
        yield from both_count_forms("count_all", "count-total", 1, group[0], (choice, blank), n, why)


def compare_kinds(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which of two kinds there is more of, and by how many."""
    view = View(circuit, lang)
    kinds = [k for k in countable_kinds(view) if k in GENERAL + GATES]
    pairs = [((a, b), view.kinds[a] - view.kinds[b]) for a in kinds for b in kinds if a != b]
    if not pairs:
        return
    (a, b), d = spread(pairs, 1, rng)[0]
    if d == 0 and rng.random() < 0.6:
        return  # in small circuits there is one of each: equality would be a good guess
    zh_a, zh_b = KINDS[a].zh, KINDS[b].zh

    def text(diff: int) -> str:
        if diff == 0:
            return say(lang, "两者一样多", "the same number of both")
        more, less = (a, b) if diff > 0 else (b, a)
        some = plural(more) if abs(diff) > 1 else KINDS[more].en
        return say(lang, f"{KINDS[more].zh}多{abs(diff)}个", f"{abs(diff)} more {some} than {plural(less)}")

    runs = [[x for x in range(start, start + 4) if x != d] for start in range(d - 3, d + 1)]
    first, second = sorted((a, b))
    codes = {text(x): f"{x if a == first else -x}" for x in range(d - 3, d + 4)}
    yield Draft(
        "compare_kinds", "compare", 1, "mcq",
        say(lang, f"比较图中{zh_a}与{zh_b}的数量,下列说法正确的是?",
            f"Compare the number of {plural(a)} with that of {plural(b)} in the picture. Which is right?"),
        text(d), tuple(text(x) for x in runs[0]), about=f"{first} {second}",
        runs=tuple(tuple(text(x) for x in run) for run in runs), codes=tuple(codes.items()),
        explanation=f"{kind_text(a, lang)} {view.kinds[a]}, {kind_text(b, lang)} {view.kinds[b]}",
    )  # fmt: skip


def most_common(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which kind there is most of."""
    view = View(circuit, lang)
    kinds = countable_kinds(view)
    if len(kinds) < 3 or len(kinds) != len(view.kinds):
        return
    (top, n), (_, second) = view.kinds.most_common(2)
    if n == second:
        return
    wrong = [k for k in kinds if k != top]
    extra = absent_kinds(view)
    rng.shuffle(wrong)
    rng.shuffle(extra)
    yield Draft(
        "most_common", "most-common", 1, "mcq",
        say(lang, "图中数量最多的是哪种元件?", "Which kind of component occurs most often in the picture?"),
        kind_text(top, lang), tuple(kind_text(k, lang) for k in wrong + extra), about="kinds",
        explanation=", ".join(f"{kind_text(k, lang)} {view.kinds[k]}" for k in view.kinds),
    )  # fmt: skip


_USUAL = {
    "ic": ("resistor", "capacitor", "opamp", "diode", "npn", "pnp"),
    "logic": GATES,
    "board": ("resistor", "capacitor", "inductor", "diode", "led", "zener", "npn", "nmos", "opamp"),
}
"""Kinds that are now there and now not in circuits of a sort: only asking among these needs a look."""


def presence(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which kind is absent; which kind is there."""
    view = View(circuit, lang)
    logic = any(k in GATES for k in view.kinds)
    sort = "logic" if logic else "ic" if sum(view.kinds[k] for k in TRANSISTORS) >= 2 else "board"
    usual = _USUAL[sort]
    present = [k for k in view.kinds if view.askable(k)]
    absent = [k for k in absent_kinds(view) if k in usual]
    rng.shuffle(present)
    rng.shuffle(absent)
    present.sort(key=lambda k: k not in usual)
    likely = [k for k in absent if k in ("resistor", "capacitor", *GATES)]
    if len(present) >= 3 and absent and (likely or rng.random() < 0.4):
        missing = (likely or absent)[0]
        yield Draft(
            "absent_kind", "absent", 1, "mcq",
            say(lang, "以下哪种元件在图中没有出现?", "Which of these kinds of component is not in the picture?"),
            kind_text(missing, lang), tuple(kind_text(k, lang) for k in present), about=sort,
        )  # fmt: skip
    seldom = [k for k in present if k in usual and k != "resistor"] or [k for k in present if k in GENERAL]
    if seldom and len(absent) >= 3:
        yield Draft(
            "present_kind", "present", 1, "mcq",
            say(lang, "以下哪种元件在图中出现了?", "Which of these kinds of component is in the picture?"),
            kind_text(seldom[0], lang), tuple(kind_text(k, lang) for k in absent), about=sort,
        )  # fmt: skip


def kind_of_ref(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Kind of a part whose designator does not tell: D1 may be a diode, an LED or a Zener."""
    view = View(circuit, lang)
    if not circuit.shown.refs:
        return
    parts = [
        c for c in view.named(circuit.components)
        if view.askable(c.kind) and c.kind in _SIBLINGS.get(c.ref[:1], ()) and c.ref[1:].isdigit()
    ]  # fmt: skip
    if not parts:
        return
    c = rng.choice(parts)
    answer = kind_text(c.kind, lang)
    wrong = [k for k in _SIBLINGS[c.ref[0]] if k != c.kind]
    if len(wrong) >= 3:  # a letter of three kinds has no fourth that could be right
        yield Draft(
            "kind_of_ref", "kind", 1, "mcq",
            say(lang, f"图中{c.ref}是什么元件?", f"What kind of component is {c.ref}?"),
            answer, tuple(kind_text(k, lang) for k in wrong), about=c.ref[0],
            explanation=say(lang, f"{c.ref}的符号是{answer}。", f"{c.ref} is drawn as {with_article(c.kind)}."),
        )  # fmt: skip
    if c.ref[0] != "U":
        pair = _SIBLINGS[c.ref[0]][: 3 if c.ref[0] == "D" else 2]
        among = "、".join(KINDS[k].zh for k in pair) if lang == "zh" else ", ".join(KINDS[k].en for k in pair)
        if c.kind in pair:
            yield Draft(
                "kind_of_ref", "kind", 1, "fill",
                say(lang, f"图中{c.ref}是______。(从{among}中选填)", f"{c.ref} is a/an ______. (One of: {among}.)"),
                answer,
            )  # fmt: skip


COMPONENT_WRITERS = (
    count_kind, count_all, compare_kinds, most_common, presence, kind_of_ref,
)  # fmt: skip
