"""Component lists: how much of a wanted list a reply names, by set precision, recall and F1.

`R1, R2, C1`, one a line, a JSON list or object, `R1: 电阻 10kΩ`, `3个电阻, 2个电容`, `resistor x3`. Where the wanted
list has designators, entries are matched by designator; an entry that gives another kind or value for it than wanted
is no match, one that leaves kind or value out is. Without designators kinds are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from qa.denial import denied
from qa.designators import DESIGNATOR
from qa.embedded import jsons_in
from qa.item import REL_TOL, Answer
from qa.names import Name, is_a, mentions, words
from qa.quantity import Quantity, find, find_counts
from qa.reply import after_marker, clean


@dataclass(frozen=True, slots=True)
class Entry:
    """One component of a list, as far as it is described."""

    ref: str
    kind: Name | None
    value: Quantity | None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Overlap:
    """How a reply's list covers the wanted one."""

    precision: float
    recall: float
    f1: float
    missing: tuple[str, ...]
    extra: tuple[str, ...]


_SPLIT = re.compile(r"\s*(?:[;\n、]|,(?!\d{3}\b)|\band\b|和|以及)\s*", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•·]|\(?\d{1,2}[.)、])\s+")
_TIMES = re.compile(
    r"[x×*]\s?(\d{1,3})\b|\b(\d{1,3})\s?[x×]|(?<![A-Za-z0-9_.])(\d{1,3})\s?(?=[个只条颗台])", re.IGNORECASE
)
_LEADING_COUNT = re.compile(r"^(\d{1,3})\s+(?=[a-z\u4e00-\u9fff])|[:|]\s*(\d{1,3})\s*\|?\s*$", re.IGNORECASE)
_LIST = re.compile(
    r"(?:元件|器件|清单|components?|parts|elements|list)[^。.:\n]{0,20}:\s*(?=\n?\s*[-*\d.)|(]*\s*[A-Za-z]{1,3}\d)",
    re.IGNORECASE,
)
_MOST = 2_000
_RANGE = re.compile(
    r"(?<![A-Za-z0-9_])([A-Za-z]{1,2})(\d{1,2})\s?(?:[-~–]|到|至|\bto\b|\bthrough\b)\s?\1?(\d{1,2})(?![A-Za-z0-9_.])"
)
_ROW = re.compile(r"^(\s*\|\s*[A-Za-z]{1,3}\d{1,4}[a-z]?\s*\|[^,\n]*),[^\n]*$", re.MULTILINE)
"""A row of a table that begins with a designator is of this one: `| R1 | N1, N2 |`."""
"""What announces the list itself, after some reasoning: `所以全部元件是:`, `Components: V1, R1`."""


def wanted_entries(answer: Answer) -> tuple[Entry, ...]:
    """The wanted list, from an answer of any shape."""
    if isinstance(answer, str):
        return _entries_of(answer)
    if isinstance(answer, Mapping):
        return _flat(tuple(_entries_of(f"{k}: {v}") for k, v in answer.items()))
    return _flat(tuple(_entries_of(a) for a in answer))


@lru_cache(maxsize=4_096)
def _entries_of(text: str) -> tuple[Entry, ...]:
    return read_entries(text)


def _flat(parts: tuple[tuple[Entry, ...], ...]) -> tuple[Entry, ...]:
    return tuple(e for part in parts for e in part)


def read_entries(reply: str) -> tuple[Entry, ...]:
    """Every component a raw reply lists; empty if none can be read."""
    data = jsons_in(reply)
    found = _entries([clean(line) for line in _json_lines(data)[:_MOST]]) if data else ()
    if found:
        return found
    text = clean(reply)
    marked = after_marker(text) or after_marker(text, _LIST)
    text = _RANGE.sub(_whole_range, marked if marked is not None else text)
    if "|" in text:
        text = _ROW.sub(r"\1\n", text)
    return _entries([p for p in _SPLIT.split(text) if p])


def _entries(lines: list[str]) -> tuple[Entry, ...]:
    return tuple(e for line in lines[:_MOST] for e in _read_line(_BULLET.sub("", line)))


def _whole_range(m: re.Match[str]) -> str:
    """`R1-R4` is R1, R2, R3, R4."""
    first, last = int(m[2]), int(m[3])
    return ", ".join(f"{m[1]}{n}" for n in range(first, last + 1)) if 0 < last - first < 50 else m[0]


def _json_lines(data: object, depth: int = 0) -> list[str]:
    """JSON as lines of text, one a component."""
    if depth > 4:
        return []
    if isinstance(data, list):
        return [line for d in data[:2_000] for line in _json_lines(d, depth + 1)]
    if isinstance(data, dict):
        flat = {str(k).casefold(): v for k, v in data.items() if isinstance(v, str | int | float)}
        if flat.keys() & _OF_ONE and len(flat) >= len(data) - 1:  # its nodes may be a list
            return [" ".join(str(v) for k, v in flat.items() if k not in _NODES)]
        if len(flat) == len(data):
            return [f"{k}: {v}" for k, v in data.items()]
        lines = []
        for k, v in data.items():
            inner = _json_lines(v, depth + 1)
            lines += [f"{k} {line}" for line in inner] if DESIGNATOR.fullmatch(str(k)) else inner
        return lines
    return [str(data)] if isinstance(data, str | int | float) else []


_OF_ONE = frozenset((
    "ref", "name", "id", "designator", "type", "kind", "component", "reference", "value",
    "编号", "类型", "名称", "位号",
))  # fmt: skip
_NODES = frozenset(("node", "nodes", "net", "nets", "from", "to", "pins", "connection", "connections", "between"))
_PART_NUMBER = re.compile(r"[A-Z]{2,3}\d{3,4}")


def _read_line(text: str) -> list[Entry]:
    lower = text.lower()
    found = [m for m in DESIGNATOR.finditer(text) if m[0][0] != "x" and not denied(lower, m.start(), m.end())]
    refs = list(dict.fromkeys(m[0].upper() for m in found))
    refs = [r for r in refs if not _PART_NUMBER.fullmatch(r)] or refs  # `U1 (LM358)`
    if refs and text.count("|") > 1:
        refs = refs[:1]
    line = words(text)
    kinds = [n for a, b, names in mentions(line) for n in names if n.category == "kind" and not denied(line, a, b)]
    kind = next((k for k in kinds if not any(is_a(o, k.id) for o in kinds)), None)
    if refs:
        rest = DESIGNATOR.sub(" ", text)  # `R2: 2 kΩ` is no ratio of 2 to 2
        values = [q for q in find(rest) if q.unit is not None] if len(refs) == 1 else []
        return [Entry(r, kind, values[0] if values else None) for r in refs]
    if kind is None:
        return []
    return [Entry("", kind, None, _count(text))]


def _count(text: str) -> int:
    times = list(_TIMES.finditer(text))  # `共5个元件: 3个电阻`: the last
    m = times[-1] if times else _LEADING_COUNT.search(text)
    if m:
        return int(next(g for g in m.groups() if g))
    words_for = find_counts(text)
    return int(words_for[0].number) if words_for else 1


# -- comparing ------------------------------------------------------------------------------------------------
def overlap(wanted: tuple[Entry, ...], got: tuple[Entry, ...]) -> Overlap:
    """Precision, recall and F1 of `got` against `wanted`."""
    if any(e.ref for e in wanted):
        return _by_ref(wanted, got)
    return _by_kind(wanted, got)


def _by_ref(wanted: tuple[Entry, ...], got: tuple[Entry, ...]) -> Overlap:
    want = {e.ref: e for e in wanted if e.ref}
    said: dict[str, list[Entry]] = {}
    for e in got:
        if e.ref:
            said.setdefault(e.ref, []).append(e)
    hits = {r for r, entries in said.items() if r in want and not any(_contradicts(want[r], e) for e in entries)}
    return _measure(len(hits), len(said), len(want), sorted(want.keys() - hits), sorted(said.keys() - hits))


def _contradicts(want: Entry, said: Entry) -> bool:
    if want.kind and said.kind and not _related(want.kind, said.kind):
        return True
    if want.value is None or said.value is None or want.value.unit is None or said.value.unit is None:
        return False
    a, b = want.value, said.value
    if a.unit and b.unit and not (a.unit.bare_prefix or b.unit.bare_prefix) and a.unit.dim != b.unit.dim:
        return True
    x, y = a.number * want.value.unit.scale, b.number * said.value.unit.scale
    return abs(x - y) > REL_TOL * abs(x)


def _related(a: Name, b: Name) -> bool:
    return a.id == b.id or is_a(a, b.id) or is_a(b, a.id)


def _by_kind(wanted: tuple[Entry, ...], got: tuple[Entry, ...]) -> Overlap:
    want: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for e in wanted:
        if e.kind:
            want[e.kind.id] += e.count
    for e in got:
        if e.kind:
            said[e.kind.id] += e.count
    hits = (want & said).total()
    return _measure(hits, said.total(), want.total(), _times(want - said), _times(said - want))


def _times(counts: Counter[str]) -> list[str]:
    return [kind + (f" ×{n}" if n > 1 else "") for kind, n in sorted(counts.items())]


def _measure(hits: int, said: int, wanted: int, missing: list[str], extra: list[str]) -> Overlap:
    precision = hits / said if said else 0.0
    recall = hits / wanted if wanted else float(not said)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Overlap(precision, recall, f1, tuple(missing), tuple(extra))
