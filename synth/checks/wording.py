"""Rules on the question's words: blanks, an answer printed in it, what a reader cannot see, its language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.blanks import BLANK, blanks_of
from qa.item import LETTERS, Item
from qa.names import squeeze, words
from qa.quantity import find, parse_whole
from qa.reply import plain
from qa.text import DESIGNATOR
from qa.units import NONE
from synth.checks.findings import Finding, fail, unsure

_ASKS = re.compile(
    r"[?]\s*(?:\([^()]{0,40}\))?\s*$|(?:多少|哪|什么|几个|是否|吗|如何|why|what|which|how)", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"图注|图题|(?:图的|图片)(?:标题|说明文字)|(?:上|下|前|正|原)文|课文|文中|教材|上一?题|前一?[题问]|(?:数据|技术)手册|(?:标准|参考)答案"
    r"|\bcaptions?\b|\b(?:the|this|accompanying|surrounding)\s+(?:text|passage|article|paper|book|chapter|description)\b"
    r"|\b(?:previous|earlier|preceding)\s+(?:question|figure|page|section)|\bdata\s?sheet\b|\bas\s+(?:mentioned|described|"
    r"stated|discussed)\s+(?:above|below|before|earlier|in)\b|\banswer key\b",
    re.IGNORECASE,
)
_LEAK = re.compile(r"(?:正确)?答案\s*[:是为]|\b(?:correct )?answer\s*(?:is|:)", re.IGNORECASE)
_EMBEDDED = re.compile(
    r"(?<![A-Za-z0-9_])A\s?[.、:)].{1,80}?(?<![A-Za-z0-9_])B\s?[.、:)].{1,80}?(?<![A-Za-z0-9_])C\s?[.、:)]", re.S
)
_CHOICE_OF = re.compile(
    r"还是|或者?|哪|之一|是否|从.{1,200}中|选填|\bor\b|\b(?:one|any) of\b|\bamong\b|\bwhich\b|\bwhether\b|/",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"[\"'“”‘’「」『』《》【】\[\](){}]+[^\"'“”‘’「」『』《》【】\[\](){}]{0,40}[\"'“”‘’「」『』《》【】\[\](){}]+"
)
_PARTS = re.compile(r"[;、\n]|,(?!\d{3})|和|与|\band\b")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z]{3,}")
"""Lower case only: `VCC`, `R1` and `GND` are printed in Chinese pictures too."""
LONG_ZH, LONG_EN = 4, 10
"""An answer of so many characters that stands in its question is no accident."""


def wording_rules(item: Item) -> Iterator[Finding]:
    """Faults of the wording of one Item."""
    question = plain(item.question)
    yield from _blank_rules(item, question)
    yield from _printed_answer(item, question)
    yield from _unseen_rules(item, question)
    yield from _language_rules(item)


def _blank_rules(item: Item, question: str) -> Iterator[Finding]:
    blanks = len(BLANK.findall(question))
    if item.form == "mcq":
        return
    if item.form != "fill":
        return
    if _EMBEDDED.search(question):
        yield fail("a fill-in question with options in its text")
    if not blanks:
        yield (
            unsure("no blank to fill in") if _ASKS.search(question) else fail("no blank to fill in, and nothing asked")
        )
        return
    try:
        wanted = len(blanks_of(item.question, item.answer, item.accept))
    except ValueError:
        return  # said by the rule on the answer
    if blanks != wanted and not (wanted == 1 and _fills_all(item, blanks)):
        yield fail(f"{blanks} blanks and {wanted} answers")


def _fills_all(item: Item, blanks: int) -> bool:
    """`3;5` for two blanks in one text."""
    return len([p for p in _PARTS.split(plain(item.answer_text)) if p.strip()]) == blanks


def _printed_answer(item: Item, question: str) -> Iterator[Finding]:
    if item.form not in ("mcq", "fill"):
        return
    if _LEAK.search(question):
        yield fail("the question says what the answer is")
        return
    if item.form == "mcq":
        options = [plain(o) for o in item.options or ()]
        at = LETTERS.index(item.answer_text)
        others = [o for i, o in enumerate(options) if i != at]
        if len(options) > at and not any(_stands_in(o, question) for o in others):
            yield from _printed(options[at], question)
        return
    parts = (item.answer,) if isinstance(item.answer, str) else tuple(item.answer)
    if isinstance(item.answer, str):
        for part in parts:
            yield from _printed(plain(part), question)


def _printed(answer: str, question: str) -> Iterator[Finding]:
    """A given value, a part that is compared with another, a count: these stand in questions by right."""
    if _CHOICE_OF.search(question) or not _stands_in(answer, question):
        return
    quantity = parse_whole(answer)
    if quantity is not None:
        if quantity.unit is not None:
            yield unsure(f"the answer {answer} is printed in the question")
        return
    if DESIGNATOR.fullmatch(answer) and len(set(DESIGNATOR.findall(question))) > 1:
        return
    if len(_CJK.findall(answer)) >= LONG_ZH or len(answer) >= LONG_EN:
        yield fail(f"the answer {answer!r} is printed in the question")
    elif len(squeeze(answer)) > 1:
        yield unsure(f"the answer {answer!r} is printed in the question")


def _stands_in(answer: str, question: str) -> bool:
    quantity = parse_whole(answer)
    if quantity is not None:
        dim, value = (quantity.unit or NONE).dim, quantity.value(NONE)
        return any((q.unit or NONE).dim == dim and q.value(NONE) == value for q in find(question))
    wanted, line = words(answer), words(question)
    if not squeeze(answer) or squeeze(answer) in ("是", "否", "yes", "no", "有", "无"):
        return False
    start = line.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        before, after = line[max(0, start - 1) : start], line[end : end + 1]
        if not (wanted[0].isascii() and before.isascii() and (before.isalnum() or before == "_")) and not (
            wanted[-1].isascii() and after.isascii() and (after.isalnum() or after == "_")
        ):
            return True
        start = line.find(wanted, start + 1)
    return False


def _unseen_rules(item: Item, question: str) -> Iterator[Finding]:
    for text in (question, *(plain(o) for o in item.options or ())):
        m = _UNSEEN.search(text)
        if m:
            yield fail(f"speaks of what the reader cannot see: {m[0]!r}")
            break
    m = _UNSEEN.search(plain(item.explanation))
    if m:
        yield unsure(f"the explanation speaks of what the reader cannot see: {m[0]!r}")


def _language_rules(item: Item) -> Iterator[Finding]:
    if is_other_language(item.question, item.lang):
        yield fail(f"the question is not in the language it says ({item.lang})")
    elif item.explanation and is_other_language(item.explanation, item.lang, short=True):
        yield unsure(f"the explanation is not in the language of the question ({item.lang})")
    elif item.options and is_other_language(" ; ".join(item.options), item.lang, short=True):
        yield unsure(f"the options are not in the language of the question ({item.lang})")


def is_other_language(text: str, lang: str, short: bool = False) -> bool:
    """Whether a text is plainly not in this language. Labels and quoted words of the other one are fine.

    `short`: options and workings, which may hold labels and formulas and no word at all.
    """
    text = plain(text)
    bare = _QUOTED.sub(" ", text)
    cjk, latin = len(_CJK.findall(bare)), len(_LATIN.findall(bare))
    if lang == "en":
        return cjk > 0 and cjk >= 2 * latin
    if not _CJK.search(text):
        return latin >= (4 if short else 1)
    return not short and latin > 2 * cjk
