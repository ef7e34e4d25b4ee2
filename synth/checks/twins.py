"""Nearly the same question twice on one picture: texts compared by their character bigrams, names and numbers exactly.

Only questions on the same pictures, of one language and form, are compared, so the work grows with the square of the
questions on one picture and not of the set.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from qa.blanks import BLANK
from qa.item import LETTERS, Item
from qa.names import squeeze
from qa.reply import plain

THRESHOLD = 0.6
"""Jaccard similarity of bigrams from which two questions ask the same; see benchmarks/twins.py."""
WITH_OTHER_ANSWER = 0.85
"""The same where the answers differ: one of them is wrong, or they are two questions after all."""
_TOKEN = re.compile(
    r"(?<![A-Za-z])[UVuv](?:in|out|[iosczdrxl]|ref|cc|dd|th|oc|ab|be|ce)(?![a-z])|[A-Za-z]*\d+(?:\.\d+)?|\b[A-Z]{2,}\w*|\b[A-Z]\b|[+-](?=\d)"
)
"""`R1`, `VCC`, `A`, `4.7`: where two questions differ in one of these, they ask about different things."""
_PLACE = r"(?:picture|circuit|figure|diagram|schematic)"
_FILLER = re.compile(
    r"请问|请(?:看图|判断|回答|计算|求出?)?|根据|如图(?:所示)?|图示|所示|电路图?|(?:该|此|这个?|本)图?|图|中|里"
    r"|(?:下列|以下)(?:选项)?|什么|多少(?!个)|[是为的起共约于其]|大约|主要|存在|有"
    rf"|\b(?:please|calculate|{_PLACE}|based on|according to|shown|in|of|the|an?|this|from|following|given|what|is|are"
    r"|does|do|main|about|approximately|there|to)\b",
    re.IGNORECASE,
)
_ONE_WORD = (
    (re.compile(r"多少个"), "几个"),
    (re.compile(r"(?:连接|连|接)(?:到|在|至)|连接"), "接"),
    (re.compile(r"[和跟及]|以及"), "与"),
    (re.compile(r"(?:\b(?:resistor|capacitor)s?|电阻|电容|运放|运算放大器|二极管)\s*(?=[A-Z]\d)", re.IGNORECASE), ""),
    (re.compile(r"\bresistance value\b", re.IGNORECASE), "value"),
)
"""What says the same in another way."""
_SIDE = re.compile(
    r"不|没有|未|错误|同相|反相|输入|输出|串联|并联|最[大小高低]|高通|低通|带通|上限|下限|电压|电流|电阻|电容|电感|二极管|三极管|阻值|容值|功率|增益"
    r"|接?地|元件|运放|节点|集电极|发射极|基极|栅极|漏极|源极|正向|反向|正极|负极|增大|减小|升高|降低|串|并"
    r"|\b(?:not?|isn't|incorrect|false|absent|missing|except|non|inverting|input|output|series|parallel|maximum|minimum|"
    r"largest|smallest|upper|lower|high|low|voltage|current|power|gain|resistors?|capacitors?|inductors?|diodes?|"
    r"ground|op-?amps?|components?|collector|emitter|base|gate|drain|source|positive|negative|increases?d?|decreases?d?)\b",
    re.IGNORECASE,
)
"""Words that turn a question into another one."""


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


def same_question(one: str, two: str) -> bool:
    """Whether two texts ask the same, whatever their options and answers."""
    return _same_words(_Words(one), _Words(two))


class _Words:
    """What of a question's text is compared."""

    def __init__(self, question: str) -> None:
        text = _in_one_word(plain(question))
        self.tokens = frozenset(m[0].upper() for m in _TOKEN.finditer(text))
        self.sides = frozenset(m[0].lower() for m in _SIDE.finditer(text))
        self.grams = bigrams(squeezed(text))


class _Question(_Words):
    """A question with its options and its answer."""

    def __init__(self, item: Item) -> None:
        super().__init__(item.question)
        self.id = item.id
        self.options = frozenset(squeeze(plain(o)) for o in item.options or ())
        self.answer = squeeze(plain(answer_words(item)))


def answer_words(item: Item) -> str:
    """The answer in words: the right option's text where there are options."""
    return item.options[LETTERS.index(item.answer_text)] if item.options else item.answer_text


def squeezed(text: str) -> str:
    """A question without what is said in every question, blanks, spaces and punctuation."""
    return squeeze(_FILLER.sub("", BLANK.sub("", _in_one_word(plain(text)))))


def _in_one_word(text: str) -> str:
    for pattern, word in _ONE_WORD:
        text = pattern.sub(word, text)
    return text


def bigrams(text: str) -> frozenset[str]:
    """Every two characters in a row, the ends marked."""
    padded = f"^{text}$"
    return frozenset(padded[i : i + 2] for i in range(len(padded) - 1))


def similarity(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard: shared of all."""
    return len(a & b) / max(1, len(a | b))


def _same_words(a: _Words, b: _Words) -> bool:
    return a.tokens == b.tokens and a.sides == b.sides and similarity(a.grams, b.grams) >= THRESHOLD


def _same(a: _Question, b: _Question) -> bool:
    if not _same_words(a, b):
        return False
    if a.answer != b.answer and similarity(a.grams, b.grams) < WITH_OTHER_ANSWER:
        return False
    # `Which statement is right?` is asked of many things: the options say of what
    return not a.options or a.answer == b.answer or _shared(a.options, b.options) >= 0.5


def _shared(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / max(1, len(one | two))
