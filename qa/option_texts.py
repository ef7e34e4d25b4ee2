"""Which option a text says: its letters aside, its words, its quantity, or another name of the same."""

from __future__ import annotations

import re
from functools import lru_cache

from qa.denial import denied
from qa.designators import DESIGNATOR, refs_given, refs_in
from qa.inverted import inverted
from qa.item import LETTERS
from qa.names import mentions, named, words
from qa.picking import RELATION, of_the_symbol_asked_for, pick
from qa.quantity import Quantity, find, find_counts, parse_whole
from qa.reply import REFUSAL, SOFT_MARKER, after_marker, plain
from qa.text import read_text
from qa.tolerance import Target
from qa.units import NONE, Unit

OptionTable = tuple[tuple[str, str, str], ...]
"""(letter, normalised text, cleaned text) of each option."""

_SPACE = re.compile(r"[\s‐]+|(?<=[^\W\d])-(?=[^\W\d])")
_BEFORE_UNIT = re.compile(r"(?<![a-z]\d)(?<![a-z]\d\d)(?<=\d) (?=[a-zωμ%°])")  # not in `R3 is`
_SUBSCRIPT = re.compile(r"(?<![a-z0-9_])([uvi])_([a-z]{1,4})(?![a-z])")
_AROUND = re.compile(r"\s*([,;:、])\s*|(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])")
_THAN = re.compile(r"比[\u4e00-\u9fffA-Za-z]{1,8}?的?(?:数量|个数)?(?=[多少大小高低长短])")
"""`电阻比电容多2个` says `电阻多2个`."""
_EDGE = " \t\n.,;:!?。、\"'()[]「」"
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)


def normal(text: str) -> str:
    """Text for comparing with an option: case, spacing, article and closing punctuation forgiven."""
    text = _SPACE.sub(" ", _ARTICLE.sub("", inverted(text).strip(_EDGE))).casefold()
    if " " in text:
        text = _BEFORE_UNIT.sub("", text)
    if "_" in text:
        text = _SUBSCRIPT.sub(r"\1\2", text)
    return text if text.isascii() and "," not in text else _THAN.sub("", _AROUND.sub(r"\1", text))


@lru_cache(maxsize=4_096)
def option_table(options: tuple[str, ...]) -> OptionTable:
    rows = zip(LETTERS, (plain(o) if isinstance(o, str) else "" for o in options), strict=False)
    return tuple((letter, normal(text), text) for letter, text in rows)


def by_text(part: str, table: OptionTable, exact: bool) -> str | None:
    """The one option whose text `part` is (exact) or holds; None for none or several."""
    if exact and len(part) > 400:
        return None
    written, part = part, normal(part if exact else _CONTRAST.split(part, maxsplit=1)[0])
    if not part:
        return None
    if exact:
        tight = part.replace(" ", "")
        hits = [letter for letter, text, _ in table if text and text.replace(" ", "") == tight]
        if not hits and part[0] in "0123456789-.+约≈":
            hits = _same_quantity(written, table)
        return hits[0] if len(hits) == 1 else None
    spans = sorted(
        ((a, b, letter) for letter, text, _ in table if text for a, b in _occurrences(text, part)),
        key=lambda s: (s[0] - s[1], s[0]),
    )
    kept: list[tuple[int, int, str]] = []
    for start, end, letter in spans:  # a text inside a longer option's text does not count
        if not any(s <= start and end <= e for s, e, _ in kept):
            kept.append((start, end, letter))
    letters = {letter for start, end, letter in kept if not denied(part, start, end)}
    return letters.pop() if len(letters) == 1 and len({k[2] for k in kept}) == 1 else None


_CONTRAST = re.compile(r"(?<=\S),?\s(?:while\b|whereas\b)|(?<=\S),\s?而(?!是)", re.IGNORECASE)
"""`It is R2, while R3 and R4 go to ground`: what follows is of others."""


def by_quantity(text: str, table: OptionTable, question: str = "") -> str | None:
    """The one option equal to the quantity a reply gives, where every option is a quantity: `so R = 9.00 kΩ`."""
    wanted = [parse_whole(t) for _, _, t in table]
    if any(q is None for q in wanted):
        return None
    dims = {_dim(q) for q in wanted if q}
    if len(dims) != 1:
        return None
    if _RANGE.search(text):
        return None
    if not (dim := dims.pop()):
        return _by_number(text, table) or _by_count(text, [q.number for q in wanted if q])
    soft = after_marker(text, SOFT_MARKER)
    target = Target(0.0, dim, 0.005, 0.0, Unit(dim, 1.0))
    got = None if soft else of_the_symbol_asked_for(question, text, target)
    got = got or pick(_CONTRAST.split(soft or text, maxsplit=1)[0] if len(text) < 300 else text, target)
    if got is None or got.unit is None or not got.fits(dim):
        return None
    hits = _same_quantity(got.text, table) or _nearest(got, table)
    return hits[0] if len(hits) == 1 else None


def _by_number(text: str, table: OptionTable) -> str | None:
    """The option that is the bare number a reply gives after `=`, `约为`, `is`, or alone."""
    got = pick(text, Target(0.0, "", 0.005, 0.0, NONE))
    if (
        got is None
        or got.unit is not None
        or not (got.start <= 1 or RELATION.search(text[max(0, got.start - 16) : got.start]))
    ):
        return None
    hits = _same_quantity(got.text, table)
    return hits[0] if len(hits) == 1 else None


def _nearest(got: Quantity, table: OptionTable) -> list[str]:
    """`about 40 W` beside 39.7 W: within 2 %, and every other option far off."""
    value = got.value(NONE)
    off = sorted((abs(value - q.value(NONE)), x) for x, _, t in table if (q := parse_whole(t)))
    near = len(off) > 1 and off[0][0] <= 0.02 * abs(value) and off[1][0] >= 0.1 * abs(value)
    return [off[0][1]] if near else []


_RANGE = re.compile(r"\bbetween\b|\bdepend(?:s|ing)\b|之间|取决于|介于|也可能|\bor\b", re.IGNORECASE)
_NONE = re.compile(r"没有|不存在|\b(?:none|no)\b", re.IGNORECASE)


def _by_count(text: str, counts: list[float]) -> str | None:
    """The option that is the number a short reply counts: `两个`, `三个电阻…都接地`, `没有`."""
    if len(text) > 120 or any(c != int(c) or not 0 <= c < 100 for c in counts):
        return None
    said = {q.number for q in (*find_counts(text), *find(text)) if q.unit is None or q.text[-1:] in "个只条"}
    if not said and _NONE.search(text):
        said = {0.0}
    hits = [letter for letter, c in zip(LETTERS, counts, strict=False) if said == {c}]
    return hits[0] if len(hits) == 1 else None


def by_clause(text: str, table: OptionTable, question: str = "") -> str | None:
    """The one option named where nothing is denied: `R2接uo,R1和R4都不与uo相连`, `只有R2接uo`, `only R2`.

    Where the question asks for what is not so (`哪种元件没有出现`), the one option named where something is denied; of
    several designators the one in the clause that speaks of what is asked.
    """
    only = _ONLY.search(text)
    if only and (letter := by_text(only[1], table, exact=False)):
        return letter
    if len(text) > 300:
        return None
    negative = _ASKS_FOR_NOT.search(question) is not None
    clauses = [c for c in _CLAUSES.split(text) if c.strip() and (DENIAL.search(c) is not None) == negative]
    letters = {x for c in clauses for x, t, _ in table if t and _occurrences(t, normal(c))}
    if len(letters) == 1:
        return letters.pop()
    if letters and not negative and all(DESIGNATOR.fullmatch(t) for _, _, t in table):
        given = refs_given(question, text, {r.upper() for r in refs_in(plain(question))}, several=False)
        hits = [x for x, _, t in table if {t.upper()} == given]
        return hits[0] if hits else None
    return None


_ASKS_FOR_NOT = re.compile(r"没有|不|未|\b(?:not|absent|missing)\b|n't\b", re.IGNORECASE)


_CLAUSES = re.compile(r"[,;。!?\n]+|\.(?=\s|$)")
_ONLY = re.compile(r"(?:只有|仅有|\bonly\s)([^,;。\n]{1,40})", re.IGNORECASE)


def by_meaning(part: str, options: tuple[str, ...]) -> str | None:
    """The one option that `part` says in other words or in the other language: `inverting amplifier` for 反相放大器."""
    known = _named_options(options)
    if not known or REFUSAL.search(part) or not mentions(words(part)):
        return None
    hits = [letter for letter, text in known if read_text("", (text,), part).right]
    return hits[0] if len(hits) == 1 else None


@lru_cache(maxsize=4_096)
def _named_options(options: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(letter, text) of the options that are names of the table; only these have other words."""
    texts = [plain(o) if isinstance(o, str) else "" for o in options]
    return tuple((x, t) for x, t in zip(LETTERS, texts, strict=False) if named(t))


DENIAL = re.compile(r"不|没|非|\b(?:not|no|never|neither|nor|or|either|wrong|could|would)\b|n't\b|或", re.IGNORECASE)


def _occurrences(text: str, part: str) -> list[tuple[int, int]]:
    """Where an option's text stands in `part` on its own, not inside a longer word or number."""
    found = []
    start = part.find(text)
    while start >= 0:
        end = start + len(text)
        before, after = part[start - 1 : start], part[end : end + 1]
        inside = text[0].isascii() and before and before.isascii() and (before.isalnum() or before in "_.-")
        inside = inside or (
            (text[-1].isascii() or text[-1] in "ωμ")
            and after.isascii()
            and (after.isalnum() or after == "_" or (after == "." and part[end + 1 : end + 2].isdigit()))
        )
        if not inside:
            found.append((start, end))
        start = part.find(text, end)
    return found


def _dim(q: Quantity) -> str:
    return q.unit.dim if q.unit else ""


def _same_quantity(part: str, table: OptionTable) -> list[str]:
    """Options equal to the quantity `part` is, within half a percent; a bare number matches the same number."""
    got = parse_whole(part)
    if got is None:
        return []
    hits = []
    for letter, _, text in table:
        want = parse_whole(text)
        if want is None:
            continue
        a, b = got.value(NONE), want.value(NONE)
        if got.unit is None and want.unit is not None:
            b = want.number  # `-2` where the options are 2 V, -2 V, …: in whatever unit they are written
        elif not (_dim(got) == _dim(want) or (got.unit and got.unit.bare_prefix and want.unit)):
            continue
        if abs(a - b) <= 0.005 * max(abs(a), abs(b)):
            hits.append(letter)
    return hits
