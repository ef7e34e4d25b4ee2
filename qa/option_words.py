"""Which option a reply says in words of its own: all its words of weight, or only those that no other option has."""

from __future__ import annotations

import re

from qa.option_texts import OptionTable, normal
from qa.reply import SOFT_MARKER, after_marker

_LIGHT = re.compile(
    r"\b(?:an?|the|is|are|it|its|of|to|in|on|at|by|for|and|that|which|this|with|from|be|was|s)\b|[^\w%°√ωμ.+-]+",
    re.IGNORECASE,
)
_STEM = re.compile(r"(?<=[a-z]{4})(?:ing|ed|es|s)$")


_SENTENCES = re.compile(r"[。;!?\n]+|\.(?=\s|$)")
_DENIAL = re.compile(r"不|没|非|\b(?:not|no|never|neither|nor|or|either|wrong|could|would)\b|n't\b|或", re.IGNORECASE)


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
            denied = (
                _DENIAL.search(sentence) is not None or sum(len(ws) == 1 and ws[0] in said for _, ws in options) > 1
            )
            return hits[0] if len(hits) == 1 and not denied else None
    return None


_SHORT = 80
_TOKEN = re.compile(r"(?=([\u4e00-\u9fff]{2}))|(?<![a-z0-9.])([-+]?\d[\d.]*[a-zωμ°%]*)")
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
    own = {letter: _tokens(t) for letter, t, _ in table}
    denying = set[str]().union(*(own[x] for x, t, _ in table if _DENIED.search(t)))
    mine = {x: ts - set[str]().union(*(o for y, o in own.items() if y != x)) for x, ts in own.items()}
    for clause in reversed(re.split(r"[,;。!?\n]+|\.(?=\s|$)", text)):
        said = _tokens(clause) & denying if _DENIED.search(clause) else _tokens(clause)
        hits = [x for x, ts in mine.items() if ts & said]
        if hits:
            share = len(mine[hits[0]] & said) / len(mine[hits[0]])
            return hits[0] if len(hits) == 1 and share >= (0.6 if clause.isascii() else 0.25) else None
    return None


def _tokens(text: str) -> set[str]:
    text = normal(text)
    found = {a or b for a, b in _TOKEN.findall(text)}
    return found | {_STEM.sub("", w) for w in _LIGHT.sub(" ", text).split() if w.isascii() and len(w) > 1}


def _stems(text: str) -> list[str]:
    """The words of weight of an English text, their endings cut; none of a text in Chinese."""
    if any("\u4e00" <= c <= "\u9fff" for c in text):
        return []
    return [_STEM.sub("", w) for w in _LIGHT.sub(" ", text.casefold()).split()]
