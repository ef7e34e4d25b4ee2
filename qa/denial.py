"""Whether something is said not to be so: `不是并联`, `not in parallel`, `A is wrong`."""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"[,.;:。;]|\bbut\b|而是")
_DENIED_BEFORE = re.compile(
    r"(?:不|未|没|无(?![源极线])|并非|非|绝非|没有|避免)(?:是|属于|能|会|构成|形成|处于|再|为|在)?[\u4e00-\u9fff]{0,3}$"
    r"|\b(?:not|no|[a-z]+n't|never|neither|nor|without|cannot|rather than|instead of|unlike)\b"
    r"(?:\s+[\w']+){0,4}\s*$"
)
_DENIED_AFTER = re.compile(
    r"\s*(?:关系|连接|电路)?\s*(?:是|都)?(?:错|不对|不成立|不正确|不是)"
    r"|\s*(?:is|are|would be)\s+(?:wrong|incorrect|not\b|false)"
    r"|\s?:\s?(?:not (?:present|shown|included|found|there|in)\b|(?:no|none|absent|不存在|没有|无)\s*(?:[.。;,]|$))"
    r"|\s?[❌✗✘]"
)


_NO_WORD = re.compile(
    r"[不未没无非错❌✗✘]|避免|n't"
    r"|\b(?:not?|none|absent|never|neither|nor|without|cannot|rather|instead|unlike|wrong|incorrect|false)\b"
)
"""What any denial holds: most lines hold none of it."""


def denied(line: str, start: int, end: int) -> bool:
    """Whether what stands at start..end of a sentence is said not to be so (`不是并联`, `not in parallel`)."""
    if not _NO_WORD.search(line, max(0, start - 40), end + 40):
        return False
    before = line[max(0, start - 40) : start]
    before = _CLAUSE.split(before)[-1]
    return _DENIED_BEFORE.search(before) is not None or _DENIED_AFTER.match(line, end) is not None
