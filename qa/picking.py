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

from qa.quantity import Quantity, find, find_counts, parse_whole
from qa.reply import SOFT_MARKER, TAKEN_BACK, after_marker
from qa.tolerance import Target

RELATION = re.compile(
    r"(?:[=≈:≃≅]|等于|约为|大约|约|是|为|得|\b(?:is|are|was|be|equals?|about|approximately|approx\.?|roughly|gives|of|beträgt|vaut|vale|environ|etwa|ca\.?)\b|は)\s*$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[。;!?\n]|\.(?=\s|$)|,?\s*(?:因为|由于|\b(?:because|since)\b)", re.IGNORECASE)
_SAYS = re.compile(r"[^\W_]")
_CONSTANT = re.compile(r"π\s?(?:取|约?为|=|≈|is\b)\s?(?=3\.1)")
_CONSTANT_BEFORE = re.compile(r"π\s?(?:取|约?为|=|≈|is)\s?$")
"""`π 取 3.14` gives no answer."""
_OR = re.compile(r"\s*,?\s*(?:或者?|还是|\bor\b|/)\s*(?:约|是|about)?\s*", re.IGNORECASE)


_BETWEEN = re.compile(r"(?:介于|\bbetween\b)\s*$", re.IGNORECASE)
_AND = re.compile(r"\s*(?:和|与|到|至|\b(?:and|to)\b)\s*", re.IGNORECASE)


def first_sentence(text: str) -> str:
    """Up to the end of the first sentence that says anything."""
    said = _SAYS.search(text)
    end = _SENTENCE_END.search(text, said.end()) if said else None
    return text[: end.start()] if end else text


def pick(text: str, target: Target, first: bool = False) -> Quantity | None:
    """The quantity `text` gives for `target` by the rules in the module's docstring; None: none, or two.

    `first`: the text follows an answer marker, so without a relation sign the first one counts.
    """
    all_found = find(text)
    found = [q for q in all_found if q.fits(target.dim)]
    if not target.dim and not found:
        found = find_counts(text)
    if not found:
        if not first and len({q.unit.dim for q in all_found if q.unit}) > 1:
            return None  # `R = 10 kΩ, C = 10 nF` where a frequency is wanted
        return all_found[0 if first else -1] if all_found else None
    found = [q for q in found if not _is_constant(text, q)]
    if not found or (len(found) > 1 and _several_bare(text, found, target)):
        return None
    for wanted in (lambda q: q.unit and not q.unit.bare_prefix, lambda q: q.unit):
        if target.dim and any(wanted(q) for q in found):
            found = [q for q in found if wanted(q)]
    found = [q for q in found if not (q.start and _DENIED.search(text, max(0, q.start - 24), q.start))]
    if not found:
        return None  # `not 5 V` says nothing of what it is
    if len(found) > 1:
        found = [q for q in found if not _COMPARED.search(text, max(0, q.start - 24), q.start)] or found
    outside = [q for q in found if not _aside(text, q)]
    found = outside or found
    related = [q for q in found if RELATION.search(text[max(0, q.start - 16) : q.start])]
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


_BETWEEN_BARE = re.compile(r"(?:[\s;、。?!|和或与及]|,(?=\s)|\.$|-\s|\band\b|\bor\b)*", re.IGNORECASE)


def _several_bare(text: str, found: list[Quantity], target: Target) -> bool:
    """`5 V, 6 V`, `1 V 2 V 3 V`: quantities that differ, and nothing else."""
    ends = [0, *(q.end for q in found)]
    starts = [*(q.start for q in found), len(text)]
    if not all(_BETWEEN_BARE.fullmatch(text, end, start) for end, start in zip(ends, starts, strict=True)):
        return False
    return any(not same(found[0], q, target) for q in found[1:])


_OPEN_BRACKET = re.compile(r"[^\s=≈:(]\s?\([^()]*$")


_DENIED = re.compile(
    r"(?:而不是|而非|并非|不是|而不为|不等于|(?:\b(?:instead\s+of|rather\s+than|not|isn't|never)|≠)(?:\s+be)?(?:\s+equal\s+to)?)\s*"
    r"(?:约|about\s|the\s)?$",
    re.IGNORECASE,
)
"""`18.5 mA instead of 17.3 mA`."""
_COMPARED = re.compile(r"\b(?:compared\s+(?:to|with)|more\s+than|less\s+than|not\s+(?:just|only))\s*$", re.IGNORECASE)


def _aside(text: str, q: Quantity) -> bool:
    """`3.6 mA (of the total of 4.8 mA)`: in brackets, and not all that they hold is a value."""
    before = text[max(0, q.start - 40) : q.start]
    return "(" in before and _OPEN_BRACKET.search(before) is not None and ")" in text[q.end : q.end + 40]


def _is_constant(text: str, q: Quantity) -> bool:
    """The π in `π = 3.14` and the 3.14."""
    if q.text.strip() == "π":
        return _CONSTANT.match(text, q.end - 1) is not None
    if q.unit is not None or not 3.1 <= q.number <= 3.15:
        return False
    return _CONSTANT_BEFORE.search(text, max(0, q.start - 12), q.start) is not None


def _chained(text: str, one: Quantity, other: Quantity) -> bool:
    """`5000 Ω / 2 = 2500 Ω`: the first is only a step on the way to the other."""
    between = text[one.end : other.start]
    return "=" in between[:6] or "≈" in between[:6] or between[:2].strip()[:1] in tuple("+-*/×·")


def _joined(text: str, one: Quantity, other: Quantity) -> bool:
    """`4 V or 6 V`, `between 4 V and 6 V`."""
    low, high = sorted((one, other), key=lambda q: q.start)
    if _OR.fullmatch(text, low.end, high.start):
        return True
    ends = _BETWEEN.search(text, max(0, low.start - 12), low.start) is not None or text.startswith("之间", high.end)
    return ends and _AND.fullmatch(text, low.end, high.start) is not None


def same(one: Quantity, other: Quantity, target: Target) -> bool:
    """Whether two readings agree within the target's tolerance."""
    a, b = one.value(target.unit), other.value(target.unit)
    return abs(a - b) <= max(abs(a), abs(b)) * max(target.rel_tol, 1e-9)


# -- which part of a reply to look at -------------------------------------------------------------------------
def pick_answer(question: str, text: str, target: Target) -> tuple[Quantity | None, bool]:
    """The quantity a cleaned reply answers with, and whether an answer marker announces it.

    After a marker the first sentence counts. Without one: a reply that opens with the answer and nothing else; a
    conclusion (`所以`, `therefore`); what is said of the one symbol that the question names; then the whole text, its
    reasons left out.
    """
    marked = after_marker(text)
    if marked is not None:
        return pick(first_sentence(marked), target, first=True), True
    q = _opening(text, target)
    if q is not None:
        several = len(text) <= 200 and _several_bare(text, [x for x in find(text) if x.fits(target.dim)] or [q], target)
        return (None if several else q), False
    soft = after_marker(text, SOFT_MARKER)
    q = pick(first_sentence(soft), target) if soft else of_the_symbol_asked_for(question, text, target)
    if q is None or not q.fits(target.dim):
        q = _before_reasons(text, target)
    return q, False


_EXPLAINED = re.compile(
    r"\n\s*(?:解释|解析|理由|推导|说明|计算过程|原因|derivation|explanation|reason(?:ing)?|because|since|working|steps?)\b",
    re.IGNORECASE,
)


def _opening(text: str, target: Target) -> Quantity | None:
    """`10 kΩ。图中R1旁边…`, `|Z| ≈ 62 kΩ` and a derivation after it: the first sentence is the answer."""
    head = first_sentence(text)
    if len(head) > 60 or len(head) + 2 >= len(text) or text[len(head)] == "?" or TAKEN_BACK.search(text):
        return None
    explained = _EXPLAINED.search(text, len(head)) is not None
    q = parse_whole(head.replace("|", "") if explained else head)
    if q is None or not (explained or q.start == 0 or head[0] in "约≈-+负"):
        return None
    return q if q.fits(target.dim) and (q.unit is not None or not target.dim or explained) else None


_SYMBOL = re.compile(
    r"(?<![A-Za-z0-9_])(?:[A-Z][A-Za-z]?_?\d{1,3}|[UVIuvi]_[A-Za-z]{1,4}\d?|[UVuv](?:out|in|o|i))(?![A-Za-z0-9_])"
)


def of_the_symbol_asked_for(question: str, text: str, target: Target) -> Quantity | None:
    """`R1 = 4.7 kΩ, R2 = 10 kΩ` where the question names R1 alone: what is said of R1, if its dimension fits."""
    symbols = set(_SYMBOL.findall(question))
    if len(symbols) != 1 or not _SYMBOL.search(text):
        return None
    symbol = symbols.pop()
    after = re.search(rf"(?:through|across|in|for|by|流过|通过)\s?{re.escape(symbol)}(?![A-Za-z0-9])", text)
    q = next((q for q in find(text) if after and text[q.end : after.start()] in ("", " ", "(", " (")), None)
    if q is not None and q.fits(target.dim) and q.unit is not None:
        return q
    places = [(m.start(), m.end(), m[0]) for m in _SYMBOL.finditer(text)]
    if len({said for _, _, said in places}) < 2:
        return None
    names = {symbol, *(letter + symbol.lstrip("RCLDQ_") for letter in _LETTER_OF.get(target.dim, ""))}
    for i, (_, end, said) in enumerate(places):
        stop = places[i + 1][0] if i + 1 < len(places) else len(text)
        part = _PART_END.split(text[end:stop], maxsplit=1)[0] if said in names else ""
        q = pick(part, target, first=part.count("=") + part.count("≈") < 2) if _OF_IT.match(part) else None
        if q is not None and q.fits(target.dim) and (q.unit is not None or not target.dim or "=" in part):
            return q
    return None


_LETTER_OF = {"A": "I", "V": "U", "W": "P"}
"""The current through R2 is called I2."""
_PART_END = re.compile(r"[,;。\n、]")
_OF_IT = re.compile(
    r"[^=≈:0-9+*/·×-]{0,16}(?:[=≈:(]|为|是|\bis\b|\s|标)(?:[^A-Za-z]{0,3}[^+*/·×]{1,80}|[^A-Za-z].{0,80}[=≈][^+*/·×=≈]{1,40})$"
)
"""After a symbol: what relates it to a value, not a sum it is part of."""


_REASON = re.compile(
    r"(?<=[^\s.。;!?\n,])\s?,?\s(?:because|since|which\s(?:means|indicates)|meaning|indicating|assuming|given\sthat|provided\sthat|if)\b[^。;!?\n]{0,400}",
    re.IGNORECASE,
)
_REASON_ZH = re.compile(r"^[^。;!?\n]{1,24}?,?\s?(?=因为|由于|假设|假定|前提)")
_HAS_REASON = re.compile(r"ince|ecause|which|ing\b|that\b|if\b")


def _before_reasons(text: str, target: Target) -> Quantity | None:
    """`U is 6 V since VCC = 12 V`, `6 V,因为VCC=12V`: the reason holds no answer, unless nothing else does."""
    short = _REASON_ZH.match(text)
    head = short[0] if short else _REASON.sub("", text) if _HAS_REASON.search(text) else text
    q = pick(head, target)
    if head is text or (q is not None and q.fits(target.dim)):
        return q
    return pick(text, target)
