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
7. no letter is, and what the reply says fits one option: its quantity, the clause that names it, its own words.

Where the letter and the text beside it disagree (`答案:B. 10kΩ`, and 10kΩ is option C) the letter counts, as it is
the letter that is asked for. `A` as an English article, `VCC`, `AC`, `C1`, `2 A`, `node B` are no letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.item import LETTERS
from qa.option_texts import OptionTable, by_clause, by_meaning, by_quantity, by_text, option_table
from qa.option_words import by_difference, by_words
from qa.picking import first_sentence
from qa.reply import MARKER, REFUSAL, after_marker
from qa.restated import affirmed, parts_by_label, without_parts


@dataclass(frozen=True, slots=True)
class Choice:
    """The letter chosen, or None with the reason why none could be read."""

    letter: str | None
    why: str


# A letter is one of A-H, so that an E among four options is noticed, and stands alone.
_ONE = r"[A-Ha-h](?![A-Za-z0-9_'=]|\s?=|-[A-Za-z])"
_ALSO = r"\s*,?\s*[也还]可(?:以|能)(?:是|为|选)\s*"
_AND = rf"(?:{_ALSO}|\s*(?:和|与|或者?|及|以及|、|,|/|&|\+|\band\b|\bor\b)\s*)(?:选项?|\boption\b)?\s*\(?"
_OPEN = r"[\s:(\[\"'「【<是为就]{0,12}"
_GROUP = rf"(?P<{{0}}>{_ONE}(?:\)?{_AND}{_ONE}){{{{0,6}}}})"
_GLUED = r"(?P<glued>[A-D]{2,4}(?![A-Za-z0-9_]))"


def _group(name: str) -> str:
    return _GROUP.format(name)


_VERB = r"(?![是为对])[\u4e00-\u9fff]"
"""After `选项A`: what is said of an option (`选项A忽略了…`), not a choice."""
_LEAD = r"(?:选项?|\b(?:option|choice|letter|选项)\b)?"
_SAID = re.compile(
    rf"(?:{MARKER.pattern}|\b(?:correct|right|best)\s+(?:option|choice|letter)\s*(?:is|:)\s*){_OPEN}{_LEAD}{_OPEN}(?:{_group('marked')}|{_GLUED})"
    rf"|(?<![不别没未非可挑单多候备])(?:故选|应选|选择|选)(?!项?\s*\(?[A-Ha-h]\)?\s*{_VERB})(?:项)?(?:了|的是|答案)?{_OPEN}{_group('chosen')}"
    rf"|(?:猜(?:测|想)?|倾向于?|认为|觉得|感觉|估计)(?:应该|可能|答案|大概)?(?:选择?|是|为)?{_OPEN}{_group('guess')}(?=\s*(?:[\s。.,;!)吧]|选项|项|$))"
    rf"|\bi\s+(?:think|believe|guess|suspect|say)\s+(?:that\s+)?(?:it\s+is|it's|it\s+should\s+be)?\s*(?:option|choice)?{_OPEN}{_group('belief')}(?=\s*(?:[.,;!)\n]|$))"
    rf"|(?:而是|应该?是|应为|所以|因此|故|则)\s*(?:选项?)?{_OPEN}{_group('rather')}(?=\s*(?:[\s。.,;!)]|选项|项|$))"
    rf"|\b(?:i\s+)?(?:choose|chose|select|pick|go\s+with|going\s+with)\b\s*(?:option|choice|answer)?{_OPEN}{_group('picked')}"
    rf"|(?:得到?|只剩下?|剩下|\bleav(?:es|ing)(?:\s+only)?|\bleft\s+with)\s*(?:选项|option)?{_OPEN}{_group('left')}(?=\s*(?:[\s。.,;!)]|选项|项|$))"
    rf"|\b(?:but|so|therefore|thus|hence)\b\s*,?\s*(?:it\s+is|it's|is)?\s*(?:option|choice)?{_OPEN}{_group('thus')}(?=\s*(?:[.,;!)\n]|$))"
    rf"|\banswer\s+(?:option\s+)?\(?{_group('bare')}(?=\s*[.)]{{0,2}}\s*$)"
    rf"|(?<=[.。!?])\s{{0,4}}\(?{_group('closing')}\)?\s{{0,4}}[.。]?$"
    rf"|(?:是|为|\b(?:is|are)\b|\b(?:option|choice|letter|选项)\b|:|→|⇒)\s*(?:选项|option|choice)?{_OPEN}{_group('end')}\)?\s*[.。!]?$"
    rf"|(?<![A-Za-z0-9_])(?P<right>{_ONE}(?:{_AND}{_ONE}){{0,6}})\)?\s*(?:选项|项)?(?:\s*[^\s,;。不错都均A-Ha-h]{{1,8}}?)?\s*(?:都|均|才|就)?(?:是|为)?\s*(?:最)?"
    r"(?:正确|对的|合适|符合(?:题意)?)"
    r"|(?<![A-Za-z0-9_])(?:option|choice)?\s*\(?(?P<isright>[A-H])\)?\s+(?:is|are|must\s+be|would\s+be|seems?)\s+"
    r"(?:the\s+)?(?:most\s+)?(?:correct|right|best|true|appropriate|accurate|answer)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"{_OPEN}{_LEAD}{_OPEN}(?:{_group('first')})"
    r"(?P<after>\s*(?:[).\]】:。;!]|[、,](?!\s*[A-H](?![A-Za-z0-9]))|选项|项|$)|\s*[-—]{1,2}\s|\s+(?=\S))",
    re.IGNORECASE,
)
_LETTER_LINE = re.compile(
    rf"\W*(?:选项?|option|choice)?\W*(?P<line>{_ONE}(?:\)?{_AND}{_ONE}){{0,6}})\W*(?:项|选项)?\W*", re.IGNORECASE
)
_MENTION = re.compile(r"(?<![A-Za-z0-9_\\.'])([A-H])(?![A-Za-z0-9_'^]|\s?[=≈]|-[A-Za-z])")
_NOT_BEFORE = re.compile(
    r"(?:不是|不选|并非|非|排除|不能选|不应选|\b(?:not|neither|nor|isn't|exclude|eliminate|rule\s+out|except|than)\b)\s*(?:选项?|option|choice)?\s*\(?$",
    re.IGNORECASE,
)
_WRONG_AFTER = re.compile(
    r"\)?\s*(?:选项|项)?\s*(?:都|均)?(?:是|为)?(?:错|不对|不正确|不符|不选|排除|不成立)"
    r"|\)?\s+(?:and\s+[A-H]\s+)?(?:is|are|was|were|seems?)\s+(?:both\s+|clearly\s+|also\s+)?(?:wrong|incorrect|false|not|excluded|eliminated|out)\b"
    r"|\)?\s+(?:isn't|aren't|cannot|can't|does\s+not|doesn't)",
    re.IGNORECASE,
)
_LIST = r"[A-H](?:\s?(?:[、,/和与及]|and\b|or\b)\s?[A-H]){0,6}(?![A-Za-z0-9])"
_DENIED_LIST = re.compile(
    rf"(?:排除(?:了|掉)?|不选|\b(?:rule\s+out|eliminate|exclude))\s*(?:选项|options?)?\s*{_LIST}"
    rf"|(?<![A-Za-z0-9])(?:options?\s+)?{_LIST}\s*(?:选项|[两三]?项)?(?:都|均)?(?:不对|不正确|不符|错|偏|排除|可以排除"
    r"|\s*(?:is|are|can\s+be)\s+(?:all\s+|both\s+)?(?:wrong|incorrect|ruled\s+out|excluded|eliminated|too\s+\w+))",
)
_WRONG_LATER = re.compile(r"(?:选项|项)[^,;。.\n]{1,12}(?:不正确|错误|不对|不符)")
_NAME_BEFORE = re.compile(
    r"(?:\d\s?|节点|端|点|输入|输出|变量|相|类|级|引脚|接口|电容|电阻|电感|二极管|管|电源|支路|开关|信号|灯|\b(?:capacitor|resistor|inductor|diode|transistor|switch|branch|node|point|terminal|nodes|points|input|output|pin|net|class|"
    r"type|phase|port|signal|variable|label(?:l?ed)?|between|gate|from|to)\s*|->|→)$",
    re.IGNORECASE,
)
_NAME_AFTER = re.compile(r"\s?(?:点|端|极|脚|相|类|触发器|语言|/D\b|→|->|[·⊕+'])")
_CONNECTIVE = re.compile(
    r"\s+(?:because|since|as|is|for|and|or|with|due|which|so|where|given|based|according|by|from|but|not|that|it|its|"
    r"the|option|if|when|therefore|thus|in|has|shows?|matches|are|was)\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"不对|错|而是|应该?[是为]|更正|修正|重新|改|所以|因此|故|\b(?:actually|wait|correction|sorry|but|so|therefore|thus|hence|"
    r"no|rather|instead|wrong|not)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|when|assuming|provided)\b|如果|若|假如|要是|的话", re.IGNORECASE)
_FORMULA_BEFORE = re.compile(r"[π=×·^]\s?(?:[A-Z]\s)?$|(?<![A-Za-z0-9_])[I-Z]\s?(?:,|、|和|与|\band\b|\bor\b)\s?$")
_FORMULA_AFTER = re.compile(r"\s?[=≈×·^]|\s?(?:,|、|和|与|\band\b|\bor\b)\s?[I-Z](?![A-Za-z0-9_])")
"""`R and C`, `2 π R C`: names of quantities."""
_WORD_OR_NUMBER = re.compile(r"\s+[A-Za-z\d]")
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|last)\s+(?:option|choice|answer|one(?=\W*$))\b"
    r"|(第[一二三四]|最后一)(?:个?(?:选项|答案)|[个项](?=\W*$))",
    re.IGNORECASE,
)
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "第一": 0, "第二": 1, "第三": 2, "第四": 3}
_LABELS = re.compile(r"(?<![A-Za-z0-9_])([A-D])\s?[.、:)]")
_SHORT = re.compile(r"(?:(?:答案|answer)\s?[:是]\s?)?\(?([A-H])\)?[。.]?", re.IGNORECASE)
_LETTER_NAMES = frozenset("ABCDabcd")
_ALONE = re.compile(r"[A-Ha-h](?![A-Za-z0-9_])")


def read_choice(text: str, options: Sequence[str], question: str = "") -> Choice:
    """The option a cleaned reply chooses. `options` in order; without texts give empty strings."""
    if not text:
        return Choice(None, "the reply is empty")
    count = len(options)
    short = _SHORT.fullmatch(text) if len(text) < 16 else None
    if short:  # what a fine-tuned model says nearly always
        return _decide(text, [(0, len(text), short[1].upper())], count)
    table = option_table(tuple(options))
    if len(text) > 1:
        whole = by_text(text, table, exact=True)
        if whole:
            return Choice(whole, f"the text of option {whole}")
    said = _said(text, count, table)
    if said is not None:
        return said
    marked = after_marker(text)
    if marked is not None or len(text) <= 200:
        part = (marked if marked is not None else without_parts(text).strip()).split("\n", 1)[0]
        found = by_text(part, table, exact=True) or (
            None if REFUSAL.search(part) else by_quantity(part, table) or by_text(part, table, exact=False)
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
            by_quantity(rest, table)
            or by_clause(rest, table, question)
            or by_words(rest, table)
            or by_difference(rest, table)
        )
    if len(mentioned) == 1 and not (found and _only_as_a_name(text, min(mentioned))):
        letter = mentioned.pop()
        return Choice(letter, f"the only letter named is {letter}")
    if len(mentioned) > 1:
        return Choice(None, f"several letters are named: {', '.join(sorted(mentioned))}")
    if found:
        return Choice(found, f"what option {found} says")
    return Choice(None, "no letter and no option's text found")


# -- letters ------------------------------------------------------------------------------------------
def _said(text: str, count: int, table: OptionTable) -> Choice | None:
    """A choice from letters said to be the answer; None if there are none."""
    lines = [line for line in text.split("\n") if line.strip()]
    bare = [line.strip(" .。()") for line in lines]
    if len(set(bare)) > 1 and all(x in _LETTER_NAMES for x in bare):  # letters and nothing else: no choice
        return _decide(text, [(0, 0, "".join(bare).upper())], count)
    parts = parts_by_label(text)
    for number in range(len(lines) - 1, -1, -1):
        line = _shortened(lines[number].strip())
        if parts and any(p.strip() and p in lines[number] for p in parts.values()):
            break  # the options are gone through; what comes after them has been looked at
        groups = _groups_of(line, first=number == 0, last=number == len(lines) - 1, table=table)
        if groups:
            return _decide(line, groups, count)
    if parts:
        letter = affirmed(parts, tuple(t for _, _, t in table))
        if letter:
            return _decide(text, [(0, 0, letter)], count)
        for line in lines:
            groups = _groups_of(_shortened(line.strip()), first=False, last=False, table=table)
            if groups:
                return _decide(line, groups, count)
    return None


def _ordinal(text: str, count: int) -> Choice | None:
    """`the third option`, `最后一个选项`: the last one said."""
    found = list(_ORDINAL.finditer(text))
    if not found or _NOT_BEFORE.search(text[max(0, found[-1].start() - 16) : found[-1].start()]):
        return None
    word = (found[-1][1] or found[-1][2]).casefold()
    place = count - 1 if word in ("last", "最后一") else _PLACES[word]
    return Choice(LETTERS[place], f"option number {place + 1}") if place < count else None


def _unfinished(text: str) -> bool:
    """A long reply that stops in the middle of a sentence was cut off before its answer."""
    return text[-1].isalnum() and not re.search(r"[=≈]", text[text.rfind("\n") + 1 :])


def _shortened(line: str) -> str:
    """Both ends of a very long line: a choice stands at an end, and patterns should not see 16,000 characters."""
    return line if len(line) <= 1_200 else f"{line[:400]} … {line[-800:]}"


def _groups_of(line: str, first: bool, last: bool, table: OptionTable) -> list[tuple[int, int, str]]:
    """(start, end, letters) of each claim in a line, in order."""
    if last or first:
        m = _LETTER_LINE.fullmatch(line) if len(line) <= 60 else None
        if m:
            return [(m.start("line"), m.end("line"), _letters(m["line"]))]
    found = []
    for m in _SAID.finditer(line):
        kind = m.lastgroup
        if kind is None:
            continue
        start, end = m.span(kind)
        if kind == "glued":
            found.append((start, end, m[kind]))
        elif not _is_article(line, start, end, table) and not _denied(line, m.start(), start, end):
            found.append((start, end, _letters(m[kind])))
    if not found and (first or last) and len(set(_LABELS.findall(line))) < 3:
        m = _OPENING.match(line)
        if m and not _is_article(line, *m.span("first"), table) and not _denied(line, 0, *m.span("first")):
            bare = m["after"].isspace()
            name = _NAME_AFTER.match(line, m.end("first"))
            lower = m["first"].islower() and line[m.end("first") : m.end("first") + 1] not in tuple(").]:、")
            if not name and (not bare or _opens_with_choice(line, m, table)) and not (lower and bare):
                return [(*m.span("first"), _letters(m["first"]))]
    return found


def _opens_with_choice(line: str, m: re.Match[str], table: OptionTable) -> bool:
    """`B because …`, `B 10kΩ` open with a choice; `A diode …`, `C and R form …` do not."""
    rest = line[m.end("first") :]
    return bool(re.match(r"\s+(?:because|since|as|is\s+(?:correct|right)|因为|由于)", rest, re.IGNORECASE)) or (
        by_text(rest.strip(), table, exact=True) is not None
    )


def _decide(line: str, groups: list[tuple[int, int, str]], count: int) -> Choice:
    letters = groups[-1][2]
    if len(set(letters)) == 1:
        for (_, end, one), (start, _, two) in pairwise(groups):
            between = line[end - 1 : start + 1]
            if set(one) != set(two) and (not _CORRECTION.search(between) or _CONDITION.search(between)):
                letters = one + two  # `if loaded the answer is D; if not, the answer is C`
    if len(set(letters)) > 1:
        return Choice(None, f"two letters: {', '.join(sorted(set(letters)))}")
    letter = letters[0]
    if LETTERS.find(letter) not in range(count):
        return Choice(None, f"{letter} is not among the {count} options")
    return Choice(letter, f"read as {letter}")


def _letters(group: str) -> str:
    return "".join(m[0].upper() for m in _ALONE.finditer(group))


def _is_article(line: str, start: int, end: int, table: OptionTable) -> bool:
    """`a resistor`, `A 10 kΩ one`: the English article, not option A; `D触发器`: a name."""
    if end - start != 1 or end >= len(line):
        return False
    whole = by_text(first_sentence(line[start:]), table, exact=True)
    if whole is not None and len(table[LETTERS.index(whole)][1]) > 1 and not line[end].isspace():
        return True  # `答案:D触发器`, where that is an option's text
    if line[start] not in "aA" or not line[end].isspace():
        return False
    rest = line[end:]
    if _CONNECTIVE.match(rest) or not _WORD_OR_NUMBER.match(rest):
        return False
    return by_text(rest.strip(), table, exact=True) != "A" or line[start] == "a"


def _denied(line: str, said: int, start: int, end: int) -> bool:
    if _NOT_BEFORE.search(line[max(0, said - 16) : said]) or _NOT_BEFORE.search(line[max(0, start - 16) : start]):
        return True
    return _WRONG_AFTER.match(line, end) is not None or _WRONG_LATER.match(line, end) is not None


def _only_as_a_name(text: str, letter: str) -> bool:
    """Whether a letter is never said as an option: `the voltage across C`."""
    return (
        re.search(rf"(?:选项?|\b(?:option|choice|answer)\b)\s*\(?{letter}|[(\[]{letter}[)\]]", text, re.IGNORECASE)
        is None
    )


def _is_mention(text: str, m: re.Match[str]) -> bool:
    start, end = m.span()
    before = text[max(0, start - 16) : start]
    if _NAME_BEFORE.search(before) or _NAME_AFTER.match(text, end) or _WRONG_AFTER.match(text, end):
        return False
    if _NOT_BEFORE.search(before) or _FORMULA_BEFORE.search(before) or _FORMULA_AFTER.match(text, end):
        return False
    # "A resistor": an article, whatever the options say
    return not (m[1] == "A" and re.match(r"\s+[A-Za-z]", text[end:]) and not _CONNECTIVE.match(text, end))
