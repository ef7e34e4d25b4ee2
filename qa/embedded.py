"""JSON and code fences inside a reply."""

from __future__ import annotations

import json
import re

_LARGEST = 200_000
_TRIES = 50
_FENCE = re.compile(r"```(?:jsonc?|json5|ya?ml)?\s*+(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
"""The last one may lack its end. `\\s*+` gives nothing back: a fence and 100,000 spaces would else take minutes."""
_START = re.compile(r"\{(?=\s*+[\"}])|\[(?=\s*+[\"\d\[{\]tfn-])")
_INSIDE = re.compile(r"(?:[\"']\s?:|[\[{,])\s{0,2}$")
"""Before a brace: it is a part of something larger, which was not JSON."""
_OR = re.compile(r"[\s`]*(?:,|;)?\s*(?:或者?|或是|\bor\b|alternatively)\s*:?\s*(?:```(?:json)?)?\s*", re.IGNORECASE)
_DECODER = json.JSONDecoder()


def fenced(text: str) -> list[str]:
    """What stands in each code fence."""
    return [m[1] for m in _FENCE.finditer(text)]


def jsons_in(reply: object) -> list[object]:
    """Every JSON object of a raw reply, of its last code fence if that holds any; its lists if it holds no object."""
    if not isinstance(reply, str) or len(reply) > _LARGEST or not _START.search(reply):
        return []
    for text in (*fenced(reply)[-1:], reply):
        found = _decoded(text)
        if found:
            return [data for _, _, data in found]
    return []


def json_in(reply: object) -> object | None:
    """The JSON object or list a raw reply gives: the last; None where it gives none, or two with an `or` between."""
    found = jsons_in(reply)
    if not found or (isinstance(reply, str) and _offers_two(reply)):
        return None
    return found[-1]


def _decoded(text: str) -> list[tuple[int, int, object]]:
    """(start, end, value) of each object, or else of each list, that is no part of another."""
    found: list[tuple[int, int, object]] = []
    at, tries = 0, 0
    while tries < _TRIES and (m := _START.search(text, at)) is not None:
        at = m.end()
        if _INSIDE.search(text, max(0, m.start() - 4), m.start()):
            continue
        try:
            data, end = _DECODER.raw_decode(text, m.start())
        except (ValueError, RecursionError):
            tries += 1
            continue
        found.append((m.start(), end, data))
        at = end
    return [f for f in found if isinstance(f[2], dict)] or found


def _offers_two(text: str) -> bool:
    """Whether two values that differ are offered, with an `or` between them."""
    last = _decoded(text)[-2:]
    return len(last) == 2 and last[0][2] != last[1][2] and _OR.fullmatch(text, last[0][1], last[1][0]) is not None
