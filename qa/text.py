"""When a reply says the same as a text: names in two languages, designators, anything else as written.

A short sentence around the answer is fine (`它们是并联关系`, `The component is a resistor.`); a denial (`不是并联`,
`not in parallel`) is not, and a reply that names two things that contradict each other (`series or parallel`) has
no answer. With several sentences the one after an answer marker counts, else the last that names anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from qa.denial import denied
from qa.designators import DESIGNATOR as DESIGNATOR
from qa.designators import LIST_ONLY, refs_given, refs_in
from qa.listed import listed
from qa.names import Name, is_a, mentions, named, satisfies, squeeze, words
from qa.quantity import parse_whole
from qa.reply import REFUSAL, after_marker, plain
from qa.sentences import sentences_of


@dataclass(frozen=True, slots=True)
class Reading:
    """`right` None: nothing could be read."""

    right: bool | None
    read: str | None
    why: str


def read_text(question: str, wanted: tuple[str, ...], text: str) -> Reading:
    """What a cleaned reply says against any of the cleaned texts `wanted`, the answer as written first."""
    marked = after_marker(text)
    part = marked if marked is not None else text
    squeezed = squeeze(part)
    if not squeezed:
        return Reading(None, None, "the reply is empty")
    shown = _shown(part)
    sentences = sentences_of(part, marked is not None)
    alone = set[str]()
    if sentences and (marked is not None or len(sentences) == 1):
        alone.add(squeeze(sentences[0]))
        if "=" in sentences[0]:
            alone.add(squeeze(sentences[0].rpartition("=")[2]))
    for w in wanted:
        want = squeeze(w)
        if want == squeezed or want in alone:
            return Reading(True, shown, f"read as {shown}")
    items = listed(part)
    if items and not _HEDGE.search(part):
        sentences = [", ".join(items)]
    readings = [_against(question, w, sentences, items) for w in wanted]
    for r in readings:
        if r.right:
            return r
    if REFUSAL.search(part):
        return Reading(None, None, "the reply refuses")
    if _FILLER.match(part) or not any(c.isalnum() for c in part):
        return Reading(None, None, "the reply says nothing")
    return readings[0]


_FILLER = re.compile(
    r"(?:好的?|当然|明白了?|ok(?:ay)?|sure|certainly)\W*$"
    r"|(?:(?:okay|ok|sure|好的),?\s*)?(?:let me|let's|let us|让我们|我们来|我来|下面)[^。.\n]*\W*$",
    re.IGNORECASE,
)


def _shown(part: str) -> str:
    line = " ".join(part.split())
    return line if len(line) <= 60 else line[:59] + "…"


# -- one wanted text ------------------------------------------------------------------------------------------
_SPLIT = re.compile(r"\s*(?:[,;、/&+]|和|与|以及|及|\band\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Want:
    text: str
    refs: frozenset[str]
    names: tuple[Name, ...]
    several: tuple[Name, ...]


@lru_cache(maxsize=4_096)
def _want(text: str) -> _Want:
    refs = frozenset(r.upper() for r in DESIGNATOR.findall(text))
    if refs and not LIST_ONLY.fullmatch(DESIGNATOR.sub("", text)):
        refs = frozenset()
    names = named(text)
    parts = [named(p) for p in _SPLIT.split(text) if p]
    several = tuple(p[0] for p in parts) if len(parts) > 1 and all(parts) and not names else ()
    return _Want(text, refs, names, several)


def _against(question: str, text: str, sentences: list[str], items: tuple[str, ...] = ()) -> Reading:
    want = _want(text)
    if items and not want.refs:
        reading = _of_list(want, items)
        if reading is not None:
            return reading
    if want.refs:
        return _designators(question, want, sentences)
    if want.names:
        return _names(question, want, sentences)
    if want.several:
        return _several(want, sentences)
    return _as_written(want, sentences)


def _of_list(want: _Want, items: tuple[str, ...]) -> Reading | None:
    """What a bare list says against one text: nothing if that is one of its items; None: look at it as a sentence."""
    several = Reading(None, None, f"names several: {', '.join(items)}")
    if want.names:
        truth = {n.id for i in items for n in named(i) if n.category == "truth"}
        return several if want.names[0].category == "truth" and len(truth) > 1 else None
    parts = {squeeze(p) for p in _SPLIT.split(want.text) if p}
    said = {squeeze(i) for i in items if parse_whole(i) is None or squeeze(i) in parts}
    if said == parts:
        return Reading(True, ", ".join(items), f"read as {', '.join(items)}")
    return several if parts & said else None


def _designators(question: str, want: _Want, sentences: list[str]) -> Reading:
    """Sets of `R1`, `C2`, in any order; those the question names may be said again."""
    asked = {r.upper() for r in refs_in(plain(question))} - want.refs
    for sentence in sentences:
        said = refs_given(question, sentence, asked, len(want.refs) > 1)
        if not said:
            continue
        read = ", ".join(sorted(said))
        if said == want.refs:
            return Reading(True, read, f"read as {read}")
        if len(want.refs) == 1 and len(said) > 1 and _HEDGE.search(sentence):
            return Reading(None, None, f"names several: {read}")
        return Reading(False, read, f"read as {read}, wanted {', '.join(sorted(want.refs))}")
    if not sentences or sum(map(len, sentences)) > _LONG:
        return Reading(None, None, "no designator found")
    return Reading(False, _shown(sentences[0]), f"read as {_shown(sentences[0])}, wanted {want.text}")


_LONG = 30
"""Characters from which a reply that names nothing of the kind asked for is no answer, rather than another one."""


def _names(question: str, want: _Want, sentences: list[str]) -> Reading:
    """The answer is in the table of names: of its category the reply must name it, and nothing else."""
    category = want.names[0].category
    if category == "truth":
        return _truth(want, sentences)
    denial = ""
    for sentence in sentences:
        whole = [n for n in named(sentence) if n.category == category]
        if whole:
            return _compare(want, whole, _shown(sentence))
        line = words(sentence)
        said: list[Name] = []
        for start, end, names in mentions(line):
            here = [n for n in names if n.category == category]
            if here and denied(line, start, end):
                denial = line[start:end]
            else:
                said += here
        said = [n for n in said if not any(is_a(other, n.id) for other in said)]
        if len({n.id for n in said}) > 1:
            said = _of_the_asked(question, sentence, category) or said
        if said:
            return _compare(want, said, _shown(sentence))
    if denial:
        other = _other_of_two(question, category, denial)
        if other:
            return _compare(want, [other], f"not {denial}")
        return Reading(False, f"not {denial}", f"denies {denial}, wanted {want.text}")
    reading = _as_written(want, sentences)
    if reading.right is False and sum(map(len, sentences)) > 2 * _LONG:
        return Reading(None, None, f"names nothing of the kind of {want.text}")
    return reading


_CHAIN = re.compile(r"[,;]\s*|(?:之?后|并)?再(?=与|和|跟)|然后|\bthen\b")


def _of_the_asked(question: str, sentence: str, category: str) -> list[Name]:
    """`R1和R3并联后再与R2串联` asked of R1 and R3: what the one part that speaks of both says."""
    asked = {r.upper() for r in refs_in(plain(question))}
    if _HEDGE.search(sentence) or "既" in sentence:
        return []
    parts = [p for p in _CHAIN.split(sentence) if asked and {r.upper() for r in DESIGNATOR.findall(p)} == asked]
    if len(parts) != 1:
        return []
    line = words(parts[0])
    return [n for a, b, names in mentions(line) for n in names if n.category == category and not denied(line, a, b)]


_OPPOSITES = {"on": "截止", "off": "导通", "logic_high": "低电平", "logic_low": "高电平"}
"""What is not one of two is the other."""


def _other_of_two(question: str, category: str, denial: str) -> Name | None:
    """`不是串联` where the question lets choose between 串联 and 并联."""
    refused = {n.id for n in named(denial)} or {n.id for _, _, ns in mentions(denial) for n in ns}
    opposites = [_OPPOSITES[r] for r in refused if r in _OPPOSITES]
    if opposites:
        return named(opposites[0])[0]
    line = words(plain(question))
    choices = {n.id: n for _, _, names in mentions(line) for n in names if n.category == category}
    left = [n for i, n in choices.items() if i not in refused]
    return left[0] if len(choices) == 2 and len(left) == 1 else None


def _compare(want: _Want, said: Iterable[Name], shown: str) -> Reading:
    said = {n.id: n for n in said}.values()
    good = [any(satisfies(s, w) for w in want.names) for s in said]
    if all(good):
        return Reading(True, shown, f"read as {shown}")
    if any(good) or len(good) > 1:
        return Reading(None, None, f"names several: {', '.join(n.id for n in said)}")
    return Reading(False, shown, f"read as {shown}, wanted {want.text}")


_YES = re.compile(
    r"(?:是的?|对的?|正确|没错|yes|yeah|true|correct|right)(?=\s*[,.;:!。、]|\s*$|\s*(?:it|they|the|r\d)\b)"
)
_NO = re.compile(
    r"(?:否|不是的?|不对|不|错误?|没有|no|nope|false|incorrect|wrong)(?=\s*[,.;:!。、]|\s*$|\s*(?:it|they|the|r\d)\b)"
)


def _truth(want: _Want, sentences: list[str]) -> Reading:
    """Yes or no stands at the beginning, or is the whole sentence."""
    yes = want.names[0].id == "yes"
    for sentence in reversed(sentences):
        line = words(sentence)
        said_no, said_yes = _NO.match(line), _YES.match(line)
        whole = [n for n in named(sentence) if n.category == "truth"]
        if whole or said_no or said_yes:
            is_yes = whole[0].id == "yes" if whole else said_no is None
            shown = _shown(sentence)
            if is_yes == yes:
                return Reading(True, shown, f"read as {shown}")
            return Reading(False, shown, f"read as {shown}, wanted {want.text}")
    return Reading(None, None, "neither yes nor no found")


def _several(want: _Want, sentences: list[str]) -> Reading:
    """A list of names, in any order."""
    categories = {n.category for n in want.several}
    wanted = {n.id for n in want.several}
    for sentence in sentences:
        line = words(sentence)
        said = {
            n.id for a, b, names in mentions(line) for n in names if n.category in categories and not denied(line, a, b)
        }
        if said:
            shown = ", ".join(sorted(said))
            if said == wanted:
                return Reading(True, shown, f"read as {shown}")
            return Reading(False, shown, f"read as {shown}, wanted {want.text}")
    return _as_written(want, sentences)


_RELATED = re.compile(
    r"(?:^|[:=,]|是|为|到|至|叫|接|在|即|标有|\b(?:is|are|to|at|called|labelled|labeled|named|marked|with|as|by|node|net|the|an?))\s*['\"(]?$"
)
_REST = re.compile(r"['\")]?\s*(?:端|节点|点|极|网络|引脚|脚|处|上|相连|连接|node|net|pin|terminal|rail)?\s*[.,]?\s*$")
_HEDGE = re.compile(r"或者?(?!非?门)|还是|\bor\b|\beither\b|也可能|\bmaybe\b")


def _as_written(want: _Want, sentences: list[str]) -> Reading:
    """The wanted text itself inside a sentence: where a statement ends in it, or is about it."""
    for sentence in sentences:
        line = words(sentence)
        for m in _bounded(want.text).finditer(line):
            placed = _RELATED.search(line[: m.start()]) or _REST.match(line, m.end())
            if placed and not denied(line, m.start(), m.end()):
                if _HEDGE.search(line) and not _HEDGE.search(words(want.text)):
                    return Reading(None, None, f"names several: {_shown(sentence)}")
                return Reading(True, _shown(sentence), f"read as {_shown(sentence)}")
    if not sentences:
        return Reading(None, None, "the reply says nothing")
    return Reading(False, _shown(sentences[0]), f"read as {_shown(sentences[0])}, wanted {want.text}")


_SYMBOL = re.compile(r"[uvi][a-z]{1,4}\d?")


@lru_cache(maxsize=4_096)
def _bounded(text: str) -> re.Pattern[str]:
    text = words(text)
    body = re.escape(text).replace("\\ ", r"\s?") or r"(?!)"
    if _SYMBOL.fullmatch(text):  # `U_{out}` for Uout: `words` makes a space of the underscore
        body = rf"{text[0]}\s?{text[1:]}"
    left = r"(?<![a-z0-9_.+\-¬~!])(?<![¬~!]\()" if text[:1].isascii() else ""
    right = (
        r"(?![a-z0-9_]|\.\d|[+-](?:\s|$|[^\w\s])|\)?'(?![a-z]))" if text[-1:].isascii() and text[-1:].isalnum() else ""
    )
    return re.compile(left + body + right)
