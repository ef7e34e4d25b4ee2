"""One way of writing what is inverted: `A'`, `!A`, `~A` and `¬A` are `¬A`, `(A+B)'` is `¬{A+B}`.

`qa.reply.clean` has already turned bars (`\\overline{A}`, `A̅`) into `A'`.
"""

from __future__ import annotations

import re

_SIGN = re.compile(r"['¬!~]")
_QUOTED = re.compile(r"(?<![\w)])'([^'\n]{1,40})'(?!\w)")
_GROUP = re.compile(r"(?<!\w)[¬!~]\s?\(([^()]*)\)|\(([^()]*)\)'(?![a-z])")
_ONE = re.compile(r"(?<!\w)[¬!~]\s?([A-Za-z]\w{0,3})|([A-Z])'(?![a-z])|(?<![A-Za-z0-9])([a-z]\d?)'(?![A-Za-z])")


def unquoted(text: str) -> str:
    """Without single quotes around words, which are no signs of inversion: `labelled 'A'`."""
    return _QUOTED.sub(r"\1", text)


def inverted(text: str) -> str:
    """The text with everything inverted written with `¬`."""
    if not _SIGN.search(text):
        return text
    text = _GROUP.sub(lambda m: f"¬{{{m[1] or m[2] or ''}}}", unquoted(text))
    return _ONE.sub(lambda m: f"¬{m[1] or m[2] or m[3]}", text)
