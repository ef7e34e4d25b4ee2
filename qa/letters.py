"""Which option a reply chooses.

A model writes its choice in many ways (`答案:B。因为VCC和GND`, `选B`, `(B) 10 kΩ`, `The answer is B because VCC is
5V`, or just the option's text). In order, the first that gives a choice counts:

1. the whole reply is the text of exactly one option;
2. letters said to be the answer (`答案`, `选`, `answer is`, `B is correct`, a `\\boxed`, a last line that is a letter,
   a reply that opens with `B.`): the last line that has any decides. Two different ones there are no choice, unless
   a correction (`不对`, `而是`, `actually`, `so`) stands between them; then the last;
3. where the reply goes through the options one by one: the one it affirms (`qa.restated`);
4. the text after the last answer marker, or the whole short reply, holds the text of exactly one option;
5. a place is named: `the third option`, `最后一个选项`;
6. exactly one option letter is mentioned at all;
7. no letter is, and what the reply says fits one option: its quantity, the clause that names it, its own words;
8. every other option is said to be wrong.

Where the letter and the text beside it disagree (`答案:B. 10kΩ`, and 10kΩ is option C) the letter counts, as it is
the letter that is asked for. `A` as an English article, `VCC`, `AC`, `C1`, `2 A`, `node B` are no letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.claims import ALONE, CONNECTIVE, NAME_AFTER, NOT_BEFORE, WRONG_AFTER, Choice, decide, said_letters
from qa.item import LETTERS
from qa.listed import listed
from qa.option_texts import by_clause, by_meaning, by_quantity, by_text, option_table
from qa.option_words import by_difference, by_words
from qa.reply import REFUSAL, after_marker
from qa.restated import without_parts

_MENTION = re.compile(r"(?<![A-Za-z0-9_\\.'])([A-H])(?![A-Za-z0-9_'^]|\s?[=≈]|-[A-Za-z])")
_LIST = r"[A-H](?:\s?(?:[、,/和与及]|,?\s?and\b|or\b)\s?[A-H]){0,6}(?![A-Za-z0-9])"
_DENIED_LIST = re.compile(
    rf"(?:排除(?:了|掉)?|不选|\b(?:rule\s+out|eliminate|exclude))\s*(?:选项|options?)?\s*{_LIST}"
    rf"|(?<![A-Za-z0-9])(?:options?\s+)?{_LIST}\s*(?:选项|[两三]?项)?(?:都|均)?(?:不对|不正确|不符|错|偏|排除|可以排除"
    r"|\s*(?:is|are|can\s+be)\s+(?:all\s+|both\s+)?(?:wrong|incorrect|ruled\s+out|excluded|eliminated|too\s+\w+))",
)
_NAME_BEFORE = re.compile(
    r"(?:\d\s?|节点|端|点|输入|输出|变量|相|类|级|引脚|接口|电容|电阻|电感|二极管|管|电源|支路|开关|信号|灯|\b(?:capacitor|resistor|inductor|diode|transistor|switch|branch|node|point|terminal|nodes|points|input|output|pin|net|class|"
    r"type|phase|port|signal|variable|label(?:l?ed)?|between|gate|from|to)\s*|->|→)$",
    re.IGNORECASE,
)
_FORMULA_BEFORE = re.compile(r"[π=×·^]\s?(?:[A-Z]\s)?$|(?<![A-Za-z0-9_])[I-Z]\s?(?:,|、|和|与|\band\b|\bor\b)\s?$")
_FORMULA_AFTER = re.compile(r"\s?[=≈×·^]|\s?(?:,|、|和|与|\band\b|\bor\b)\s?[I-Z](?![A-Za-z0-9_])")
"""`R and C`, `2 π R C`: names of quantities."""
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|last)\s+(?:option|choice|answer|one(?=\W*$))\b"
    r"|(第[一二三四]|最后一)(?:个?(?:选项|答案)|[个项](?=\W*$))",
    re.IGNORECASE,
)
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "第一": 0, "第二": 1, "第三": 2, "第四": 3}
_SHORT = re.compile(r"(?:(?:答案|answer)\s?[:是]\s?)?[('\"\[]?([A-H])[)'\"\]]?[。.]?", re.IGNORECASE)


def read_choice(text: str, options: Sequence[str], question: str = "") -> Choice:
    """The option a cleaned reply chooses. `options` in order; without texts give empty strings."""
    if not text:
        return Choice(None, "the reply is empty")
    count = len(options)
    short = _SHORT.fullmatch(text) if len(text) < 16 else None
    if short:  # what a fine-tuned model says nearly always
        return decide(text, [(0, len(text), short[1].upper())], count)
    table = option_table(tuple(options))
    if len(text) > 1:
        whole = by_text(text, table, exact=True)
        if whole:
            return Choice(whole, f"the text of option {whole}")
        several = {by_text(item, table, exact=True) for item in listed(text)}
        if len(several) > 1 and None not in several:
            return Choice(None, f"several options are named: {', '.join(sorted(filter(None, several)))}")
    said = said_letters(text, count, table)
    if said is not None:
        return said
    marked = after_marker(text)
    if marked is not None or len(text) <= 200:
        part = (marked if marked is not None else without_parts(text).strip()).split("\n", 1)[0]
        found = by_text(part, table, exact=True) or (
            None if REFUSAL.search(part) else by_quantity(part, table, question) or by_text(part, table, exact=False)
        )
        found = found or by_meaning(part, tuple(options))
        if found:
            return Choice(found, f"the text of option {found}")
    ordinal = _ordinal(text, count)
    if ordinal is not None:
        return ordinal
    if REFUSAL.search(text):
        return Choice(None, "the reply refuses")
    named = _DENIED_LIST.sub(lambda m: " " * len(m[0]), text)
    mentioned = {m[1] for m in _MENTION.finditer(named) if _is_mention(named, m)}
    mentioned = {x for x in mentioned if LETTERS.find(x) in range(count)}
    rest = without_parts(text)
    cut = len(text) > 200 and _unfinished(text)
    found = None
    if not cut:
        found = (
            by_quantity(rest, table, question)
            or by_clause(rest, table, question)
            or by_words(rest, table)
            or by_difference(rest, table)
            or by_meaning(rest, tuple(options))
        )
    if len(mentioned) == 1 and not (found and _only_as_a_name(text, min(mentioned))):
        letter = mentioned.pop()
        return Choice(letter, f"the only letter named is {letter}")
    denied = {x for m in _DENIED_LIST.finditer(text) for x in ALONE.findall(m[0]) if x.isupper()}
    left = set(LETTERS[:count]) - denied
    if not mentioned and len(left) == 1:
        return Choice(left.pop(), "every other option is denied")
    if len(mentioned) > 1:
        return Choice(None, f"several letters are named: {', '.join(sorted(mentioned))}")
    if found:
        return Choice(found, f"what option {found} says")
    return Choice(None, "no letter and no option's text found")


def _ordinal(text: str, count: int) -> Choice | None:
    """`the third option`, `最后一个选项`: the last one said."""
    found = list(_ORDINAL.finditer(text))
    if not found or NOT_BEFORE.search(text[max(0, found[-1].start() - 16) : found[-1].start()]):
        return None
    word = (found[-1][1] or found[-1][2]).casefold()
    place = count - 1 if word in ("last", "最后一") else _PLACES[word]
    return Choice(LETTERS[place], f"option number {place + 1}") if place < count else None


def _unfinished(text: str) -> bool:
    """A long reply that stops in the middle of a sentence was cut off before its answer."""
    return text[-1].isalnum() and not re.search(r"[=≈]", text[text.rfind("\n") + 1 :])


def _only_as_a_name(text: str, letter: str) -> bool:
    """Whether a letter is never said as an option: `the voltage across C`."""
    return (
        re.search(rf"(?:选项?|\b(?:option|choice|answer)\b)\s*\(?{letter}|[(\[]{letter}[)\]]", text, re.IGNORECASE)
        is None
    )


def _is_mention(text: str, m: re.Match[str]) -> bool:
    start, end = m.span()
    before = text[max(0, start - 16) : start]
    if _NAME_BEFORE.search(before) or NAME_AFTER.match(text, end) or WRONG_AFTER.match(text, end):
        return False
    if NOT_BEFORE.search(before) or _FORMULA_BEFORE.search(before) or _FORMULA_AFTER.match(text, end):
        return False
    # "A resistor": an article, whatever the options say
    return not (m[1] == "A" and re.match(r"\s+[A-Za-z]", text[end:]) and not CONNECTIVE.match(text, end))
