"""A reply that is a list of bare answers and nothing else: `VCC, GND`, `- R1\\n- R3`, `5 V 6 V`.

Where one answer is wanted, several are none; without this `VCC GND VEE` would be right whichever is wanted.
"""

from __future__ import annotations

import re
from functools import lru_cache

from qa.designators import DESIGNATOR
from qa.names import named, squeeze
from qa.quantity import parse_whole

_LONGEST = 200
_PROSE = re.compile(r"[:=]|[\u4e00-\u9fff]{9}|(?:[A-Za-z]{2,} ){5}")
_SEVERAL = re.compile(r"[^\W_](?:[^\w.]|\.(?!\d))+[^\W_]|[和或]")
_BULLET = re.compile(r"^\s*(?:[-*·]|\(?\d{1,2}[.)、](?!\d))\s+", re.MULTILINE)
_SEPARATOR = re.compile(
    r"[\n;、。?!|]+|,(?!\d{3}(?!\d))|\.(?=\s|$)|\s/\s|(?<=[^\W\d])/(?=[^\W\d])|\s(?:or|and)\s|[和或]"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,11}|[01]{2,16}")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_+-]{1,11}")


@lru_cache(maxsize=256)
def listed(text: str) -> tuple[str, ...]:
    """The items of a cleaned text that is a list of two or more different bare answers; empty for anything else."""
    if len(text) > _LONGEST or _PROSE.search(text) or not _SEVERAL.search(text):
        return ()
    if parse_whole(text) is not None or named(text):
        return ()
    items = [s for part in _SEPARATOR.split(_BULLET.sub("", text)) if (s := part.strip())]
    if len(items) == 1:
        items = text.split()
        if not all(DESIGNATOR.fullmatch(i) or _CAPITALS.fullmatch(i) for i in items):
            return ()
    if not all(_is_bare(i) for i in items) or len({squeeze(i) for i in items}) < 2:
        return ()
    return tuple(items)


def _is_bare(item: str) -> bool:
    return _WORD.fullmatch(item) is not None or parse_whole(item) is not None or bool(named(item))
