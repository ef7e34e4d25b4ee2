"""Numbers written as words: `fifteen`, `twenty-five`, `three hundred`, `十五`, `两百二十`, `三点三`."""

from __future__ import annotations

import re

_ONES = "zero|one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_EN = {w: float(i) for i, w in enumerate(f"{_ONES}|{_TEENS}".split("|"))}
_EN |= {w: 10.0 * i for i, w in enumerate(_TENS.split("|"), 2)} | {"hundred": 100.0, "thousand": 1000.0}
EN = re.compile(
    rf"\b(?:(?:{_TENS})(?:[- ](?:{_ONES}))?|{_TEENS}|{_ONES})\b"
    rf"(?: point(?: (?:{_ONES})\b){{1,6}})?(?: (?:hundred|thousand)\b| and a half\b)?",
    re.IGNORECASE,
)

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
ZH = re.compile(
    r"(?<![第几数零一二两三四五六七八九十百千万])[零一二两三四五六七八九十][零一二三四五六七八九十百千万]{0,8}"
)
_POINT = re.compile(r"点([零一二三四五六七八九]{1,6})")


def en_number(text: str) -> float:
    """What a match of `EN` says: `twenty-five` is 25, `three point three` 3.3."""
    value, place = 0.0, 0
    for word in re.split(r"[- ]", text.lower()):
        if word == "point":
            place = 1
        elif word == "half":
            value += 0.5
        elif word in ("and", "a"):
            pass
        elif word in ("hundred", "thousand"):
            value *= _EN[word]
        else:
            value += _EN[word] / 10**place
            place += place > 0
    return value


def zh_number(text: str) -> int | None:
    """`十五` is 15, `三百零五` 305, `一万` 10000; None for what is no number (`一二`, `十千`)."""
    total, digit, least = 0, None, 100_000
    for c in text:
        if c in _DIGITS:
            if digit:  # only a 零 may stand before a digit
                return None
            digit = _DIGITS[c]
        else:
            place = _PLACES[c]
            if place >= least or (digit is None and (place != 10 or total)) or digit == 0:
                return None
            total, digit, least = total + (digit or 1) * place, None, place
    return total + (digit or 0)


def zh_numbers(text: str) -> list[tuple[int, int, float]]:
    """(start, end, value) of every number in Chinese characters that a text may hold, longest first at each place.

    `十千欧` gives 10 (of 千欧), `三千欧` 3000 and then 3: what follows decides.
    """
    found = []
    for m in ZH.finditer(text):
        for end in range(m.end(), m.start(), -1):
            value = zh_number(text[m.start() : end])
            if value is None:
                continue
            point = _POINT.match(text, end)
            if point:
                fraction = "".join(str(_DIGITS[c]) for c in point[1])
                found.append((m.start(), point.end(), float(f"{value}.{fraction}")))
            found.append((m.start(), end, float(value)))
    return found
