"""An analysis held against what is known of its picture: parts that are not there, wrong kinds, values, results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kd.analysis import Analysis, Component, Estimate
from kd.known import Known
from kd.wording import unfit
from qa.components import Entry, overlap
from qa.grading import grade_item
from qa.item import LETTERS, Item, Lang
from qa.names import Name, is_a, mentions, named, satisfies, words
from qa.quantity import find
from qa.reply import clean, plain
from qa.text import DESIGNATOR

FaultName = Literal[
    "invented part", "wrong kind", "wrong value", "wrong result", "wrong function", "wording", "not checked"
]
_IN_PROSE = re.compile(r"(?<![A-Za-z0-9_])[RCLDQM]\d{1,3}(?![A-Za-z0-9_])")
"""In running text only letters that name nothing but parts: V1, I2 and U3 may be voltages and currents."""
_DRAWN_MANY_WAYS = {"voltage_source_any", "voltage_source", "ac_source", "ground"}
"""A supply or an input may be drawn as a symbol, a rail or an arrow: no netlist settles whether it is a part."""
_RESULTS = {
    "cutoff": ("截止频率", "转折频率", "cutoff", "cut-off", "corner frequency", "-3 db", "-3db"),
    "time-constant": ("时间常数", "time constant"),
    "gain": ("电压增益", "电压放大倍数", "闭环增益", "voltage gain", "closed-loop gain"),
}
"""Topics of level 4 that a circuit has one of -> how an estimate of it is called."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One statement that is not so."""

    name: FaultName
    what: str


def faults(analysis: Analysis, known: Known, lang: Lang) -> list[Fault]:
    """Every statement of an analysis that contradicts what is known of its picture; empty where nothing does.

    What is not known is not judged: an empty list does not say that the analysis is right.
    """
    found: list[Fault] = []
    if why := unfit(analysis.text(lang), lang) or unfit(analysis.principle, lang):
        found.append(Fault("wording", why))
    for component in analysis.components:
        found += _of_component(component, known)
    found += _of_prose(analysis, known)
    for topic, names in _RESULTS.items():
        found += _of_results([i for i in known.items if i.topic == topic], _called(analysis.estimates, names))
    found += _of_function(analysis.function, [i for i in known.items if i.topic == "function"])
    return list(dict.fromkeys(found))


def _of_component(component: Component, known: Known) -> Iterator[Fault]:
    said = _entry(component)
    if said.kind is not None and any(_same(said.kind, absent) for absent in known.absent):
        yield Fault("invented part", f"no {said.kind.id}")
        return
    if known.parts is None:
        return
    if said.value is not None and known.values is False:
        yield Fault("wrong value", f"{component.ref or component.kind} {component.value}: no value is printed")
    if said.ref and known.refs is False:
        yield Fault("invented part", f"{component.ref}: no designator is printed")
    if not known.refs:
        said = replace(said, ref="")
    if said.ref:
        yield from _of_named(component, said, known)
    elif said.kind is not None and said.kind.id not in _DRAWN_MANY_WAYS:
        kinds = [p.kind for p in known.parts]
        if None not in kinds and not any(k and (_same(said.kind, k.id) or is_a(k, said.kind.id)) for k in kinds):
            yield Fault("invented part", f"no {said.kind.id}")


def _of_named(component: Component, said: Entry, known: Known) -> Iterator[Fault]:
    want = next((p for p in known.parts or () if p.ref == said.ref), None)
    if want is None:
        yield Fault("invented part", f"no {component.ref}")
    elif overlap((want,), (replace(said, value=None),)).extra:
        yield Fault("wrong kind", f"{component.ref} is no {component.kind}")
    elif overlap((want,), (said,)).extra:
        yield Fault("wrong value", f"{component.ref} is not {component.value}")


def _entry(component: Component) -> Entry:
    ref = component.ref.strip().upper()
    kinds = [n for _, _, names in mentions(words(clean(component.kind))) for n in names if n.category == "kind"]
    kind = next((k for k in kinds if not any(is_a(o, k.id) for o in kinds)), None)
    value = next((q for q in find(clean(component.value)) if q.unit is not None), None)
    return Entry(ref if DESIGNATOR.fullmatch(ref) else "", kind, value)


def _same(kind: Name, other: str) -> bool:
    return kind.id == other or is_a(kind, other)


def _of_prose(analysis: Analysis, known: Known) -> Iterator[Fault]:
    if known.parts is None or not known.refs:
        return
    refs = {p.ref for p in known.parts}
    for text in analysis.prose():
        yield from (Fault("invented part", f"no {r}") for r in _IN_PROSE.findall(clean(text)) if r not in refs)


def _called(estimates: Sequence[Estimate], names: Sequence[str]) -> list[Estimate]:
    return [e for e in estimates if any(n in e.name.casefold() for n in names)]


def _of_results(items: Sequence[Item], estimates: Sequence[Estimate]) -> Iterator[Fault]:
    """An estimate that agrees with one of the Items is right; one that only disagrees is wrong."""
    for e in estimates:
        fit = [i for i in items if i.form == "fill" and _in_db(i.answer_text) == _in_db(e.value)]
        verdicts = {grade_item(i, e.value).verdict: i for i in fit}
        if "wrong" in verdicts and "right" not in verdicts:
            yield Fault("wrong result", f"{e.name} is {verdicts['wrong'].answer_text}, not {e.value}")


def _in_db(text: str) -> bool:
    return "db" in text.casefold()


def _of_function(text: str, items: Sequence[Item]) -> Iterator[Fault]:
    """A name of another function, and none of the right one or of a family it belongs to."""
    said = [n for _, _, names in mentions(words(clean(text))) for n in names]
    for item in items:
        right = _right_text(item)
        names = named(plain(right))
        rivals = [n for n in said if n.category in {w.category for w in names}]
        if rivals and not any(satisfies(n, w) or is_a(w, n.id) for n in rivals for w in names):
            yield Fault("wrong function", f"the right one is {right}")


def _right_text(item: Item) -> str:
    """The answer in words, of a choice too."""
    return item.options[LETTERS.index(item.answer_text)] if item.options else item.answer_text
