"""Quantities in text: `4k7`, `$-0.5 \\mathrm{~A}$`, `约1.59kHz`, `10微法`, and which of them a reply means.

Own parsing instead of quantiphy: 2.23 reads `10 PF` as 1e16 F, `2 min` as milli-inches, `6.28 rad/s` as
6.28e-27, `3 resistors` as 3e-27, knows no fraction, and cannot find a quantity inside a sentence; with all of
that normalised first, nothing is left for it to do but a table of prefixes.

Which quantity a reply means, when it names several (`pick`):
1. only what follows the last answer marker counts, if there is one (the caller cuts there), and of that its
   first sentence;
2. a quantity of the wanted dimension is preferred, with its unit written rather than without;
3. of those the last that follows `=`, `≈`, `约`, `是`, `is`; without any, the last (after a marker: the first);
4. two different ones joined by `or`/`或` are no answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa.units import Unit, match_unit, parse_unit

_INT = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,40})"
_ATOM = rf"(?:(?:{_INT}(?:\.\d{{1,40}})?|\.\d{{1,40}})(?:[eE][-+]?\d{{1,3}}(?![\d.]))?)"
_FACTOR = rf"(?:{_ATOM}?\s?√\s?\(?{_ATOM}\)?|{_ATOM}?\s?π|{_ATOM})"
_NUMBER = re.compile(
    rf"(?P<rkm>(?<![A-Za-z0-9_.])\d{{1,4}}(?P<code>[RkKMGTmunpμVΩ])\d{{1,3}}(?![\d_]|\.\d))"
    rf"|(?P<ten>(?<![A-Za-z0-9_.^])10\s?\^\s?\(?[-+]?\d{{1,3}}\)?(?![\d.]))"
    rf"|(?P<top>(?<![A-Za-z0-9_.^]){_FACTOR})"
    rf"(?:\s?/\s?\(?(?P<below>{_FACTOR}(?!\s?[√π(]|[\d.]))\)?)?"
    r"(?P<power>\s?[×x*·]\s?10\s?(?:\^\s?\(?\s?(?P<exp>[-+]?\d{1,3})\)?|(?P<exp2>-\d{1,3}))(?!\d))?"
)
_CODES = {"R": 1.0, "V": 1.0, "Ω": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "m": 1e-3, "u": 1e-6,
          "μ": 1e-6, "n": 1e-9, "p": 1e-12}  # fmt: skip
_SIGN = re.compile(r"(?:(?P<minus>-|负|(?<![A-Za-z])(?:minus|negative)\s)|\+)\s?$", re.IGNORECASE)
_TEN = re.compile(r"\^\s?\(?([-+]?\d+)")
_EXPRESSION_AFTER = re.compile(r"\s?(?:[/^√π∠∥(](?=\S)|[-+]\s?j|[-~]\s?\d|~|\|\|)|[A-Za-z_]|\.\d|:\d|-[A-Za-z]")
_EXPRESSION_AFTER_UNIT = re.compile(r"\s?(?:/\s?[\dA-Za-z(√]|∠|∥|\|\||[-~]\s?\d)")
_LABEL_BEFORE = re.compile(
    r"(?:第|图|表|步骤|节点|\b(?:fig(?:ure)?|step|node|pin|net|option|part|question)\.?)\s?$|[±∠]\s?$|\d\s?[-~:]\s?$",
    re.IGNORECASE,
)
_ENUMERATOR = re.compile(r"[.)、](?=\s*[^\d\s])")

_ENGLISH = "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_NUMBER_WORDS = {w: i for i, w in enumerate(_ENGLISH.split("|"))}
_NUMBER_WORDS |= {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "十一": 11, "十二": 12}
_ZH_COUNT = re.compile(
    r"([零一两二三四五六七八九]|十[一二]?)\s?(?=[个只条处级组路支根种颗])|^\s*([零一两二三四五六七八九]|十[一二]?)\s*[.。]?\s*$"
)
_EN_COUNT = re.compile(rf"\b({_ENGLISH})\b", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Target:
    """One right quantity in base units: what a Wanted means."""

    value: float
    dim: str
    rel_tol: float
    abs_tol: float
    unit: Unit
    """What a bare number is measured in."""


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
    return found


def _read(text: str, m: re.Match[str]) -> Quantity | None:
    start, end = m.span()
    before = text[max(0, start - 12) : start]
    sign = 1.0
    s = _SIGN.search(before) if before else None
    if s:
        ahead = before[: s.start()]
        tail = ahead.rstrip()
        # `12 - 5` and `R1-5` subtract; `I = - 5` and `约-5` are negative
        binary = s[0][0] in "-+" and tail and ((tail[-1].isascii() and tail[-1].isalnum()) or tail[-1] in ")Ωμ°%")
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
    unit = match_unit(text, end)
    if unit is None:
        if end < len(text):
            after = text[end]
            if after == "R" and not (end + 1 < len(text) and text[end + 1].isalnum()):
                return Quantity(sign * number, Unit("Ω", 1.0), start, end + 1, text[start : end + 1])
            if not (after in ",;。" or after.isspace()) and _EXPRESSION_AFTER.match(text, end):
                return None
            if after == " " and _EXPRESSION_AFTER_UNIT.match(text, end):
                return None
            if _is_enumerator(text, start, end):
                return None
        return Quantity(sign * number, None, start, end, text[start:end])
    if unit[1] < len(text) and _EXPRESSION_AFTER_UNIT.match(text, unit[1]):
        return None
    return Quantity(sign * number, unit[0], start, unit[1], text[start : unit[1]])


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
    found = [(m.start(), m.end(), m[1] or m[2]) for m in _ZH_COUNT.finditer(text)]
    found += [(m.start(), m.end(), m[1].lower()) for m in _EN_COUNT.finditer(text)]
    return [Quantity(float(_NUMBER_WORDS[w]), None, a, b, w) for a, b, w in sorted(found)]


# -- a text that is one quantity ------------------------------------------------------------------------
_WHOLE_BEFORE = re.compile(
    r"(?:[A-Za-zΔφωητβ]\w{0,8}\s*[=≈:]\s*)?(?:约为?|大约|≈|~|about\s|approx(?:imately|\.)?\s)?\s*"
)


@lru_cache(maxsize=16_384)
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


# -- which one a reply means ----------------------------------------------------------------------------
_RELATION = re.compile(
    r"(?:[=≈:≃≅]|等于|约为|大约|约|是|为|得|\b(?:is|are|was|be|equals?|about|approximately|approx\.?|roughly|gives|of)\b)\s*$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[。;!?\n]|\.(?=\s|$)|,?\s*(?:因为|由于|\b(?:because|since)\b)", re.IGNORECASE)
_OR = re.compile(r"\s*,?\s*(?:或者?|还是|\bor\b|/)\s*(?:约|是|about)?\s*", re.IGNORECASE)


def first_sentence(text: str) -> str:
    """Up to the end of the first sentence that says anything."""
    for m in _SENTENCE_END.finditer(text):
        head = text[: m.start()]
        if any(c.isalnum() for c in head):
            return head
    return text


def pick(text: str, target: Target, first: bool = False) -> Quantity | None:
    """The quantity `text` gives for `target` by the rules in the module's docstring; None: none, or two.

    `first`: the text follows an answer marker, so without a relation sign the first one counts.
    """
    all_found = find(text)
    found = [q for q in all_found if q.fits(target.dim)]
    if not target.dim and not found:
        found = find_counts(text)
    if not found:
        return all_found[0 if first else -1] if all_found else None
    if target.dim and any(q.unit for q in found):
        found = [q for q in found if q.unit]
    related = [q for q in found if _RELATION.search(text[max(0, q.start - 16) : q.start])]
    if related:
        chosen = related[-1]
        if first and found[0].start == 0 and not _chained(text, found[0], chosen):
            chosen = found[0]
    else:
        chosen = found[0] if first else found[-1]
    for other in found:
        if other is not chosen and _joined(text, other, chosen) and not same(other, chosen, target):
            return None
    return chosen


def _chained(text: str, one: Quantity, other: Quantity) -> bool:
    """`5000 Ω / 2 = 2500 Ω`: the first is only a step on the way to the other."""
    between = text[one.end : other.start]
    return "=" in between[:6] or "≈" in between[:6] or between[:2].strip()[:1] in tuple("+-*/×·")


def _joined(text: str, one: Quantity, other: Quantity) -> bool:
    low, high = sorted((one, other), key=lambda q: q.start)
    return _OR.fullmatch(text, low.end, high.start) is not None


def same(one: Quantity, other: Quantity, target: Target) -> bool:
    """Whether two readings agree within the target's tolerance."""
    a, b = one.value(target.unit), other.value(target.unit)
    return abs(a - b) <= max(abs(a), abs(b)) * max(target.rel_tol, 1e-9)


# -- comparing ------------------------------------------------------------------------------------------
def target_of(value: float, unit: str, rel_tol: float, abs_tol: float, hint: Unit | None = None) -> Target:
    """What is right, in base units. `hint`: the unit printed after the blank; used if its dimension fits."""
    wanted = parse_unit(unit)
    bare = wanted
    if hint is not None and (hint.dim == wanted.dim or hint.bare_prefix):
        bare = Unit(wanted.dim, hint.scale)
    return Target(value * wanted.scale, wanted.dim, rel_tol, abs_tol * wanted.scale, bare)


def check(q: Quantity, target: Target) -> tuple[bool, str, str]:
    """(right?, the quantity as read, why) for a reading against a target."""
    value = q.value(target.unit)
    read = _as_read(q, target.unit)
    if not q.fits(target.dim):
        return False, read, f"wrong unit: read as {read}, wanted {wanted_text(target)}"
    allowed = max(abs(target.value) * target.rel_tol, target.abs_tol)
    slack = 1e-9 * max(abs(target.value), target.abs_tol)
    if abs(value - target.value) <= allowed + slack:
        return True, read, f"read as {read}, wanted {wanted_text(target)}"
    return False, read, f"{_fault(value, target, allowed)}: read as {read}, wanted {wanted_text(target)}"


def _as_read(q: Quantity, default: Unit) -> str:
    """As written, with the unit that a bare number takes."""
    if q.unit is None:
        return f"{q.text} {_PREFIX_OF.get(default.scale, '')}{default.dim}".rstrip() if default.dim else q.text
    return f"{q.text}{default.dim}" if q.unit.bare_prefix else q.text


def _fault(value: float, target: Target, allowed: float) -> str:
    if not target.value or not value or not math.isfinite(value):
        return "wrong value"
    if abs(value + target.value) <= allowed:
        return "wrong sign"
    steps = round(math.log10(abs(value / target.value)) / 3)
    factor = 10.0 ** (3 * steps) if abs(steps) <= 6 else 1.0
    if steps and factor and abs(value / factor - target.value) <= allowed:
        return f"wrong prefix ({factor:.0f}×)" if steps > 0 else f"wrong prefix (1/{1 / factor:.0f}×)"
    return "wrong value"


def best(q: Quantity, targets: Sequence[Target]) -> tuple[bool, str, str]:
    """`check` against several right values: the first that fits, or the fault against the first."""
    verdicts = [check(q, t) for t in targets]
    return next((v for v in verdicts if v[0]), verdicts[0])


_STEPS = (
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "μ"),
    (1e-9, "n"),
    (1e-12, "p"),
)
_PREFIX_OF = dict(_STEPS)
_UNSCALED = {"", "dB", "°", "°C", "rpm", "rad/s", "dBm", "dB/dec", "V/V"}


def show(value: float, dim: str) -> str:
    """A value with its unit for a person: `1.592 kHz`."""
    if dim in _UNSCALED or value == 0 or not math.isfinite(value):
        return f"{value:.4g} {dim}".rstrip()
    size = abs(value)
    for scale, prefix in _STEPS:
        if size >= scale * 0.9999995:
            return f"{value / scale:.4g} {prefix}{dim}"
    return f"{value:.4g} {dim}"


@lru_cache(maxsize=16_384)
def wanted_text(target: Target) -> str:
    """`1.592 kHz ± 2 %`."""
    text = show(target.value, target.dim)
    if target.value and target.rel_tol:
        text += f" ± {target.rel_tol * 100:.4g} %"
    if target.abs_tol:
        text += f" ± {show(target.abs_tol, target.dim)}"
    return text
