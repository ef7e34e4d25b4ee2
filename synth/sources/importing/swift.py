"""ms-swift rows: `{"messages": [{"role", "content"}], "images": […]}`, and the older `{"query", "response"}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from qa.formats import swift_rows
from synth.sources.importing.conversation import found_in, image_list, pairs_of
from synth.sources.importing.found import BadRow, Found, Rows, found, told
from synth.sources.importing.records import Record, read

NAME = "swift"
LOOKS_LIKE = '{"messages": [...], "images": [...]} or {"query", "response", "images"}'


def fits(row: Record) -> bool:
    """Whether a record has this shape."""
    return "messages" in row or {"query", "response"} <= row.keys()


def rows(text: str) -> Rows:
    """The questions of a file, and what is wrong with the rest."""
    return read(text, _questions)


def _questions(line: int, row: Record) -> Iterator[Found]:
    images = image_list("images", row.get("images", row.get("image")))
    turns = row.get("messages") if "messages" in row else _old(row)
    if isinstance(turns, list) and turns and isinstance(turns[-1], dict) and turns[-1].get("role") == "user":
        solution = row.get("solution")  # a GRPO row: the answer stands beside the turns
        if isinstance(solution, str) and _is_object(solution):
            yield _ours(line, row)
            return
        if isinstance(solution, str):
            turns = [*turns, {"role": "assistant", "content": solution}]
    pairs, inside = pairs_of("messages", turns, "role", "content")
    yield from found_in(line, "messages", pairs, images or inside)


def _ours(line: int, row: Record) -> Found:
    try:
        asked = swift_rows.from_row(row)
    except ValueError as e:
        raise told(e, "solution") from e
    fields = {k: getattr(asked, k) for k in ("images", "question", "options", "answer", "accept")}
    return found(line, fields)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _old(row: Record) -> list[dict[str, Any]]:
    history = row.get("history") or []
    if not isinstance(history, list) or not all(isinstance(h, list) and len(h) == 2 for h in history):
        raise BadRow("history", "is no list of [query, response]")
    said = [*history, [row.get("query"), row.get("response")]]
    return [turn for q, a in said for turn in ({"role": "user", "content": q}, {"role": "assistant", "content": a})]
