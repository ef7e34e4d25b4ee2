"""What a fill-in question asks for: its blanks in order or by name, and how a reply fills each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa.item import REL_TOL, Answer, Wanted
from qa.names import named
from qa.quantity import parse_whole
from qa.reply import plain
from qa.tolerance import Target, target_of
from qa.units import NONE, Unit, match_unit

BLANK = re.compile(r"(?:\\?_\s?){2,}|\(\s*\)|\[\s*\]|【\s*】|〔\s*〕")
_NO_UNIT = re.compile(
    r"\s?(?:点|端|极|脚|相|类)|[A-Za-z0-9_]"
    r"|\s(?!(?:and|or|when|if|while|as|at|with|for|across|through|to|from|in|on)\b)[A-Za-z0-9_]"
)
"""`______ A 点` is no current; `______ mA and …` is one."""
_ELSEWHERE = re.compile(
    r"(?:单位(?:为|是|用|:|取)*|以|用|\bin|\bunits?:?)\s*\(?|\((?=[^()]{1,8}\)\s*[?。.]?\s*(?:$|\())", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Blank:
    """One blank: what is right in it."""

    name: str
    """`I`, `U_ab`; empty where blanks go by order."""
    targets: tuple[Target, ...]
    """Right quantities, any of them; empty: a text is wanted."""
    texts: tuple[str, ...]
    """Right texts, cleaned, any of them; the answer as written first."""


@lru_cache(maxsize=4_096)
def question_units(question: str) -> tuple[Unit | None, ...]:
    """The unit printed after each blank, in order (None: none); without blanks the unit asked for, if any."""
    text = plain(question)
    units: list[Unit | None] = []
    for m in BLANK.finditer(text):
        units.append(_unit_at(text, m.end()))
    if units and any(units):
        return tuple(units)
    for m in _ELSEWHERE.finditer(text):
        unit = _unit_at(text, m.end())
        if unit is not None and unit.dim:
            return (unit,) * max(1, len(units))
    return tuple(units)


def _unit_at(text: str, at: int) -> Unit | None:
    found = match_unit(text, at)
    if found is None or found[0] is NONE or _NO_UNIT.match(text, found[1]):
        return None
    return found[0]


def blanks_of(question: str, answer: Answer, accept: Sequence[Wanted | str]) -> tuple[Blank, ...]:
    """The blanks of a question. Cached: the same question is graded many times.

    Raises:
        ValueError: a Wanted names a blank that the answer does not have.
    """
    if isinstance(answer, str):
        shape: tuple[tuple[str, str], ...] = (("", answer),)
    elif isinstance(answer, dict):
        shape = tuple((str(k), str(v)) for k, v in answer.items())
    else:
        shape = tuple(("", str(a)) for a in answer)
    wanted = tuple((w.value, w.unit, w.rel_tol, w.abs_tol, w.blank) for w in accept if isinstance(w, Wanted))
    texts = tuple(a for a in accept if isinstance(a, str))
    return _blanks(question, shape, wanted, texts)


_Wanted = tuple[float, str, float, float, int | str | None]


@lru_cache(maxsize=4_096)
def _blanks(
    question: str, shape: tuple[tuple[str, str], ...], wanted: tuple[_Wanted, ...], texts: tuple[str, ...]
) -> tuple[Blank, ...]:
    names = {w[4] for w in wanted if w[4] is not None}
    if len(shape) == 1 and not shape[0][0] and len(names) > 1:  # one line of text, several Wanted by blank
        parts = split_plain(plain(shape[0][1]), len(names))
        ordered = list(dict.fromkeys(w[4] for w in wanted if w[4] is not None))
        by_name = any(isinstance(n, str) for n in ordered)
        shape = tuple((str(n) if by_name else "", parts[i] if i < len(parts) else "") for i, n in enumerate(ordered))
    for name in names:
        if isinstance(name, int) and not 0 <= name < len(shape):
            raise ValueError(f"accept: blank {name} of a question with {len(shape)} (they count from 0)")
    units = question_units(question)
    tails = [m[1] for m in _TAIL.finditer(plain(question))]
    if len(tails) != len(shape):
        tails = [""] * len(shape)
    return tuple(
        _blank(i, name, (plain(text), tails[i]), len(shape), wanted, texts, units[i] if i < len(units) else None)
        for i, (name, text) in enumerate(shape)
    )


_TAIL = re.compile(rf"(?:{BLANK.pattern})([\u4e00-\u9fff]?)")


def _completed(text: str, tail: str) -> tuple[str, ...]:
    """`并` in `______联` is 并联, which replies write whole."""
    return (text, text + tail) if tail and not named(text) and named(text + tail) else (text,)


def _blank(
    i: int,
    name: str,
    written: tuple[str, str],
    count: int,
    wanted: tuple[_Wanted, ...],
    texts: tuple[str, ...],
    hint: Unit | None,
) -> Blank:
    text, tail = written
    mine = [w for w in wanted if w[4] == i or (name and w[4] == name) or (w[4] is None and count == 1)]
    others = tuple(plain(t) for t in texts) if count == 1 else tuple(
        parts[i] for t in texts if len(parts := split_plain(plain(t), count)) == count
    )  # fmt: skip
    alternatives = (*_completed(text, tail), *others)
    if mine:
        targets = tuple(target_of(v, u, r, a, hint) for v, u, r, a, _ in mine)
        return Blank(name, targets, alternatives)
    first = _as_targets(text, hint)
    more = tuple(t for other in others for t in _as_targets(other, hint)) if first else ()
    return Blank(name, first + more, alternatives)


_BITS = re.compile(r"0[01]+|[01]{8,}|(?!10+$)[01]{4,7}")
"""A column of a truth table: `0110` is no quantity."""


def _as_targets(text: str, hint: Unit | None) -> tuple[Target, ...]:
    """The quantity an answer as written is; empty where it is a text.

    `4k7` alone is a resistance, `4n7` a capacitance, and either a plain number too: several targets.
    """
    q = parse_whole(text)
    if q is None or _BITS.fullmatch(text):
        return ()
    if q.unit is None:
        unit = hint or NONE
        return (Target(q.number * unit.scale, unit.dim, REL_TOL, 0.0, unit),)
    dims: tuple[str, ...] = (q.unit.dim,)
    if q.unit.bare_prefix:
        guess = "Ω" if q.unit.scale >= 1e3 else "F" if q.unit.scale <= 1e-6 else ""
        dims = (hint.dim,) if hint is not None else (guess, "") if guess else ("",)
    targets = []
    for dim in dims:
        bare = hint if hint is not None and hint.dim == dim else Unit(dim, q.unit.scale)
        targets.append(Target(q.number * q.unit.scale, dim, REL_TOL, 0.0, bare))
        if (
            hint is None and bare.scale != 1.0
        ):  # nobody said which prefix a bare number is in: `4700` for 4.7 kΩ, `0.5` for 50 %
            targets.append(Target(q.number * q.unit.scale, dim, REL_TOL, 0.0, Unit(dim, 1.0)))
    return tuple(targets)


# -- splitting a reply --------------------------------------------------------------------------------------
_NUMBERED = re.compile(
    r"(?:^|(?<=[\s;,。.]))(?:\(\s?(\d{1,2})\s?\)|第?([一二三四五六\d]{1,2})\s?空\s?[:是为]?|[Bb]lank\s?(\d{1,2})\s?(?::|is\b)|(\d{1,2})[.)、](?!\d))\s*"
)
_PLACES = dict(zip("一二三四五六", "123456", strict=True))
_SEPARATORS = (
    re.compile(r"\s*[;\n]\s*"),
    re.compile(r"\s+/\s+"),
    re.compile(r"\s*(?:[;\n、]|,(?!\d{3}(?!\d))|,\s)\s*"),
    re.compile(r"\s*(?:[;\n、,]|和|与|以及|及|\band\b|&)\s*", re.IGNORECASE),
    re.compile(r"\s*(?:[;\n、,]|和|与|以及|及|\band\b|&|\s|/)\s*", re.IGNORECASE),
)


def split_plain(text: str, count: int) -> list[str]:
    """Cut a cleaned reply into `count` parts: by `(1) … (2) …`, then by `;`, `,`, `、`, newline, `和`, `and`, space.

    Returns whatever came nearest when no way gives exactly `count`.
    """
    text = text.strip().rstrip("。.")
    if count == 1:
        return [text]
    marks = list(_NUMBERED.finditer(text))
    if len(marks) == count:
        ends = [m.start() for m in marks[1:]] + [len(text)]
        parts = [text[m.end() : end].strip(" ;,、\n") for m, end in zip(marks, ends, strict=True)]
        places = [_PLACES.get(n, n) for m in marks if (n := next((g for g in m.groups() if g), ""))]
        if sorted(places) == [str(i + 1) for i in range(count)]:  # `第二空:5,第一空:3`
            parts = [parts[places.index(str(i + 1))] for i in range(count)]
        return parts
    best = [text]
    for separator in _SEPARATORS:
        parts = [p.strip() for p in separator.split(text) if p and p.strip()]
        if len(parts) == count:
            return parts
        if abs(len(parts) - count) < abs(len(best) - count):
            best = parts
    return best


@lru_cache(maxsize=4_096)
def name_pattern(name: str) -> re.Pattern[str]:
    """Finds `U_ab` also as `Uab`, `U_{ab}`, `|U_ab|`, followed by what relates it to its value."""
    plain_name = re.sub(r"[_{}\s]", "", plain(name))
    body = r"_?\s?".join(re.escape(c) for c in plain_name)
    return re.compile(
        rf"(?<![A-Za-z0-9_]){body}(?![A-Za-z0-9_])[|'\"]?\s*(?:\([^()\n]{{0,12}}\)\s*)?(?=[=≈:≃是为等约]|is\b|-?\d)"
    )


def named_parts(text: str, names: Sequence[str]) -> dict[str, str]:
    """name -> what the cleaned reply says of it, of those names it gives. The last mention of a name counts."""
    places: list[tuple[int, int, str]] = []
    for name in names:
        places += [(m.start(), m.end(), name) for m in name_pattern(name).finditer(text)]
    places.sort()
    found: dict[str, str] = {}
    for i, (_, end, name) in enumerate(places):
        stop = places[i + 1][0] if i + 1 < len(places) else len(text)
        found[name] = re.split(r"[;\n。]|,\s|,(?!\d)", text[end:stop], maxsplit=1)[0].strip(" ,、;和与")
    return found
