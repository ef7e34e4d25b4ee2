"""Letters said to be the answer: `答案:B`, `选B`, `B is correct`, a last line that is a letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from qa.item import LETTERS
from qa.listed import listed
from qa.option_texts import OptionTable, by_text
from qa.picking import first_sentence
from qa.reply import MARKER
from qa.restated import affirmed, parts_by_label


@dataclass(frozen=True, slots=True)
class Choice:
    """The letter chosen, or None with the reason why none could be read."""

    letter: str | None
    why: str


# A letter is one of A-H, so that an E among four options is noticed, and stands alone.
_ONE = r"[A-Ha-h](?![A-Za-z0-9_'=]|\s?=|-[A-Za-z])"
_ALSO = r"\s*,?\s*[也还]可(?:以|能)(?:是|为|选)\s*"
_MAYBE = r"(?:(?:possibly|maybe|perhaps|也许|可能)\s*)?"
_AND = (
    rf"(?:{_ALSO}|\s*(?:和|与|或者?|及|以及|、|,\s?(?:and|or)\b|,|/|&|\+|\band\b|\bor\b)\s*)"
    rf"{_MAYBE}(?:选项?|\boption\b)?\s*\(?"
)
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
    rf"|\b(?:but|so|therefore|thus|hence|(?:more|most)\s+likely)\b\s*,?\s*(?:it\s+is|it's|is)?\s*(?:option|choice)?{_OPEN}{_group('thus')}(?=\s*(?:[.,;!)\n]|$))"
    rf"|\banswer\s+(?:option\s+)?\(?{_group('bare')}(?=\s*[.)]{{0,2}}\s*$)"
    rf"|(?<=[.。!?])\s{{0,4}}\(?{_group('closing')}\)?\s{{0,4}}[.。]?$"
    rf"|(?:是|为|\b(?:is|are)\b|\b(?:option|choice|letter|选项)\b|:|→|⇒)\s*(?:选项|option|choice)?{_OPEN}{_group('end')}\)?\s*[.。!]?$"
    rf"|(?<![A-Za-z0-9_])(?P<right>{_ONE}(?:{_AND}{_ONE}){{0,6}})\)?\s*(?:选项|项)?(?:\s*[^\s,;。不错都均A-Ha-h]{{1,8}}?)?\s*(?:都|均|才|就)?(?:是|为)?\s*(?:最)?"
    r"(?:正确|对的|合适|符合(?:题意)?)"
    rf"|(?<![A-Za-z0-9_])(?:option|choice)?\s*\(?(?P<isright>{_ONE}(?:{_AND}{_ONE}){{0,6}})\)?\s+(?:is|are|must\s+be|would\s+be|seems?)\s+"
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
NOT_BEFORE = re.compile(
    r"(?:不是|不选|并非|非|排除|不能选|不应选|不(?:可能|会|能|应该?)[是为选]|\b(?:(?:cannot|can't|couldn't)\s+be|not|neither|nor|isn't|exclude|eliminate|rule\s+out|except|than)\b)\s*(?:选项?|option|choice)?\s*\(?$",
    re.IGNORECASE,
)
WRONG_AFTER = re.compile(
    r"\)?\s*(?:选项|项)?\s*(?:都|均)?(?:是|为)?(?:错|不对|不正确|不符|不选|排除|不成立)"
    r"|\)?\s+(?:and\s+[A-H]\s+)?(?:is|are|was|were|seems?)\s+(?:both\s+|clearly\s+|also\s+)?(?:wrong|incorrect|false|not|excluded|eliminated|out)\b"
    r"|\)?\s+(?:isn't|aren't|cannot|can't|does\s+not|doesn't)",
    re.IGNORECASE,
)
_WRONG_LATER = re.compile(r"(?:选项|项)[^,;。.\n]{1,12}(?:不正确|错误|不对|不符)")
NAME_AFTER = re.compile(r"\s?(?:点|端|极|脚|相|类|触发器|语言|/D\b|→|->|[·⊕+'])")
CONNECTIVE = re.compile(
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
_WORD_OR_NUMBER = re.compile(r"\s+[A-Za-z\d]")
_LABELS = re.compile(r"(?<![A-Za-z0-9_])([A-D])\s?[.、:)]")
_ALSO_POSSIBLE = re.compile(
    r"(?<![A-Za-z0-9_])([A-H])\)?\s*(?:选项|项)?\s*(?:也(?:有可能|可能|可以|行|对|正确|成立|符合)"
    r"|\b(?:is|are|may\s+be|might\s+be|could\s+be|would\s+be|seems?)\s+(?:also|equally|just\s+as)\b|\b(?:might|may|could)\s+also\b)"
)
_LETTER_NAMES = frozenset("ABCDabcd")
ALONE = re.compile(r"[A-Ha-h](?![A-Za-z0-9_])")


# -- letters ------------------------------------------------------------------------------------------
def said_letters(text: str, count: int, table: OptionTable) -> Choice | None:
    """A choice from letters said to be the answer; None if there are none."""
    lines = [line for line in text.split("\n") if line.strip()]
    bare = [item.strip(" .()") for item in listed(text)]
    if bare and all(x in _LETTER_NAMES for x in bare):  # letters and nothing else: no choice
        return decide(text, [(0, 0, "".join(bare).upper())], count)
    parts = parts_by_label(text)
    for number in range(len(lines) - 1, -1, -1):
        line = _shortened(lines[number].strip())
        if parts and any(p.strip() and p in lines[number] for p in parts.values()):
            break  # the options are gone through; what comes after them has been looked at
        groups = _groups_of(line, first=number == 0, last=number == len(lines) - 1, table=table)
        if groups:
            return decide(line, groups, count)
    if parts:
        letter = affirmed(parts, tuple(t for _, _, t in table))
        if letter:
            return decide(text, [(0, 0, letter)], count)
        for line in lines:
            groups = _groups_of(_shortened(line.strip()), first=False, last=False, table=table)
            if groups:
                return decide(line, groups, count)
    return None


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
        elif not _is_article(line, start, end, table):
            letters = _not_denied(line, m, kind)
            if letters:
                found.append((start, start + len(letters), _letters(letters)))
    if not found and (first or last) and len(set(_LABELS.findall(line))) < 3:
        m = _OPENING.match(line)
        if m and not _is_article(line, *m.span("first"), table) and not _denied(line, 0, *m.span("first")):
            bare = m["after"].isspace()
            name = NAME_AFTER.match(line, m.end("first"))
            lower = m["first"].islower() and line[m.end("first") : m.end("first") + 1] not in tuple(").]:、")
            if not name and (not bare or _opens_with_choice(line, m, table)) and not (lower and bare):
                return [(*m.span("first"), _letters(m["first"]))]
    return found


def _not_denied(line: str, m: re.Match[str], kind: str) -> str:
    """The letters of a claim, none if it is denied; `the answer is A, B is wrong` claims A."""
    letters = m[kind]
    if not _denied(line, m.start(), *m.span(kind)):
        return letters
    head, _, tail = letters.rpartition(",")
    return head if len(ALONE.findall(tail)) == 1 and kind not in ("right", "isright") else ""


def _opens_with_choice(line: str, m: re.Match[str], table: OptionTable) -> bool:
    """`B because …`, `B 10kΩ` open with a choice; `A diode …`, `C and R form …` do not."""
    rest = line[m.end("first") :]
    return bool(re.match(r"\s+(?:because|since|as|is\s+(?:correct|right)|因为|由于)", rest, re.IGNORECASE)) or (
        by_text(rest.strip(), table, exact=True) is not None
    )


def decide(line: str, groups: list[tuple[int, int, str]], count: int) -> Choice:
    letters = groups[-1][2]
    if len(set(letters)) == 1:
        for (_, end, one), (start, _, two) in pairwise(groups):
            between = line[end - 1 : start + 1]
            if set(one) != set(two) and (not _CORRECTION.search(between) or _CONDITION.search(between)):
                letters = one + two  # `if loaded the answer is D; if not, the answer is C`
    if len(set(letters)) > 1:
        return Choice(None, f"two letters: {', '.join(sorted(set(letters)))}")
    letter = letters[0]
    other = _ALSO_POSSIBLE.search(line, groups[-1][1])
    if other and other[1] != letter:
        return Choice(None, f"two letters: {letter}, {other[1]}")
    if LETTERS.find(letter) not in range(count):
        return Choice(None, f"{letter} is not among the {count} options")
    return Choice(letter, f"read as {letter}")


def _letters(group: str) -> str:
    return "".join(m[0].upper() for m in ALONE.finditer(group))


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
    if CONNECTIVE.match(rest) or not _WORD_OR_NUMBER.match(rest):
        return False
    return by_text(rest.strip(), table, exact=True) != "A" or line[start] == "a"


def _denied(line: str, said: int, start: int, end: int) -> bool:
    if NOT_BEFORE.search(line[max(0, said - 16) : said]) or NOT_BEFORE.search(line[max(0, start - 16) : start]):
        return True
    return WRONG_AFTER.match(line, end) is not None or _WRONG_LATER.match(line, end) is not None
