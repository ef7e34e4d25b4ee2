"""The cards as JSON that a page may hold in a <script> block."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from eval.gallery.chart import LEVELS
from eval.gallery.collect import Answered, Card, Gallery, Reply
from eval.gallery.letters import NONE, letter
from eval.gallery.visible import visible

RIGHT = "no error"
"""Stands among the kinds of error where a run was right."""


def picture_names(cards: Sequence[Card]) -> list[str]:
    """Every picture of every card, once, in order."""
    return list(dict.fromkeys(name for c in cards for name in c.asked.images))


def as_json(gallery: Gallery) -> str:
    """All cards, safe to stand between script tags: no `<`, no `&`, no line separator JavaScript takes for an end."""
    number = {name: i for i, name in enumerate(picture_names(gallery.cards))}
    names = [visible(r.name) for r in gallery.runs]
    data = {"runs": names, "levels": LEVELS, "cards": [card(c, number) for c in gallery.cards]}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def card(c: Card, number: Mapping[str, int]) -> dict[str, Any]:
    """One card; every text of a stranger with its hidden characters written out."""
    p = c.asked
    return {
        "id": visible(f"{p.bench}/{p.id}"),
        "bench": visible(p.bench),
        "level": str(p.level),
        "topic": visible(p.topic) or "none",
        "lang": p.lang,
        "source": visible(p.source) or "unknown",
        "split": visible(p.split) or "unknown",
        "question": visible(p.question),
        "options": [visible(o) for o in p.options or ()],
        "wanted": visible(c.wanted),
        "pictures": [number[name] for name in p.images],
        "evidence": list(p.evidence),
        "change": c.change,
        "runs": [answered(a, p.form == "mcq") if a else None for a in c.runs],
    }


def answered(a: Answered, choice: bool) -> dict[str, Any]:
    """What one run made of the question; of a multiple choice also `wanted → read` of its letters."""
    pairs = [f"{r.wanted} → {letter(r.read)}" for r in a.replies] if choice else []
    return {
        "right": a.right,
        "score": round(a.score, 3),
        "faults": [visible(f) for f in a.faults] or [RIGHT],
        "letters": list(dict.fromkeys(pairs)),
        "replies": [reply(r) for r in a.replies],
    }


def reply(r: Reply) -> dict[str, Any]:
    """One reply; what is usual is left out."""
    said: dict[str, Any] = {"text": visible(r.text), "right": r.right, "reading": visible(r.reading)}
    if r.fault:
        said["fault"] = visible(r.fault)
    if r.score not in (0.0, 1.0):
        said["score"] = round(r.score, 3)
    if r.scores:
        said["scores"] = {visible(name): round(value, 3) for name, value in r.scores.items()}
    if r.options:
        said |= {"options": [visible(o) for o in r.options], "wanted": visible(r.wanted)}
    if r.rotation:
        said["rotation"] = r.rotation
    if r.repeat:
        said["repeat"] = r.repeat
    if letter(r.read) != NONE:
        said["letter"] = r.read
    return said
