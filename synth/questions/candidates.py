"""All that could be asked about one picture: each choice with several sets of wrong options, and the blanks.

More is drawn up than is asked, so that what is asked can be picked such that nothing is given away (balance.py).
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from qa.item import Lang
from synth.circuits.netlist import KINDS, Circuit
from synth.questions.calculations import CALCULATION_WRITERS
from synth.questions.draft import Draft, Writer
from synth.questions.options import fault, same_option, wrong_options
from synth.questions.writers import WRITERS

DRAWS = 3
"""How often a writer that reads the picture is called: each time it may ask about other parts."""
REWORDED = frozenset({"function", "compare"})
"""Topics whose questions on one circuit with one answer differ in wording only: two would share a right option."""
SETS = 3
"""How many sets of wrong options a choice has at most."""
_REF = re.compile(r"([A-Z]{1,2})(\d+)")
_FIRST = 4
"""Designators up to this number are told apart: R1 is often what the input meets first."""

Wrong = tuple[str, ...]
"""Three wrong options."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A multiple-choice question and the sets of wrong options it may be asked with."""

    draft: Draft
    kind: str
    """Writer and topic, and whether the picture has neither designators nor values."""
    sets: tuple[Wrong, ...]


@dataclass
class Candidates:
    """What could be asked about one picture."""

    choices: list[Choice] = field(default_factory=list)
    blanks: list[Draft] = field(default_factory=list)
    spare: list[Draft] = field(default_factory=list)
    """Blanks of later draws: for circuits of which little can be asked."""
    drafts: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """Why Drafts were dropped -> how many."""


def candidates(circuit: Circuit, lang: Lang, rng: random.Random, writers: Sequence[Writer] = WRITERS) -> Candidates:
    """All Drafts without faults, each question once. Same rng state, same Candidates."""
    made = Candidates()
    bare = "" if circuit.shown.refs or circuit.shown.values else "bare "
    met: set[tuple[str, ...]] = set()
    for writer, again in ((w, again) for w in writers for again in range(1 if w in CALCULATION_WRITERS else DRAWS)):
        for draft in writer(circuit, lang, rng):
            asked = draft.about if draft.topic in REWORDED else draft.question
            key = (draft.rule, draft.topic, draft.form, asked, draft.answer)
            if key in met:
                continue
            met.add(key)
            made.drafts += 1
            why = fault(draft)
            if why:
                made.dropped[why] += 1
            elif draft.form == "fill":
                (made.spare if again else made.blanks).append(draft)
            else:
                made.choices.append(Choice(draft, f"{bare}{draft.rule} {draft.topic}", sets_of(draft, rng)))
    return made


def sets_of(draft: Draft, rng: random.Random) -> tuple[Wrong, ...]:
    """Up to `SETS` different threes of wrong options; at least one, since the Draft is without fault."""
    if draft.runs:
        return draft.runs if len(draft.runs) <= SETS else tuple(rng.sample(draft.runs, SETS))
    if not draft.about:  # the most tempting come first, and they go together
        return (tuple(wrong_options(draft, rng)),)
    found: dict[Wrong, None] = {}
    for _ in range(2 * SETS):
        chosen: list[str] = []
        for text in rng.sample(draft.distractors, len(draft.distractors)):
            if len(chosen) < 3 and not any(same_option(text, other) for other in (draft.answer, *chosen)):
                chosen.append(text)
        if len(chosen) == 3:
            found[tuple(sorted(chosen))] = None
        if len(found) == SETS:
            break
    return tuple(found) or (tuple(wrong_options(draft)),)


def called(draft: Draft, text: str) -> str:
    """An option as it is called in both languages, the high designators of a letter alike."""
    code = dict(draft.codes).get(text)
    if code:
        return code
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
