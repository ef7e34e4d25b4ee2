"""From Drafts to Items: a varied choice of questions on one picture, with options in balanced order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from qa.grading import grade_item
from qa.item import LETTERS, Item, Lang, Origin, item_id
from synth.circuits.netlist import Circuit
from synth.questions.balance import Chances
from synth.questions.candidates import Candidates, candidates
from synth.questions.draft import Draft, Writer
from synth.questions.options import squeezed
from synth.questions.writers import WRITERS

MCQ_SHARE = 0.65
"""Choices among the questions on a picture, at most."""
VERSION = 3
"""Version of the rules, in `origin.writer`: raise it when the wording or the truth of a writer changes."""

SELDOM = {"kind": 0.5, "present": 0.4, "absent": 0.6, "function": 0.7, "most-common": 0.5, "compare": 0.7, "count": 0.8}
"""Topics whose blanks would crowd out others, with how likely they are next to the rest."""


GUESSABLE = {
    ("count", "1"): 0.4, ("compare", "两者一样多"): 0.3, ("compare", "the same number of both"): 0.3,
    ("count-total", "3"): 0.4, ("kind-on-net", "1"): 0.4, ("net-degree", "2"): 0.4, ("terminal-count", "1"): 0.5,
    ("gate-count", "1"): 0.5, ("series-parallel", "并联"): 0.5, ("series-parallel", "in parallel"): 0.5,
    ("pair-load", "由晶体管构成的电流镜"): 0.4, ("pair-load", "a current mirror of two transistors"): 0.4,
    ("differential-pair", "NMOS管"): 0.6, ("differential-pair", "NMOS transistor"): 0.6, ("mirror-size", "2"): 0.4,
}  # fmt: skip
"""Answers of blanks that small circuits give again and again: asked less, or they are learned without looking.

Choices are evened out by the balance (balance.py)."""


@dataclass
class Assembled:
    """Items of one circuit, and what was left out."""

    items: list[Item] = field(default_factory=list)
    drafts: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """Why Drafts were dropped -> how many."""


def items_for(
    circuit: Circuit,
    picture: str,
    picture_hash: str,
    lang: Lang,
    rng: random.Random,
    source: str,
    licence: str,
    file: str = "",
    per_circuit: tuple[int, int] = (6, 10),
    chances: Chances | None = None,
) -> list[Item]:
    """Items on one picture: levels balanced, topics distinct as far as they go. Same rng state, same Items."""
    return assemble(circuit, picture, picture_hash, lang, rng, source, licence, file, per_circuit, chances).items


def assemble(
    circuit: Circuit,
    picture: str,
    picture_hash: str,
    lang: Lang,
    rng: random.Random,
    source: str,
    licence: str,
    file: str = "",
    per_circuit: tuple[int, int] = (6, 10),
    chances: Chances | None = None,
    writers: Sequence[Writer] = WRITERS,
) -> Assembled:
    """`items_for`, with a count of what was left out. Without `chances` each choice is as likely as any other."""
    possible = candidates(circuit, lang, rng, writers)
    made = Assembled(drafts=possible.drafts, dropped=possible.dropped)
    for draft, options, letter in _asked(possible, chances, rng, per_circuit):
        item = Item(
            id=item_id([picture_hash], draft.question, options),
            pictures=(picture,),
            form=draft.form,
            level=draft.level,
            topic=draft.topic,
            lang=lang,
            question=draft.question,
            options=options,
            answer=letter if draft.form == "mcq" else draft.answer,
            accept=draft.accept,
            explanation=draft.explanation,
            group=circuit.name,
            origin=Origin(
                source=source,
                writer=f"rule:{draft.rule}@{VERSION}",
                licence=licence,
                file=file,
                family=circuit.family,
            ),
        )
        if grade_item(item, item.answer_text).verdict == "right":
            made.items.append(item)
        else:
            made.dropped["not graded right"] += 1
    return made


def _asked(
    possible: Candidates, chances: Chances | None, rng: random.Random, per_circuit: tuple[int, int]
) -> Iterator[tuple[Draft, tuple[str, ...] | None, str]]:
    """(Draft, its options, the right letter) of the questions that are chosen."""
    good = _good(possible, chances, rng, per_circuit[0])
    letters = rng.sample(LETTERS, len(LETTERS))  # cycled: each letter as often as any other, on any worker
    mcqs = 0
    for draft in choose(good, rng.randint(*per_circuit), rng):
        letter = letters[mcqs % len(letters)]
        mcqs += draft.form == "mcq"
        yield draft, _options(draft, letter, rng), letter


def _good(possible: Candidates, chances: Chances | None, rng: random.Random, least: int) -> list[Draft]:
    """The Drafts to choose from: blanks, and each choice with one set of options, as likely as it is in balance.

    Where that leaves fewer than `least` questions, more blanks are taken, then choices that were put aside.
    """
    good, usual, blanks = list(possible.blanks), list[Draft](), list(possible.spare)
    every = chances if chances is not None else [(1.0,) * len(c.sets) for c in possible.choices]
    for choice, chance in zip(possible.choices, every, strict=True):
        wrong = rng.choices(choice.sets, chance)[0] if any(chance) else choice.sets[0]
        kept = rng.random() < sum(chance)
        (good if kept else usual).append(replace(choice.draft, distractors=wrong, runs=()))
    for spare in (blanks, usual):
        rng.shuffle(spare)
        while spare and len({(d.rule, d.topic, squeezed(d.answer)) for d in good}) < least:
            good.append(spare.pop())
    possible.dropped["usual answer"] += len(usual)
    return good


def _options(draft: Draft, letter: str, rng: random.Random) -> tuple[str, ...] | None:
    """The options with the right one at `letter`; None for a blank."""
    if draft.form != "mcq":
        return None
    options = list(draft.distractors)
    rng.shuffle(options)
    options.insert(LETTERS.index(letter), draft.answer)
    return tuple(options)


def choose(drafts: Sequence[Draft], wanted: int, rng: random.Random) -> list[Draft]:
    """Up to `wanted` Drafts: levels and topics as alike as they come, no question and no fact asked twice.

    Choices come first, so that which of them are asked does not hang on the blanks there are.
    """
    choices = [d for d in drafts if d.form == "mcq"]
    blanks = [d for d in drafts if d.form == "fill"]
    share = int(MCQ_SHARE * wanted + rng.random())  # it holds over circuits, not in each
    chosen = _picked(choices, min(share, wanted), [], rng)
    chosen = _picked(blanks, wanted, chosen, rng)
    chosen = _picked(choices, wanted, chosen, rng)
    rng.shuffle(chosen)
    return chosen


def _picked(drafts: Sequence[Draft], wanted: int, chosen: Sequence[Draft], rng: random.Random) -> list[Draft]:
    """`chosen` and as many more as make `wanted`, each of the level, then the topic, that was taken least so far."""
    taken = list(chosen)
    levels, topics = Counter(d.level for d in taken), Counter(d.topic for d in taken)
    asked = {(d.form, *_fact(d)) for d in taken}
    questions = {d.question for d in taken}
    queue = sorted(drafts, key=lambda d: rng.random() ** (1 / _weight(d)))
    while queue and len(taken) < wanted:
        at = min(range(len(queue)), key=lambda i: (levels[queue[i].level], topics[queue[i].topic], -i))
        d = queue.pop(at)
        apart_from = ("fill",) if d.form == "mcq" else ("mcq", "fill")
        if d.question in questions or any((form, *_fact(d)) in asked for form in apart_from):
            continue
        questions.add(d.question)
        asked.add((d.form, *_fact(d)))
        levels[d.level] += 1
        topics[d.topic] += 1
        taken.append(d)
    return taken


def _fact(d: Draft) -> tuple[str, str, str | int]:
    """What a choice and a blank about one thing have in common, `5.00 V` being `5 V`."""
    return d.rule, d.topic, id(d.probe) if d.probe else squeezed(d.answer)


def _weight(d: Draft) -> float:
    """How likely a question is taken next to the rest of its level; choices are weighed by the balance."""
    return 1.0 if d.form == "mcq" else SELDOM.get(d.topic, 1.0) * GUESSABLE.get((d.topic, d.answer), 1.0)
