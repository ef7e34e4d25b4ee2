"""Which quantity a reply means.

Which quantity a reply means, when it names several (`pick`):
1. only what follows the last answer marker counts, if there is one (the caller cuts there), and of that its
   first sentence;
2. a quantity of the wanted dimension is preferred, with its unit written rather than without;
3. of those the last that follows `=`, `≈`, `约`, `是`, `is`; without any, the last (after a marker: the first);
4. two different ones joined by `or`/`或` are no answer.
"""

from __future__ import annotations

import re

from qa.quantity import Quantity, find, find_counts
from qa.tolerance import Target

_RELATION = re.compile(
    r"(?:[=≈:≃≅]|等于|约为|大约|约|是|为|得|\b(?:is|are|was|be|equals?|about|approximately|approx\.?|roughly|gives|of|beträgt|vaut|vale|environ|etwa|ca\.?)\b|は)\s*$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[。;!?\n]|\.(?=\s|$)|,?\s*(?:因为|由于|\b(?:because|since)\b)", re.IGNORECASE)
_CONSTANT = re.compile(r"π\s?(?:取|约?为|=|≈|is\b)\s?(?=3\.1)")
_CONSTANT_BEFORE = re.compile(r"π\s?(?:取|约?为|=|≈|is)\s?$")
"""`π 取 3.14` gives no answer."""
_OR = re.compile(r"\s*,?\s*(?:或者?|还是|\bor\b|/)\s*(?:约|是|about)?\s*", re.IGNORECASE)


def first_sentence(text: str) -> str:
    """Up to the end of the first sentence that says anything."""
    for m in _SENTENCE_END.finditer(text):
        head = text[: m.start()]
        if any(c.isalnum() for c in head):
            return head
    return text


def pick(text: str, target: Target, first: bool = False) -> Quantity | None:
    """The quantity `text` gives for `target` by the rules in the module's docstring; None: none, or two.

    `first`: the text follows an answer marker, so without a relation sign the first one counts.
    """
    all_found = find(text)
    found = [q for q in all_found if q.fits(target.dim)]
    if not target.dim and not found:
        found = find_counts(text)
    if not found:
        return all_found[0 if first else -1] if all_found else None
    found = [q for q in found if not _is_constant(text, q)]
    if not found:
        return None
    for wanted in (lambda q: q.unit and not q.unit.bare_prefix, lambda q: q.unit):
        if target.dim and any(wanted(q) for q in found):
            found = [q for q in found if wanted(q)]
    related = [q for q in found if _RELATION.search(text[max(0, q.start - 16) : q.start])]
    if related:
        chosen = related[-1]
        if first and found[0].start == 0 and not _chained(text, found[0], chosen):
            chosen = found[0]
    else:
        chosen = found[0] if first else found[-1]
    for other in found:
        if other is not chosen and _joined(text, other, chosen) and not same(other, chosen, target):
            return None
    return chosen


def _is_constant(text: str, q: Quantity) -> bool:
    """The π in `π = 3.14` and the 3.14."""
    if q.text == "π":
        return _CONSTANT.match(text, q.start) is not None
    return "π" in text[max(0, q.start - 8) : q.start] and _CONSTANT_BEFORE.search(text, 0, q.start) is not None


def _chained(text: str, one: Quantity, other: Quantity) -> bool:
    """`5000 Ω / 2 = 2500 Ω`: the first is only a step on the way to the other."""
    between = text[one.end : other.start]
    return "=" in between[:6] or "≈" in between[:6] or between[:2].strip()[:1] in tuple("+-*/×·")


def _joined(text: str, one: Quantity, other: Quantity) -> bool:
    low, high = sorted((one, other), key=lambda q: q.start)
    return _OR.fullmatch(text, low.end, high.start) is not None


def same(one: Quantity, other: Quantity, target: Target) -> bool:
    """Whether two readings agree within the target's tolerance."""
    a, b = one.value(target.unit), other.value(target.unit)
    return abs(a - b) <= max(abs(a), abs(b)) * max(target.rel_tol, 1e-9)
