"""What a question usually comes to, and how it is kept from being a guess.

In small circuits a count is mostly 1 and a part that is there mostly a resistor. Who has learnt such habits would get
half of the choices without looking. So `habits.json` holds, for each sort of question and each text: `keep`, the
probability with which a choice that has this text as its answer is asked at all, and `offer`, how gladly the text is
taken as a wrong option, such that every text is right in a quarter of the questions that offer it. A sort of question
that cannot be evened out so (the only op-amp: one option is always right) is not asked as a choice, only as a blank.

The figures come from `python -m benchmarks.fit_habits`, by iterative proportional fitting (Deming and Stephan, 1940)
over many circuits. A text or a sort that is not in the table is kept, and offered like any other.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from synth.circuits.netlist import KINDS, Circuit
from synth.questions.draft import Draft

PATH = Path(__file__).with_name("habits.json")
_REF = re.compile(r"([A-Z]{1,2})(\d+)")
_FIRST = 4
"""Designators up to this number are told apart: R1 is often what the input meets first."""


class Habit(NamedTuple):
    """Of one text: how likely it is asked where it is right, how gladly offered where it is wrong."""

    keep: float = 1.0
    offer: float = 1.0


Table = Mapping[str, Mapping[str, Habit] | None]
"""Sort of question, or writer and topic alone, -> text -> Habit; None: never asked as a choice."""
_PLAIN = Habit()


@cache
def committed() -> Table:
    """The table of the repository; empty where there is none yet."""
    if not PATH.is_file():
        return {}
    return read(PATH.read_text("utf-8"))


def read(text: str) -> Table:
    """A table from its JSON: `{sort: {text: [keep, offer]} or null}`."""
    raw = json.loads(text)
    return MappingProxyType({s: None if t is None else {k: Habit(*v) for k, v in t.items()} for s, t in raw.items()})


def sort_of(circuit: Circuit, draft: Draft) -> str:
    """Which questions a reader would take for the same one: writer, topic, what it is about, and sort of picture."""
    shown = circuit.shown
    bare = "" if shown.refs or shown.values else "bare "
    return f"{bare}{draft.rule} {draft.topic} {draft.about}".strip()


def token(text: str) -> str:
    """An option as the table calls it: the same for both languages, and for the high designators of a letter."""
    met = _REF.fullmatch(text)
    if met and int(met[2]) > _FIRST:
        return f"{met[1]}#"
    return text if met else _english().get(text, text)


@cache
def _english() -> Mapping[str, str]:
    from synth.questions.connections import RELATION_TEXT
    from synth.questions.function_names import FUNCTIONS
    from synth.questions.functions import PHASES
    from synth.questions.roles import ROLES
    from synth.questions.transistors import CAP_ROLES, LOADS

    return dict([
        *RELATION_TEXT.values(), *PHASES, *LOADS.values(), *CAP_ROLES.values(),
        *((k.zh, k.en) for k in KINDS.values()), *((f.zh, f.en) for f in FUNCTIONS.values()),
        *((r.zh, r.en) for r in ROLES.values()),
    ])  # fmt: skip


def called(draft: Draft, text: str) -> str:
    """What the table calls one of the options."""
    return dict(draft.codes).get(text) or token(text)


def keep(table: Table, sort: str, draft: Draft) -> float:
    """The probability with which a choice is asked."""
    known = table.get(sort, {})
    writer = sort.removesuffix(draft.about).strip()
    return (
        0.0 if known is None or table.get(writer, {}) is None else known.get(called(draft, draft.answer), _PLAIN).keep
    )


def offered(table: Table, sort: str, draft: Draft, rng: random.Random) -> tuple[str, ...]:
    """The distractors in the order in which they are taken; with `runs`, the three that go with the answer."""
    known = table.get(sort) or {}

    def weight(text: str) -> float:
        return known.get(called(draft, text), _PLAIN).offer

    if draft.runs:
        weights = [_product([weight(t) for t in run]) for run in draft.runs]
        return rng.choices(draft.runs, weights)[0]
    if not draft.about:
        return draft.distractors
    # each as likely as its weight says (Efraimidis and Spirakis, 2006)
    keys = {t: rng.random() ** (1 / max(weight(t), 1e-6)) for t in draft.distractors}
    return tuple(sorted(keys, key=keys.__getitem__, reverse=True))


def _product(numbers: Sequence[float]) -> float:
    product = 1e-9
    for n in numbers:
        product *= n
    return product
