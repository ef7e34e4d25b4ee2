"""Turns of a conversation about pictures: every pair of a question and its answer is one Found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from qa.formats import swift_rows
from qa.item import Lang
from qa.prompts import ASK
from synth.sources.importing.found import BadRow, Found, found, told
from synth.sources.importing.prompt import asked_in, letter, split_reply

_ROLES = {"user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant", "system": "system"}
_PLACE = re.compile(r"<image(?:\s?\d+)?>")
_INLINE = re.compile(r"<img>(.*?)</img>", re.DOTALL)


def image_list(field: str, value: object) -> list[str]:
    """Paths out of a path, a list of paths, or a list of `{"path": …}`. Raises BadRow."""
    if value is None or value == "":
        return []
    paths = [v.get("path") if isinstance(v, dict) else v for v in (value if isinstance(value, list) else [value])]
    if not all(isinstance(p, str) and p.strip() for p in paths):
        raise BadRow(field, "an entry is no path")
    return [str(p).strip() for p in paths]


def pairs_of(field: str, turns: object, role: str, text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """((question, answer) texts in order, pictures named inside the turns). Raises BadRow."""
    if not isinstance(turns, list) or not turns:
        raise BadRow(field, "is missing, or no list of turns")
    said: list[tuple[str, str]] = []
    inside: list[str] = []
    for turn in turns:
        if not isinstance(turn, dict) or turn.get(role) not in _ROLES:
            known = ", ".join(_ROLES)
            raise BadRow(field, f"a turn's {role!r} is none of {known}")
        content, named = _flat(field, turn.get(text))
        inside += named
        said.append((_ROLES[turn[role]], content))
    said = [(who, what) for who, what in said if who != "system"]
    if [who for who, _ in said] != ["user", "assistant"] * (len(said) // 2) or not said:
        raise BadRow(field, "questions and answers do not alternate, the question first")
    return [(said[i][1], said[i + 1][1]) for i in range(0, len(said), 2)], inside


def found_in(line: int, field: str, pairs: Sequence[tuple[str, str]], images: Sequence[str]) -> Iterator[Found]:
    """One Found a pair. A turn with `<image>` takes the next pictures, one without is about those so far.

    Raises BadRow.
    """
    places = [len(_PLACE.findall(question)) for question, _ in pairs]
    if sum(places) not in (0, len(images)):
        raise BadRow("images", f"{len(images)} pictures for {sum(places)} times <image>")
    at = 0 if sum(places) else len(images)
    start = 0
    for (question, reply), count in zip(pairs, places, strict=True):
        if count:
            start, at = at, at + count
        yield _one(line, field, question, reply, images[start:at])


def _one(line: int, field: str, asked: str, reply: str, images: Sequence[str]) -> Found:
    answer, explanation = split_reply(reply)
    question, options = asked_in(asked)
    fields: dict[str, Any] = {"images": images, "explanation": explanation, "lang": _lang(asked)}
    if options:
        return found(line, fields | {"question": question, "options": options, "answer": letter(answer, options)})
    try:
        row = swift_rows.from_row(
            {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}
        )
    except ValueError as e:
        raise told(e, field) from e
    return found(line, fields | {"question": question, "answer": row.answer})


def _lang(asked: str) -> Lang | None:
    return next((lang for (_, lang), text in ASK.items() if asked.rstrip().endswith(text)), None)


def _flat(field: str, content: object) -> tuple[str, list[str]]:
    """A turn's text and the pictures named in it, of a text or of `[{"type": "image", …}, {"type": "text", …}]`."""
    if isinstance(content, str):
        return _INLINE.sub("<image>", content), [m.strip() for m in _INLINE.findall(content)]
    if not isinstance(content, list):
        raise BadRow(field, "a turn has no text")
    text, images = "", []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            text += part["text"]
        elif kind in ("image", "image_url"):
            value = part.get("image", part.get("image_url"))
            text += "<image>"
            images += image_list(field, value.get("url") if isinstance(value, dict) else value)
        else:
            raise BadRow(field, f"a part of type {kind!r} is neither text nor image")
    return text, images
