"""Which option a reply says in words of its own: all its words of weight, or only those that no other option has."""

from __future__ import annotations

import re

from qa.option_texts import DENIAL, OptionTable, normal
from qa.reply import SOFT_MARKER, after_marker

_LIGHT = re.compile(
    r"\b(?:an?|the|is|are|it|its|of|to|in|on|at|by|for|and|that|which|this|with|from|be|was|s)\b|[^\w%°√ωμ.+-]+",
    re.IGNORECASE,
)
_STEM = re.compile(r"(?<=[a-z]{4})(?:ing|ed|es|s)$")


_SENTENCES = re.compile(r"[。;!?\n]+|\.(?=\s|$)")


def by_words(text: str, table: OptionTable) -> str | None:
    """The one option whose words of weight all stand in the last sentence that holds any such: `R2 loads the output`.

    An option of one such word (`It is halved`) must end the reply.
    """
    options = [(letter, _stems(t)) for letter, _, t in table]
    sentences = [s for s in _SENTENCES.split(text[-2_000:]) if s.strip()]
    for number, sentence in enumerate(reversed(sentences)):
        said = _stems(sentence)
        ends = set(said[-1:]) if number == 0 else set[str]()
        hits = [letter for letter, ws in options if ws and (set(said) if len(ws) > 1 else ends).issuperset(ws)]
        if hits:
            denied = DENIAL.search(sentence) is not None or sum(len(ws) == 1 and ws[0] in said for _, ws in options) > 1
            return hits[0] if len(hits) == 1 and not denied else None
    return None


_SHORT = 80
_TOKEN = re.compile(r"(?=([\u4e00-\u9fff]{2}))|(?<![a-z0-9.])([-+]?\d[\d.]*[a-zωμ°%]+)")
_DENIED = re.compile(
    r"不|没|非|错|\b(?:not|no|never|neither|nor|wrong|rather than|instead of|unlike)\b|n't\b", re.IGNORECASE
)
_UNSURE = re.compile(
    r"或|也可|取决|还是|介于|\b(?:or|either|depend(?:s|ing)?|between|could|might)\b|如果|若|\bif\b", re.IGNORECASE
)


def by_difference(text: str, table: OptionTable) -> str | None:
    """The one option whose own words, those that no other has, stand in a short reply or in its conclusion.

    `输出与输入反相` for `反相(相差180°)` beside `同相(相差0°)`. Clauses that deny something do not count.
    """
    if len(text) > _SHORT:
        text = (after_marker(text, SOFT_MARKER) or "").split("\n", 1)[0]
    if not text or len(text) > _SHORT or _UNSURE.search(text) or not text[-1:].strip():
        return None
    own = {letter: _tokens(_BRACKETS.sub("", t) or t) for letter, _, t in table}
    full = {letter: _tokens(t) for letter, _, t in table}
    denying = set[str]().union(*(own[x] for x, t, _ in table if _DENIED.search(t)))
    others = {x: set[str]().union(*(o for y, o in full.items() if y != x)) for x in full}
    mine = {x: ts - others[x] for x, ts in own.items()}
    aside = {x: ts - others[x] - own[x] for x, ts in full.items()}
    clauses = re.split(r"[,;。!?\n]+|\.(?=\s|$)", text)
    spoken = [_tokens(c) & denying if _DENIED.search(c) else _tokens(c) for c in clauses]
    if sum(bool(ts) and any(ts <= said for said in spoken) for ts in mine.values()) > 1:
        return None  # `R1 = 24 Ω, R6 = 56 Ω`: several options are said in full
    for clause, said in zip(reversed(clauses), reversed(spoken), strict=True):
        hits = [x for x in mine if (mine[x] | aside[x]) & said]
        if hits:
            x = hits[0]
            share = 1.0 if aside[x] & said else len(mine[x] & said) / len(mine[x])
            enough = share >= (0.6 if clause.isascii() else 0.25) and _numbers(table, x) <= set(_NUMBER.findall(text))
            option = next(t for y, _, t in table if y == x)
            enough = enough and (not _COMPARES.search(option) or _COMPARES.search(text) is not None)
            return hits[0] if len(hits) == 1 and enough else None
    return None


_COMPARES = re.compile(r"多|少|大于|小于|高于|低于|一样|\b(?:more|less|fewer|same|than)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d.]*")
_BRACKETS = re.compile(r"\([^()]*\)")


def _numbers(table: OptionTable, letter: str) -> set[str]:
    """The numbers of an option, what stands in brackets left out: `电阻多2个` is not said without its 2."""
    return {n for x, _, t in table if x == letter for n in _NUMBER.findall(_BRACKETS.sub("", t))}


def _tokens(text: str) -> set[str]:
    text = normal(text)
    found = {a or b for a, b in _TOKEN.findall(text)}
    return found | {_STEM.sub("", w) for w in _LIGHT.sub(" ", text).split() if w.isascii() and len(w) > 1}


def _stems(text: str) -> list[str]:
    """The words of weight of an English text, their endings cut; none of a text in Chinese."""
    if any("\u4e00" <= c <= "\u9fff" for c in text):
        return []
    return [_STEM.sub("", w) for w in _LIGHT.sub(" ", text.casefold()).split()]
