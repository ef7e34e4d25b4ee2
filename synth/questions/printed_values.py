"""Level 1: the values printed beside the components."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from qa.item import Lang, Wanted
from synth.circuits.netlist import KINDS, Circuit, Component
from synth.questions.draft import Draft
from synth.questions.printed_decoys import values_beside
from synth.questions.values import quantity_text, value_text
from synth.questions.view import View, kind_text, say


def _valued(view: View) -> list[Component]:
    shown = view.circuit.shown
    return [c for c in view.named(view.circuit.components) if value_text(c)] if shown.refs and shown.values else []


_MEASURED = {
    "Ω": ("阻值", "resistance"), "F": ("电容量", "capacitance"), "H": ("电感量", "inductance"),
    "V": ("电压", "voltage"), "A": ("电流", "current"),
}  # fmt: skip


def value_of_ref(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """The value printed beside a part."""
    view = View(circuit, lang)
    parts = _valued(view)
    for c in rng.sample(parts, min(2, len(parts))):
        if not c.value:
            continue
        unit = KINDS[c.kind].unit
        what = say(lang, *_MEASURED[unit])
        others = [o.value for o in parts if o.kind == c.kind and o.value and o.value != c.value]
        runs = tuple(tuple(quantity_text(v, unit) for v in run) for run in values_beside(c.value, unit, others, rng))
        if runs:
            yield Draft(
                "value_of_ref", "value", 1, "mcq",
                say(lang, f"图中{c.ref}标注的{what}是多少?", f"What {what} is printed for {c.ref}?"),
                value_text(c), runs[0], about=unit, runs=runs,
            )  # fmt: skip
        yield Draft(
            "value_of_ref", "value", 1, "fill",
            say(lang, f"图中{c.ref}标注的{what}为______。", f"The {what} printed for {c.ref} is ______."),
            value_text(c), accept=(Wanted(value=c.value, unit=unit),),
        )  # fmt: skip


def ref_of_value(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which part carries a value; which of a kind has the largest or smallest."""
    view = View(circuit, lang)
    parts = _valued(view)
    times = Counter((c.kind, value_text(c)) for c in parts)
    once = [c for c in parts if times[c.kind, value_text(c)] == 1]
    by_kind = Counter(c.kind for c in parts)
    choice = [c for c in once if by_kind[c.kind] > 1]  # with one of a kind the letter of the designator tells
    if choice:
        c = rng.choice(choice)
        wrong = [o.ref for o in parts if o.kind == c.kind and o is not c]
        rng.shuffle(wrong)
        name = kind_text(c.kind, lang)
        if len(wrong) >= 3:  # all of one kind: beside others the unit would tell
            yield Draft(
                "ref_of_value", "ref-of-value", 1, "mcq",
                say(lang, f"图中哪个元件标注的是{value_text(c)}?", f"Which component is marked {value_text(c)}?"),
                c.ref, tuple(wrong),
            )  # fmt: skip
        yield Draft(
            "ref_of_value", "ref-of-value", 1, "fill",
            say(lang, f"图中标注为{value_text(c)}的{name}是______。(填标号)",
                f"The {KINDS[c.kind].en} marked {value_text(c)} is ______. (Give its designator.)"), c.ref,
        )  # fmt: skip
    yield from _extreme(parts, lang, rng)


def _extreme(parts: list[Component], lang: Lang, rng: random.Random) -> Iterator[Draft]:
    by_kind: dict[str, list[Component]] = {}
    for c in parts:
        if c.value and c.value > 0:
            by_kind.setdefault(c.kind, []).append(c)
    kinds = [k for k, group in by_kind.items() if len(group) >= 3 and k in ("resistor", "capacitor", "inductor")]
    if not kinds:
        return
    kind = rng.choice(kinds)
    largest = rng.random() < 0.5
    group = sorted(by_kind[kind], key=lambda c: c.value or 0.0, reverse=largest)
    first, second = group[0].value or 0.0, group[1].value or 0.0
    if abs(first - second) < 0.03 * abs(first):
        return
    zh, en = ("最大", "largest") if largest else ("最小", "smallest")
    unit_zh = {"resistor": "阻值", "capacitor": "电容量", "inductor": "电感量"}[kind]
    form = "mcq" if len(group) >= 4 else "fill"
    yield Draft(
        "extreme_value", "extreme-value", 1, form,  # type: ignore[arg-type]
        say(lang, f"图中{unit_zh}{zh}的{KINDS[kind].zh}是" + ("哪一个?" if form == "mcq" else "______。(填标号)"),
            (f"Which {KINDS[kind].en} has the {en} value?" if form == "mcq"
             else f"The {KINDS[kind].en} with the {en} value is ______. (Give its designator.)")),
        group[0].ref, tuple(c.ref for c in group[1:]) if form == "mcq" else (),
        explanation=", ".join(f"{c.ref} = {value_text(c)}" for c in group),
    )  # fmt: skip


VALUE_WRITERS = (value_of_ref, ref_of_value)
