"""Which sentences of a reply to look at for its answer, the most telling first."""

from __future__ import annotations

import re

from qa.designators import DESIGNATOR, LIST_ONLY
from qa.names import named
from qa.reply import SOFT_MARKER, TAKEN_BACK, after_marker

_END = re.compile(r"[。;!?\n]+|\.(?=\s|$)|,?\s*(?:因为|由于|\b(?:because|since)\b)", re.IGNORECASE)


def sentences_of(part: str, marked: bool) -> list[str]:
    """The sentences to look at, most telling first: after a marker in order, else a conclusion, then from the end."""
    if marked:
        return [s for s in _END.split(part, maxsplit=8) if s and s.strip()][:4]
    soft = after_marker(part, SOFT_MARKER)
    pieces = _reasons_first(part[-2_000:])
    if len(pieces) > 1 and _CUT_OFF.search(pieces[-1]):
        pieces.pop()
    pieces = [p for s in pieces for p in _second_thoughts(s)]
    pieces.reverse()
    if len(pieces) > 1 and _only_answer(pieces[-1]) and not TAKEN_BACK.search(part):
        return [pieces[-1], *pieces[:-1]]
    if soft is not None and pieces and soft.strip():
        return [*[s for s in _END.split(soft, maxsplit=1)[:1] if s.strip()], *pieces]
    return pieces


def _reasons_first(text: str) -> list[str]:
    """The sentences in order, but a reason (`…, since a PNP would …`) stands before what it is a reason of."""
    found: list[str] = []
    at, reason = 0, False
    for m in (*_END.finditer(text), None):
        piece = text[at : m.start() if m else len(text)]
        if piece.strip():
            found.insert(len(found) - 1 if reason else len(found), piece)
        if m:
            at, reason = m.end(), m[0][-1].isalpha() and bool(piece.strip())
    return found


_CUT_OFF = re.compile(
    r"(?:[到与和在从为是的,、(]|首先|其次|\b(?:the|an?|to|from|and|of|is|are|in|between|with|by|at))\s*$"
)
"""Where a reply stops in the middle of a sentence."""
_IMPRESSION = re.compile(
    r"乍一?看|初看|看起来|看上去|像是|似乎|以为|\b(?:at first|looks? like|seems?|appears?|might think)\b", re.IGNORECASE
)
_SECOND_THOUGHT = re.compile(
    r",?\s*(?:但是?|不过|然而|其实|实际上|仔细看|\b(?:but|however|actually|in fact)\b)(?!也|可能|还)", re.IGNORECASE
)


def _only_answer(sentence: str) -> bool:
    """A designator or a name and nothing else: `R8。R7接在输入端。`"""
    refs = DESIGNATOR.findall(sentence)
    return bool(named(sentence)) or (bool(refs) and LIST_ONLY.fullmatch(DESIGNATOR.sub("", sentence)) is not None)


def _second_thoughts(sentence: str) -> list[str]:
    """`乍一看像是串联,但是…应为并联`: the impression and what is said against it are two sentences."""
    cut = _SECOND_THOUGHT.search(sentence)
    if cut is None or not _IMPRESSION.search(sentence, 0, cut.start()):
        return [sentence]
    return [sentence[: cut.start()], sentence[cut.start() :]]
