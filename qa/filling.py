"""Which part of a reply fills which blank: by name, by order, by what is counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from qa.blanks import BLANK, Blank, named_parts, split_plain
from qa.embedded import json_in
from qa.quantity import Quantity, find, find_counts
from qa.reply import after_marker, clean, plain

_LABEL = re.compile(r"([A-Za-zτωηφβ][A-Za-z0-9]{0,3}(?:_[A-Za-z0-9]{1,4})?)\s?[=:≈]\s?$")
_COUNTED = re.compile(r"\s?[个只条]?\s?([\u4e00-\u9fff]{2,4}?(?=[和与、,。;及]|$)|[a-z]{4,20})")


def parts_of(blanks: Sequence[Blank], question: str, reply: str, text: str) -> dict[int, str]:
    """index of the blank -> the part of the reply that fills it; empty where the parts cannot be told.

    `reply` as it came, `text` the same cleaned. In order: JSON; names (`I = …`), the blanks' own or as the question
    prints them before each blank; the final answer cut into as many parts; what is counted (`2个电容`); as many
    quantities as there are blanks.
    """
    names = tuple(b.name for b in blanks)
    found = _of_json(names, question, reply)
    if found:
        return found
    marked = after_marker(text)
    if all(names):
        named = max((named_parts(p, names) for p in (marked, text) if p), key=len)
        if named:
            return {i: named[n] for i, n in enumerate(names) if n in named}
    labels = _labels(question, len(blanks))
    for part in (marked, text) if marked else (text,):
        named = named_parts(part, labels) if labels else {}
        if len(named) == len(blanks) or (named and part is text):
            return {i: named[n] for i, n in enumerate(labels) if n in named}
        split = split_plain(part, len(blanks))
        if len(split) == len(blanks) and all(map(_could_fill, blanks, split)):
            return _in_order_of_nouns(question, split)
        in_order = _quantities(blanks, part)
        if in_order:
            return _in_order_of_nouns(question, in_order)
        if len(split) == len(blanks):  # `没有` for 0, `高电平` for 1
            return dict(enumerate(split))
    return {}


def _of_json(names: Sequence[str], question: str, reply: str) -> dict[int, str]:
    data = json_in(reply)
    if isinstance(data, dict):
        squeezed = {str(k).replace("_", "").strip(): clean(str(v)) for k, v in data.items()}
        found = {i: squeezed[k] for i, n in enumerate(names) if (k := n.replace("_", "")) in squeezed}
        if found:
            return found
        if len(data) == len(names):
            return _in_order_of_nouns(question, [clean(str(v)) for v in data.values()], [str(k) for k in data])
    if isinstance(data, list) and len(data) == len(names):
        return {i: clean(str(v)) for i, v in enumerate(data)}
    return {}


@lru_cache(maxsize=4_096)
def _labels(question: str, count: int) -> tuple[str, ...]:
    """`I1`, `U2` of `I1=______mA,U2=______V`; empty unless every blank has one of its own."""
    text = plain(question)
    found = [m[1] for b in BLANK.finditer(text) if (m := _LABEL.search(text, max(0, b.start() - 16), b.start()))]
    return tuple(found) if len(set(found)) == count else ()


def _could_fill(blank: Blank, part: str) -> bool:
    """A wanted quantity needs a number in its part."""
    return not blank.targets or bool(_all_quantities(part))


def _all_quantities(text: str) -> list[Quantity]:
    return sorted((*find(text), *find_counts(text)), key=lambda q: q.start)


def _quantities(blanks: Sequence[Blank], part: str) -> list[str]:
    """As many quantities as blanks, each with what follows it; empty where there are more or fewer."""
    if not all(b.targets for b in blanks):
        return []
    found = _all_quantities(part)
    if len(found) != len(blanks):
        return []
    ends = [q.start for q in found[1:]] + [len(part)]
    return [part[q.start : end].strip(" ,;、和与") for q, end in zip(found, ends, strict=True)]


def _in_order_of_nouns(question: str, parts: Sequence[str], about: Sequence[str] = ()) -> dict[int, str]:
    """`2个电容和4个电阻` for `______个电阻和______个电容`: each to the blank that counts its noun.

    `about`: where the nouns stand, if not in the parts.
    """
    text = plain(question)
    nouns = [m[1] for b in BLANK.finditer(text) if (m := _COUNTED.match(text, b.end()))]
    if len(set(nouns)) == len(parts):
        owners = [[i for i, noun in enumerate(nouns) if noun in said.casefold()] for said in about or parts]
        if all(len(o) == 1 for o in owners) and len({o[0] for o in owners}) == len(parts):
            return {o[0]: part for o, part in zip(owners, parts, strict=True)}
    return dict(enumerate(parts))
