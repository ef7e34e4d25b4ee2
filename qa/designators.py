"""Designators (`R1`, `C2`): which of those in a sentence it gives as the answer."""

from __future__ import annotations

import re
from functools import lru_cache

from qa.denial import denied

DESIGNATOR = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]{1,3}\d{1,4}[a-z]?(?![A-Za-z0-9_])")
LIST_ONLY = re.compile(r"(?:\s|[,;、/&]|和|与|及|以及|\band\b)*", re.IGNORECASE)


def refs_given(question: str, sentence: str, asked: set[str], several: bool) -> set[str]:
    """The designators a sentence gives, those of the question (`asked`) left out.

    What it says aside or of other components counts only if nothing else does. Where one is wanted and clauses name
    several, the clause that shares most words with the question counts.
    """
    said = next((s for s in (_refs_said(p, asked) for p in _main_parts(sentence)) if s), set[str]())
    if len(said) > 1 and not several:
        return _said_of_what_is_asked(question, sentence, said) or said
    return said


_CLAUSE_END = re.compile(r"[,;:]\s*|\b(?:while|whereas)\b|而")
_BIGRAM = re.compile(r"(?=([\u4e00-\u9fff]{2}))|\b([a-z]{4,}|\d[\d.]*)")


def _said_of_what_is_asked(question: str, sentence: str, said: set[str]) -> set[str]:
    """`R7是输入电阻,R8是反馈电阻` asked for the feedback: the designators of the clause that speaks of it most."""
    asked = _telling(question)
    clauses = [(c, {r.upper() for r in DESIGNATOR.findall(c)} & said) for c in _CLAUSE_END.split(sentence)]
    clauses = [(c, refs) for c, refs in clauses if refs]
    if len(clauses) < 2 or sum(len(refs) for _, refs in clauses) != len(said):
        return set()
    shared = [len(asked & _telling(c)) for c, _ in clauses]
    best = max(shared)
    return clauses[shared.index(best)][1] if shared.count(best) == 1 else set()


def _telling(text: str) -> set[str]:
    return {a or b for a, b in _BIGRAM.findall(text.casefold())}


_ASIDE = re.compile(r"\([^()]*\)")
_OF_OTHERS = re.compile(
    r",\s?(?:while\b|whereas\b|而(?!是)|其余|其他|[A-Za-z]{1,2}\d{1,2}\s?(?:是|则|接|位于|连接|is|goes|connects)[^,]{0,40}(?:的|之间|ground|input))",
    re.IGNORECASE,
)


def _main_parts(sentence: str) -> tuple[str, ...]:
    """A sentence without what it says aside (`R8(接在uo与U1之间)`) or of others (`, while R1 …`); then all of it."""
    main = _ASIDE.sub(" ", _OF_OTHERS.split(sentence, maxsplit=1)[0])
    return (main, sentence) if main != sentence else (sentence,)


def _refs_said(part: str, asked: set[str]) -> set[str]:
    spans = [(m.start(), m[0].upper()) for m in DESIGNATOR.finditer(part)]
    return {ref for at, ref in spans if ref not in asked and not denied(part, at, at + len(ref))}


@lru_cache(maxsize=4_096)
def refs_in(question: str) -> tuple[str, ...]:
    return tuple(DESIGNATOR.findall(question))
