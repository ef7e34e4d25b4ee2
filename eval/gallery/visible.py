"""Text of strangers made safe for the eye: characters that hide, or turn the line around, are written out."""

from __future__ import annotations

import re

# Categories Cc (but for newline and tab), Cf, Cs, Zl and Zp of Unicode 15; the test holds them against unicodedata.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
LONGEST = 120_000
"""Characters of one text that are kept; what a model repeats beyond them shows nothing new."""


def visible(text: str) -> str:
    """The text with control, direction and zero-width characters as `⟦U+202E⟧`; very long ones are cut, and say so."""
    text = text.replace("\r\n", "\n")
    more = len(text) - LONGEST
    if more > 0:
        text = f"{text[:LONGEST]}\n… {more:,} more characters are in predictions.jsonl"
    return _HIDDEN.sub(lambda m: f"⟦U+{ord(m[0]):04X}⟧", text)
