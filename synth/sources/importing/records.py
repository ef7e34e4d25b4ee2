"""JSON records with the line each begins on: an array, or one a line. What is broken is named, the rest is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from synth.sources.importing.found import BadRow, Found, Rows

Record = dict[str, Any]
_GAP = re.compile(r"[\s,]*")


def records(text: str) -> Iterator[tuple[int, Record | BadRow]]:
    """(line, record or what is wrong with it) of a JSON array, of JSON lines, or of one object."""
    if text.lstrip().startswith("["):
        yield from _array(text)
        return
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict):  # one object, perhaps written over many lines
        yield text.count("\n", 0, len(text) - len(text.lstrip())) + 1, whole
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _record(line)


def read(text: str, one: Callable[[int, Record], Iterable[Found]]) -> Rows:
    """The questions of every record, by a format's `one`, which raises BadRow for a record it cannot use."""
    for line, record in records(text):
        try:
            if isinstance(record, BadRow):
                raise record
            yield from one(line, record)
        except BadRow as e:
            yield e.at(line)


def _record(line: str) -> Record | BadRow:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as e:
        return BadRow("row", f"not JSON ({e})")
    return value if isinstance(value, dict) else BadRow("row", f"{type(value).__name__} instead of a JSON object")


def _array(text: str) -> Iterator[tuple[int, Record | BadRow]]:
    decoder = json.JSONDecoder()
    at, counted, line = text.index("[") + 1, 0, 1
    while True:
        gap = _GAP.match(text, at)
        at = gap.end() if gap else at
        line, counted = line + text.count("\n", counted, at), at
        if text[at : at + 1] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as e:
            yield line, BadRow("row", f"not JSON ({e}); nothing after it in this file could be read")
            return
        yield line, value if isinstance(value, dict) else BadRow("row", "is not a JSON object")
