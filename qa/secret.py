"""Keys never reach a log, a file or a screen: what a server echoes is cleaned of them."""

from __future__ import annotations

import re
from functools import lru_cache

HIDDEN = "***"
SHORTEST = 8
"""A shorter key (`EMPTY` of a local server) is no secret, and blanking it out would spoil answers."""


def without_secret(text: str, key: str) -> str:
    """The text without the key, plain or escaped as JSON or a URL."""
    return text if len(key) < SHORTEST else _however_escaped(key).sub(HIDDEN, text)


@lru_cache(maxsize=16)
def _however_escaped(key: str) -> re.Pattern[str]:
    """Finds a text in which any character may be escaped: `/`, `\\/`, `\\u002f`, `%2F`."""
    ways = (
        f"(?:{re.escape(c)}{'' if c.isalnum() else '|' + re.escape(chr(92) + c)}|(?i:\\\\u{ord(c):04x}|%{ord(c):02x}))"
        for c in key
    )
    return re.compile("".join(ways))
