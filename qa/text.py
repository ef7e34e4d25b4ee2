"""When two texts say the same (thin)."""

from __future__ import annotations

import re

from qa.reply import after_marker

_DROP = re.compile(r"[\s\-_.,;:!?。、'\"()\[\]]+")


def squeeze(text: str) -> str:
    """Case, spacing and punctuation forgiven."""
    return _DROP.sub("", text).casefold()


def read_text(question: str, wanted: tuple[str, ...], text: str) -> tuple[bool | None, str | None, str]:
    """(right?, as read, why) of a cleaned reply; right None: nothing could be read."""
    part = after_marker(text) or text
    if not squeeze(part):
        return None, None, "the reply is empty"
    for w in wanted:
        if squeeze(w) == squeeze(part):
            return True, part, f"read as {part}"
    for w in wanted:
        if squeeze(w) in squeeze(part):
            return True, part, f"read as {part}"
    return False, part[:80], f"read as {part[:60]}, wanted {wanted[0]}"
