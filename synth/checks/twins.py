"""Nearly the same question twice on one picture: texts compared by their character trigrams, names and numbers exactly.

Only questions on the same pictures, of one language and form, are compared, so the work grows with the square of the
questions on one picture and not of the set.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from qa.blanks import BLANK
from qa.item import LETTERS, Item
from qa.names import squeeze
from qa.reply import plain

THRESHOLD = 0.65
"""Jaccard similarity of trigrams from which two questions ask the same; see benchmarks/twins.py."""
_TOKEN = re.compile(r"[A-Za-z]*\d+(?:\.\d+)?|\b[A-Z]{2,}\w*|\b[A-Z]\b|[+-](?=\d)")
"""`R1`, `VCC`, `A`, `4.7`: where two questions differ in one of these, they ask about different things."""
_PLACE = r"(?:picture|circuit|figure|diagram|schematic)"
_FILLER = re.compile(
    r"请问|请(?:看图|根据(?:电路)?图|判断|回答|计算|求出?)?|根据(?:图示|电路图|图中(?:信息|所示)?|图)|如图(?:所示)?"
    r"|在?(?:该|此|这个?|本)(?:电路)?图?(?:中|里)?|在?图(?:中|里|示电路中?)(?:的)?|(?:下列|以下)(?:选项)?中?"
    r"|[是为](?=多少|什么|哪)|的"
    rf"|\b(?:please|in (?:this|the) {_PLACE}|(?:based on|according to) the {_PLACE}"
    r"|shown|in the|of the|the|an?|this|from|following|given)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"不|没有|未|错误|\b(?:not?|isn't|incorrect|false|absent|missing|except)\b", re.IGNORECASE)
_OPPOSITE = (
    ("同相", "反相"),
    ("输入", "输出"),
    ("串联", "并联"),
    ("最大", "最小"),
    ("高通", "低通"),
    ("电压", "电流"),
    ("正", "负"),
)


def twins(items: Iterable[Item]) -> dict[str, str]:
    """id of an Item -> id of the earlier one that asks the same; the first of them is not in it."""
    groups: dict[tuple[object, ...], list[_Question]] = defaultdict(list)
    found: dict[str, str] = {}
    for item in items:
        mine = _Question(item)
        others = groups[item.pictures, item.form, item.lang]
        first = next((o for o in others if _same(o, mine)), None)
        if first is None:
            others.append(mine)
        elif first.id != mine.id:
            found[mine.id] = first.id
    return found


class _Question:
    """What of an Item is compared."""

    def __init__(self, item: Item) -> None:
        text = plain(item.question)
        self.id = item.id
        self.tokens = Counter(m[0].upper() for m in _TOKEN.finditer(text))
        self.negated = _NEGATED.search(text) is not None
        self.sides = frozenset(w for pair in _OPPOSITE for w in pair if w in text)
        self.grams = trigrams(squeezed(text))
        self.options = frozenset(squeeze(plain(o)) for o in item.options or ())
        self.answer = squeeze(plain(answer_words(item)))


def answer_words(item: Item) -> str:
    """The answer in words: the right option's text where there are options."""
    return item.options[LETTERS.index(item.answer_text)] if item.options else item.answer_text


def squeezed(text: str) -> str:
    """A question without what is said in every question, blanks, spaces and punctuation."""
    text = _FILLER.sub("", BLANK.sub("", plain(text)))
    return squeeze(text)


def trigrams(text: str) -> frozenset[str]:
    """Every three characters in a row, the ends marked."""
    padded = f"^{text}$"
    return frozenset(padded[i : i + 3] for i in range(max(1, len(padded) - 2)))


def similarity(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard: shared of all."""
    return len(a & b) / max(1, len(a | b))


def _same(a: _Question, b: _Question) -> bool:
    if a.tokens != b.tokens or a.negated != b.negated or a.sides != b.sides:
        return False
    if similarity(a.grams, b.grams) < THRESHOLD:
        return False
    if not a.options:
        return True
    # `Which statement is right?` is asked of many things: the options say of what
    return a.answer == b.answer or _shared(sorted(a.options), sorted(b.options)) >= 0.5


def _shared(one: Sequence[str], two: Sequence[str]) -> float:
    return len(set(one) & set(two)) / max(1, len(set(one) | set(two)))
