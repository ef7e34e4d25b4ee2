"""When an answer is right. The one grader: benches, rewards, cross-validation and rejection sampling use it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa.blanks import Blank, blanks_of
from qa.components import Overlap, overlap, read_entries, wanted_entries
from qa.faults import UNREAD, Fault
from qa.filling import parts_of
from qa.item import LETTERS, Answer, Form, Item, Wanted, answer_line
from qa.letters import read_choice
from qa.picking import pick_answer
from qa.reply import REFUSAL, clean, without_reasoning
from qa.structured import parse_json, parse_yaml, same_data
from qa.text import DESIGNATOR, Reading, read_text
from qa.tolerance import best

Outcome = Literal["right", "wrong", "unparsed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the grader made of one reply."""

    verdict: Outcome
    read: str | None
    """The answer as read from the reply (`B`, `1592 Hz`), None where nothing could be read."""
    why: str
    """One line for a person: `read as 1592 Hz, wanted 1.592 kHz ± 2 %`."""
    score: float
    """1.0 right, 0.0 wrong or unparsed; component lists: F1."""
    precision: float | None = None
    recall: float | None = None
    fault: Fault | Literal[""] = ""
    """Kind of error (see `qa.faults`), empty where the reply is right."""


def grade(
    form: Form,
    question: str,
    answer: Answer,
    reply: str,
    options: Sequence[str] | None = None,
    accept: Sequence[Wanted | str] = (),
) -> Verdict:
    """Grade one reply. Never raises on a model's reply, whatever it holds."""
    if isinstance(reply, str) and "<" in reply:
        reply = without_reasoning(reply)
    if form == "mcq":
        return _grade_choice(question, answer, reply, options)
    if form == "components":
        return _grade_components(answer, reply, accept)
    if form in ("json", "yaml", "schematic"):
        return _grade_data(form, question, answer, reply, accept)
    return _grade_blanks(blanks_of(question, answer, accept), question, reply)


def grade_item(item: Item, reply: str) -> Verdict:
    """Grade a reply to an Item."""
    return grade(item.form, item.question, item.answer, reply, item.options, item.accept)


def _grade_choice(question: str, answer: Answer, reply: str, options: Sequence[str] | None) -> Verdict:
    choice = read_choice(clean(reply), tuple(options) if options else ("",) * len(LETTERS), question)
    if choice.letter is None:
        return unread(reply, choice.why)
    if choice.letter == answer_line(answer).strip().upper():
        return Verdict("right", choice.letter, choice.why, 1.0)
    return Verdict("wrong", choice.letter, f"{choice.why}, wanted {answer_line(answer)}", 0.0, fault="wrong letter")


_SEVERAL = re.compile(r"(?:names several|two letters|several letters)\b")


def unread(reply: object, why: str) -> Verdict:
    """The verdict on a reply in which no answer was read: why, and what there is instead."""
    text = clean(reply)
    fault: Fault = "unparsed"
    if not text:
        fault = "empty reply"
    elif _SEVERAL.match(why):
        fault = "several answers"
    elif REFUSAL.search(text):
        fault = "declined"
    return Verdict("unparsed", None, why, 0.0, fault=fault)


def _grade_components(answer: Answer, reply: str, accept: Sequence[Wanted | str]) -> Verdict:
    """F1 of the list against the answer, or against the accepted list it fits best."""
    got = read_entries(reply) if isinstance(reply, str) else ()
    if not got:
        return replace(unread(reply, "no component found in the reply"), precision=0.0, recall=0.0)
    lists = (answer, *(a for a in accept if isinstance(a, str)))
    o = max((overlap(wanted_entries(w), got) for w in lists), key=lambda x: x.f1)
    read = ", ".join(
        e.ref or (e.kind.id if e.kind else "?") + (f" ×{e.count}" if e.count > 1 else "") for e in got[:40]
    )
    faults = [f"missing {', '.join(o.missing)}"] if o.missing else []
    faults += [f"not wanted {', '.join(o.extra)}"] if o.extra else []
    why = "; ".join(faults) or "every component is there"
    right = o.f1 == 1.0
    return Verdict("right" if right else "wrong", read, why, o.f1, o.precision, o.recall, "" if right else _worst(o))


def _worst(o: Overlap) -> Fault:
    """An invented component weighs more than a misread one, that more than one left out."""
    if set(o.extra) - set(o.missing):
        return "hallucinated component"
    return "wrong component" if o.extra else "missing component"


def _grade_data(form: Form, question: str, answer: Answer, reply: str, accept: Sequence[Wanted | str]) -> Verdict:
    """Equal when parsed; a `schematic` that is not JSON is compared as text."""
    parse = parse_yaml if form == "yaml" else parse_json
    reply = reply if isinstance(reply, str) else ""
    wants = [answer if not isinstance(answer, str) else parse(answer)]
    wants += [parse(a) for a in accept if isinstance(a, str)]
    if form == "schematic" and wants[0] is None:
        return _grade_blanks(blanks_of(question, answer, accept), question, reply)
    got = parse(reply)
    if got is None:
        return unread(reply, f"no {form.upper()} found in the reply")
    right = any(same_data(list(w) if isinstance(w, tuple) else w, got) for w in wants)
    read = json.dumps(got, ensure_ascii=False, default=str)[:200]
    if right:
        return Verdict("right", read, "as wanted", 1.0)
    return Verdict("wrong", read, "differs from the answer", 0.0, fault="wrong data")


def _grade_blanks(blanks: tuple[Blank, ...], question: str, reply: str) -> Verdict:
    text = clean(reply)
    if not text:
        return unread(reply, "the reply is empty")
    if len(blanks) == 1 and not blanks[0].name:
        return _grade_one(blanks[0], question, text)
    parts = parts_of(blanks, question, reply, text)
    if not parts:
        return unread(reply, f"cannot find the {len(blanks)} answers in the reply")
    reads, whys, none_read = [], [], True
    outcome: Outcome = "right"
    fault: Fault | Literal[""] = ""
    for i, blank in enumerate(blanks):
        label = blank.name or f"blank {i + 1}"
        part = parts.get(i)
        v = _grade_one(blank, question, part) if part else _MISSING
        reads.append(f"{blank.name} = {v.read}" if blank.name else str(v.read))
        none_read = none_read and v.verdict == "unparsed"
        if v.verdict != "right":
            whys.append(f"{label}: {v.why}")
            outcome, fault = "wrong", fault or ("missing blank" if v.fault in UNREAD else v.fault)
    why = "; ".join(whys) or "every blank is right"
    if none_read:
        return unread(reply, why)
    return Verdict(outcome, "; ".join(reads), why, 1.0 if outcome == "right" else 0.0, fault=fault)


_MISSING = Verdict("unparsed", None, "missing", 0.0, fault="missing blank")


def _grade_one(blank: Blank, question: str, text: str) -> Verdict:
    if not blank.targets:
        return _of_reading(blank, text, read_text(question, blank.texts, text))
    return _grade_quantity(blank, question, text)


def _grade_quantity(blank: Blank, question: str, text: str) -> Verdict:
    q, marked = pick_answer(question, text, blank.targets[0])
    if q is None or (not marked and q.unit is None and REFUSAL.search(text)):
        return _without_quantity(blank, question, text)
    right, read, why, fault = best(q, blank.targets)
    return Verdict("right" if right else "wrong", read, why, float(right), fault=fault or "")


def _without_quantity(blank: Blank, question: str, text: str) -> Verdict:
    """A wanted quantity said in words: `高电平` for 1, `没有` for 0, or an accepted text."""
    target = blank.targets[0]
    in_words = (_ZERO if target.value == 0 else ()) + (() if target.dim else _IN_WORDS.get(target.value, ()))
    reading = read_text(question, (*in_words, *blank.texts[1:]), text) if in_words or blank.texts[1:] else None
    if reading is not None and reading.right:
        return _of_reading(blank, text, reading)
    return unread(text, "no quantity found, or two different ones")


_ZERO = ("零", "zero")
_IN_WORDS = {0.0: ("逻辑低电平", "不存在"), 1.0: ("逻辑高电平",)}


def _of_reading(blank: Blank, text: str, reading: Reading) -> Verdict:
    if reading.right is None:
        return unread(text, reading.why)
    if reading.right:
        return Verdict("right", reading.read, reading.why, 1.0)
    other = DESIGNATOR.search(blank.texts[0]) and DESIGNATOR.search(reading.read or "")
    return Verdict("wrong", reading.read, reading.why, 0.0, fault="wrong component" if other else "wrong text")
