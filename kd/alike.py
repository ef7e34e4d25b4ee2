"""Which replies say the same: equal up to spaces, case and punctuation, or, where asked, nearly so."""

from __future__ import annotations

import re
import unicodedata

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|(?<![\w)])-(?=[\d.])|(?<!\*)\*(?!\*)|[+/×÷=≠<>≤≥≈^√%°∥±]")
"""Numbers whole, words, and the signs that change what a formula says; a minus only before a number."""
_SHINGLE = 4


def normal_form(text: str) -> str:
    """The text without what makes no difference. Numbers stay apart: `1 5` is not `15`, `1.5` is not `15`."""
    parts: list[str] = []
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if parts and parts[-1][-1].isdigit() and token[0].isdigit():
            parts.append("|")
        parts.append(token)
    return "".join(parts)


def likeness(one: str, two: str) -> float:
    """How alike two normal forms are, 0 to 1: Jaccard index of their runs of four characters."""
    a, b = _shingles(one), _shingles(two)
    return len(a & b) / len(a | b) if a | b else 1.0


def distinct(texts: list[str], near: float = 1.0) -> list[int]:
    """Indices of the texts to keep, in order: each differs from those kept before it.

    Args:
        near: From this likeness on two texts count as the same; 1: only where their normal forms are equal.
    """
    kept: list[int] = []
    forms: list[str] = []
    for n, text in enumerate(texts):
        form = normal_form(text)
        if form in forms or (near < 1 and any(likeness(form, f) >= near for f in forms)):
            continue
        kept.append(n)
        forms.append(form)
    return kept


def _shingles(text: str) -> set[str]:
    return {text[i : i + _SHINGLE] for i in range(max(1, len(text) - _SHINGLE + 1))} if text else set()
