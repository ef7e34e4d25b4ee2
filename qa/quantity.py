"""Quantities in text: `4k7`, `$-0.5 \\mathrm{~A}$`, `约1.59kHz`, `10微法`.

Own parsing instead of quantiphy: 2.23 reads `10 PF` as 1e16 F, `2 min` as milli-inches, `6.28 rad/s` as
6.28e-27, `3 resistors` as 3e-27, knows no fraction, and cannot find a quantity inside a sentence; with all of
that normalised first, nothing is left for it to do but a table of prefixes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from qa.numerals import EN, en_number, zh_numbers
from qa.units import Unit, match_unit

_INT = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?: \d{3})+(?=\s?[A-Za-zΩμ])|\d{1,40})"
_ATOM = rf"(?:(?:{_INT}(?:\.\d{{1,40}})?|\.\d{{1,40}})(?:[eE][-+]?\d{{1,3}}(?![\d.]))?)"
_FACTOR = rf"(?:{_ATOM}?\s?√\s?\(?{_ATOM}\)?|{_ATOM}?\s?π|{_ATOM})"
_NUMBER = re.compile(
    rf"(?P<rkm>(?<![A-Za-z0-9_.])\d{{1,4}}(?P<code>[RkKMGTmunpμVΩ])\d{{1,3}}(?![\d_]|\.\d))"
    rf"|(?P<ten>(?<![A-Za-z0-9_.^])10\s?\^\s?\(?[-+]?\d{{1,3}}\)?(?![\d.]))"
    r"|(?P<mixed>(?<![A-Za-z0-9_.^,])(?P<whole>\d{1,3}) (?P<over>\d{1,2})/(?P<under>\d{1,2})(?![\d.]))"
    rf"|(?P<top>(?<![A-Za-z0-9_.^]){_FACTOR})"
    rf"(?:\s?/\s?\(?(?P<below>{_FACTOR}(?!\s?[√π(]|[\d.]))\)?)?"
    r"(?P<power>\s?[×x*·]\s?10\s?(?:\^\s?\(?\s?(?P<exp>[-+]?\d{1,3})\)?|(?P<exp2>-\d{1,3}))(?!\d))?"
)
_CODES = {"R": 1.0, "V": 1.0, "Ω": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "m": 1e-3, "u": 1e-6,
          "μ": 1e-6, "n": 1e-9, "p": 1e-12}  # fmt: skip
_SIGN = re.compile(r"(?:(?P<minus>-|负|(?<![A-Za-z])(?:minus|negative)\s)|\+)\s?$", re.IGNORECASE)
_TEN = re.compile(r"\^\s?\(?([-+]?\d+)")
_EXPRESSION_AFTER = re.compile(
    r"\s?(?:to\b|到|至)\s?\d|\s?(?:[/^√π∠∥](?=\S)|\((?![A-Za-z]{1,3}\d{1,3}\s?[、,)和]|[\u4e00-\u9fff])(?=\S)|[-+]\s?j|[-~]\s?\d|~|\|\|)|[A-Za-z_]|\.\d|:\d|-[A-Za-z]"
)
_EXPRESSION_AFTER_UNIT = re.compile(r"\s?(?:/\s?[\dA-Za-z(√]|∠|∥|\|\||(?:[-~到至]|to\b)\s?\d|\^)")
_LABEL_BEFORE = re.compile(
    r"(?:第|图|表|步骤|节点|\b(?:fig(?:ure)?|step|node|pin|net|option|part|question)\.?)\s?$|[±∠]\s?$"
    r"|(?<![A-Za-z_\d.])[\d.]{1,8}\s?[-~:]\s?$"
    r"|(?<!从)(?<!from )(?<![A-Za-z_\d.])[\d.]{1,6}\s?[A-Za-zΩ伏安]{0,3}\s?(?:\bto|到|至)\s?$"
    r"|[A-Za-zΩ]\s?~\s?$",
    re.IGNORECASE,
)
_IN_BRACKET = re.compile(r"\s?(?:[-+]\s?[A-Za-z]|\)\s?/)")
"""After a number: `(0 - u)/R`, `(u - 0)/R` are steps of a derivation."""
_ENUMERATOR = re.compile(r"[.)、](?=\s*[^\d\s])")

_COUNTER = re.compile(r"\s?[个只条处级组路支根种颗]")
_ALONE = re.compile(r"\s*[.。]?\s*$")
_SPELLED_ZH = re.compile(r"[零一二三四五六七八九十百千万]\s?[吉兆千毫微纳皮]?[伏安欧法亨赫瓦秒焦西摄度]")
_SPELLED_EN = re.compile(
    r"[nertxydof] (?:[a-zA-Z]{4,5}-?)?"
    r"(?:[Kk]iloh|[Mm]egoh|[Vv]olt|[Aa]mp|[Oo]hm|[Ff]arad|[Hh]en|[Hh]ertz|[Ww]att|[Ss]ec|[Ss]iem|[Dd]e[cg]|[Rr]ad)"
)
"""A unit after a number in words: only then there is more to read than digits."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what was written as its unit. `unit` None: no unit was written."""

    number: float
    unit: Unit | None
    start: int
    end: int
    text: str
    """As written, its unit included."""

    def fits(self, dim: str) -> bool:
        """Whether it can be of this dimension: it is, or it does not say."""
        return self.unit is None or self.unit.bare_prefix or self.unit.dim == dim

    def value(self, default: Unit) -> float:
        """The value in base units; a bare number is in `default`."""
        if self.unit is None:
            return self.number * default.scale
        return self.number * self.unit.scale


# -- finding ------------------------------------------------------------------------------------------
def find(text: str) -> list[Quantity]:
    """Every quantity in cleaned text, in order. Numbers inside names (`R1`, `2N3904`), labels, ranges and
    unfinished expressions (`1/(2πRC)`) are none."""
    found = []
    at = 0
    while (m := _NUMBER.search(text, at)) is not None:
        at = m.end()
        q = _read(text, m)
        if q is not None:
            found.append(q)
            at = max(at, q.end)
    if _SPELLED_EN.search(text) if text.isascii() else _SPELLED_ZH.search(text) or _SPELLED_EN.search(text):
        return sorted((*found, *_spelled(text)), key=lambda q: q.start)
    return found


def _spelled(text: str) -> list[Quantity]:
    """`five volts`, `负三点三伏`, `十千欧`: a number in words with its unit after it."""
    found: list[Quantity] = []
    words = [(m.start(), m.end(), en_number(m[0])) for m in EN.finditer(text)]
    for start, end, number in (*words, *zh_numbers(text)):
        unit = match_unit(text, end)
        if unit is None or not unit[0].dim or any(q.end > start >= q.start for q in found):
            continue
        if text[end : unit[1]].isascii() and len(text[end : unit[1]].strip()) < 3:
            continue  # `one A`, `two F`: names
        found.append(_signed(text, start, unit[1], number, unit[0]))
    return found


def _read(text: str, m: re.Match[str]) -> Quantity | None:
    start, end = m.span()
    before = text[max(0, start - 20) : start]
    sign = 1.0
    s = _SIGN.search(before) if before else None
    if s:
        ahead = before[: s.start()]
        tail = ahead.rstrip()
        # `12 - 5` and `R1-5` subtract; `I = - 5`, `约-5` and `is -5` are negative
        after_operand = tail and ((tail[-1].isascii() and tail[-1].isalnum()) or tail[-1] in ")Ωμ°%")
        binary = s[0][0] in "-+" and after_operand and (ahead == tail or s[0][-1] == " ")
        if binary and (tail[-1].isdigit() and not ahead.endswith(" ")):
            return None  # a range: `1-2 kHz`
        if not binary:
            sign = -1.0 if s["minus"] else 1.0
            start -= len(before) - s.start()
            before = ahead
    if before and _LABEL_BEFORE.search(before):
        return None
    number = _number(m)
    if number is None:
        return None
    if m["code"]:
        return _rkm(text, m, sign * number, start)
    unit = match_unit(text, end) or _bracketed_unit(text, end)
    if unit is None:
        if end < len(text):
            after = text[end]
            if after == "R" and not (end + 1 < len(text) and text[end + 1].isalnum()):
                return Quantity(sign * number, Unit("Ω", 1.0), start, end + 1, text[start : end + 1])
            if not (after in ",;。" or after.isspace()) and _EXPRESSION_AFTER.match(text, end):
                return None
            if after == " " and _EXPRESSION_AFTER_UNIT.match(text, end):
                return None
            if _is_enumerator(text, start, end) or (
                _IN_BRACKET.match(text, end) and "(" in text[max(0, start - 12) : start]
            ):
                return None
        return Quantity(sign * number, None, start, end, text[start:end])
    if unit[1] < len(text) and _EXPRESSION_AFTER_UNIT.match(text, unit[1]):
        return None
    return Quantity(sign * number, unit[0], start, unit[1], text[start : unit[1]])


_BRACKETED = re.compile(r"\s?[(\[]\s?(?=[A-Za-zΩμ°%])")


def _bracketed_unit(text: str, end: int) -> tuple[Unit, int] | None:
    """`6 (V)`, `6[V]`."""
    m = _BRACKETED.match(text, end)
    found = match_unit(text, m.end()) if m else None
    if found and text[found[1] : found[1] + 1] in (")", "]"):
        return found[0], found[1] + 1
    return None


def _is_enumerator(text: str, start: int, end: int) -> bool:
    """`1. `, `(2) `, `3、` at the start of a line or part, with something after it."""
    if not _ENUMERATOR.match(text, end):
        return False
    line = text[text.rfind("\n", 0, start) + 1 : start].strip()
    return line in ("", "(")


def _rkm(text: str, m: re.Match[str], number: float, start: int) -> Quantity | None:
    """`4k7`, `2R2`, `3V3`, perhaps with its unit after it (`4k7Ω`)."""
    code = m["code"]
    unit = match_unit(text, m.end())
    if unit and unit[0].scale == 1.0 and unit[0].dim and not unit[0].bare_prefix:
        return Quantity(number, Unit(unit[0].dim, _CODES[code]), start, unit[1], text[start : unit[1]])
    if text[m.end() : m.end() + 1].isascii() and text[m.end() : m.end() + 1].isalpha():
        return None
    dim = "Ω" if code in "RΩ" else "V" if code == "V" else ""
    return Quantity(number, Unit(dim, _CODES[code], not dim), start, m.end(), text[start : m.end()])


def _number(m: re.Match[str]) -> float | None:
    try:
        if m["code"]:
            return float(m["rkm"].replace(m["code"], "."))
        if m["ten"]:
            power = _TEN.search(m["ten"])
            return 10.0 ** int(power[1]) if power else None
        if m["mixed"]:
            return int(m["whole"]) + int(m["over"]) / int(m["under"])
        value = _factor(m["top"])
        if m["below"]:
            value /= _factor(m["below"])
        if m["power"]:
            value *= 10.0 ** int(m["exp"] or m["exp2"])
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None


def _factor(text: str) -> float:
    text = text.replace(",", "").replace(" ", "")
    if "√" in text:
        front, _, root = text.partition("√")
        return (float(front) if front else 1.0) * math.sqrt(float(root.strip("()")))
    if text.endswith("π"):
        return (float(text[:-1]) if text[:-1] else 1.0) * math.pi
    return float(text)


def find_counts(text: str) -> list[Quantity]:
    """Counts written as words: `三个`, `three`."""
    found = [(m.start(), m.end(), en_number(m[0])) for m in EN.finditer(text)]
    for start, end, number in zh_numbers(text):
        if _COUNTER.match(text, end) or (not text[:start].strip() and _ALONE.match(text, end)):
            found.append((start, end, number))
    return [_signed(text, start, end, number, None) for start, end, number in sorted(found)]


def _signed(text: str, start: int, end: int, number: float, unit: Unit | None) -> Quantity:
    """A number in words with the sign before it: `negative ten`, `负五`."""
    sign = _SIGN.search(text, max(0, start - 12), start)
    first = sign.start() if sign else start
    return Quantity(-number if sign and sign["minus"] else number, unit, first, end, text[first:end])


# -- a text that is one quantity ------------------------------------------------------------------------
_WHOLE_BEFORE = re.compile(
    r"(?:[A-Za-zΔφωητβ]\w{0,8}\s*[=≈:]\s*)?(?:约为?|大约|≈|~|about\s|approx(?:imately|\.)?\s)?\s*"
)


@lru_cache(maxsize=4_096)
def parse_whole(text: str) -> Quantity | None:
    """The one quantity a cleaned text is (`1592`, `I = -0.5 A`, `约1.59kHz`); None if it is anything else."""
    text = text.strip().rstrip("。.;,!").strip()
    if not text or len(text) > 80:
        return None
    before = _WHOLE_BEFORE.match(text)
    at = before.end() if before else 0
    for q in find(text):
        return q if q.start == at and q.end == len(text) else None
    return None
