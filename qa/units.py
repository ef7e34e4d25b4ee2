"""Units as people write them: `kΩ`, `KHZ`, `千欧`, `milliamps`, `rad·s^-1`. A unit is a dimension and a scale."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

from qa.reply import plain


class Unit(NamedTuple):
    """`dim`: the base unit it is measured in (`V`, `Hz`, `Ω`, `rad/s`, empty for a pure number)."""

    dim: str
    scale: float
    bare_prefix: bool = False
    """A prefix without a unit (`4.7k`): takes the dimension that is asked for."""


NONE = Unit("", 1.0)

_PREFIXES = {
    "": 1.0, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "K": 1e3, "m": 1e-3, "u": 1e-6, "μ": 1e-6, "n": 1e-9,
    "p": 1e-12, "f": 1e-15,
}  # fmt: skip
_WORD_PREFIXES = {
    "": 1.0, "giga": 1e9, "mega": 1e6, "meg": 1e6, "kilo": 1e3, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9,
    "pico": 1e-12,
}  # fmt: skip
_ZH_PREFIXES = {"": 1.0, "吉": 1e9, "兆": 1e6, "千": 1e3, "毫": 1e-3, "微": 1e-6, "纳": 1e-9, "皮": 1e-12}

_SYMBOLS = ("V", "A", "Ω", "F", "H", "Hz", "W", "S", "s", "J", "VA", "var", "C", "Wb")
# Symbols whose letter case is forgiven, all but that of a leading m or M (milli is not mega).
_LOOSE = {
    "hz": "Hz", "v": "V", "a": "A", "w": "W", "f": "F", "h": "H", "ohm": "Ω", "ohms": "Ω", "ω": "Ω", "va": "VA",
    "var": "var", "vrms": "V", "vdc": "V", "vac": "V", "vpk": "V", "vp": "V", "arms": "A", "adc": "A", "vpp": "Vpp",
    "mho": "S", "mhos": "S", "sec": "s", "secs": "s",
}  # fmt: skip
_WORDS = {
    "volt": "V", "amp": "A", "ampere": "A", "ohm": "Ω", "farad": "F", "henry": "H", "hertz": "Hz", "watt": "W",
    "siemen": "S", "second": "s", "joule": "J", "coulomb": "C", "var": "var", "weber": "Wb",
}  # fmt: skip
_ZH_WORDS = {
    "伏特": "V", "伏": "V", "安培": "A", "安": "A", "欧姆": "Ω", "欧": "Ω", "Ω": "Ω", "法拉": "F", "法": "F",
    "亨利": "H", "亨": "H", "赫兹": "Hz", "赫": "Hz", "瓦特": "W", "瓦": "W", "秒": "s", "西门子": "S", "焦耳": "J",
    "焦": "J", "伏安": "VA", "乏": "var", "库仑": "C", "韦伯": "Wb",
}  # fmt: skip
_PER_DEGREE = 180.0 / math.pi
_OTHERS = {
    "%": Unit("", 0.01), "percent": Unit("", 0.01), "‰": Unit("", 0.001),
    "dB": Unit("dB", 1.0), "db": Unit("dB", 1.0), "DB": Unit("dB", 1.0), "Db": Unit("dB", 1.0),
    "decibel": Unit("dB", 1.0), "decibels": Unit("dB", 1.0), "分贝": Unit("dB", 1.0),
    "dBm": Unit("dBm", 1.0), "dBV": Unit("dBV", 1.0),
    "°": Unit("°", 1.0), "deg": Unit("°", 1.0), "degree": Unit("°", 1.0), "degrees": Unit("°", 1.0),
    "度": Unit("°", 1.0),
    "rad": Unit("°", _PER_DEGREE), "radian": Unit("°", _PER_DEGREE), "radians": Unit("°", _PER_DEGREE),
    "弧度": Unit("°", _PER_DEGREE), "krad": Unit("°", 1e3 * _PER_DEGREE), "Mrad": Unit("°", 1e6 * _PER_DEGREE),
    "mrad": Unit("°", 1e-3 * _PER_DEGREE),
    "°C": Unit("°C", 1.0), "摄氏度": Unit("°C", 1.0), "°F": Unit("°F", 1.0),
    "min": Unit("s", 60.0), "mins": Unit("s", 60.0), "minute": Unit("s", 60.0), "minutes": Unit("s", 60.0),
    "分钟": Unit("s", 60.0), "hour": Unit("s", 3600.0), "hours": Unit("s", 3600.0), "小时": Unit("s", 3600.0),
    "rpm": Unit("rpm", 1.0), "Pa": Unit("Pa", 1.0), "N": Unit("N", 1.0), "kg": Unit("kg", 1.0), "g": Unit("kg", 1e-3),
    "mm": Unit("m", 1e-3), "cm": Unit("m", 1e-2), "km": Unit("m", 1e3), "米": Unit("m", 1.0), "毫米": Unit("m", 1e-3),
    "eV": Unit("eV", 1.0), "Wh": Unit("Wh", 1.0), "kWh": Unit("Wh", 1e3), "mAh": Unit("Ah", 1e-3),
    "Ah": Unit("Ah", 1.0),
    "Vp-p": Unit("Vpp", 1.0), "mVpp": Unit("Vpp", 1e-3), "mVp-p": Unit("Vpp", 1e-3),
    "x": NONE, "X": NONE, "times": NONE, "fold": NONE, "倍": NONE, "bit": NONE, "bits": NONE, "dec": NONE,
    "decade": NONE, "oct": NONE, "octave": NONE, "mhos": Unit("S", 1.0),
    "megohm": Unit("Ω", 1e6), "megohms": Unit("Ω", 1e6), "kilohm": Unit("Ω", 1e3), "kilohms": Unit("Ω", 1e3),
    "kohm": Unit("Ω", 1e3), "kohms": Unit("Ω", 1e3), "Mohm": Unit("Ω", 1e6), "Mohms": Unit("Ω", 1e6),
    "siemens": Unit("S", 1.0),
}  # fmt: skip
_COUNTERS = "个只条处级组位路支种根片块枚颗台项件"  # 3个: a pure number

_EXACT: dict[str, Unit] = {}
_TOLERANT: dict[str, Unit] = {}
_ZH: dict[str, Unit] = dict.fromkeys(_COUNTERS, NONE)


def _fill_tables() -> None:
    for symbol in _SYMBOLS:
        for prefix, scale in _PREFIXES.items():
            _EXACT[prefix + symbol] = Unit(symbol, scale)
    for loose, dim in _LOOSE.items():
        for prefix, scale in _PREFIXES.items():
            key = prefix if prefix in ("m", "M") else prefix.lower()
            if prefix != "f" or len(loose) > 1:
                _TOLERANT.setdefault(key + loose, Unit(dim, scale))
    for word, dim in _WORDS.items():
        for form in (word, f"{word}s", "henries" if word == "henry" else word):
            for prefix, scale in _WORD_PREFIXES.items():
                for key in (prefix + form, f"{prefix}-{form}"):
                    _TOLERANT[key] = _TOLERANT[key.capitalize()] = Unit(dim, scale)
    for symbol, scale in _PREFIXES.items():
        if symbol:
            _EXACT.setdefault(symbol, Unit("", scale, True))
    for word, scale in _WORD_PREFIXES.items():
        if word:
            for form in (word, word.capitalize(), word.upper()):
                _EXACT[form] = Unit("", scale, True)
    for zh, dim in _ZH_WORDS.items():
        for prefix, scale in _ZH_PREFIXES.items():
            _ZH[prefix + zh] = Unit(dim, scale)
    for prefix, scale in _ZH_PREFIXES.items():
        if prefix:
            _ZH[prefix] = Unit("", scale, True)
    for name, unit in _OTHERS.items():
        (_EXACT if ord(name[0]) < 0x3000 else _ZH)[name] = unit


_fill_tables()

_LATIN = re.compile(r"[ \t]{0,2}([A-Za-zΩωμ°%‰]+(?:(?<=kilo|mega)-[a-z]+|(?<=[Vv]p)-p)?)")
_ZH_RUN = re.compile(r"[ \t]{0,2}([\u4e00-\u9fffΩ]{1,5})")
_PER = re.compile(r"\s?(?:/|每|\bper\s)\s?([A-Za-zΩμ]+|[\u4e00-\u9fff]{1,4})")
_PER_SECOND = re.compile(r"\s?[·*.]?\s?(?:s|sec)\s?\^?\(?-1\)?(?![\d.])")
_RATIOS = {"V/V": "", "A/A": "", "Ω/Ω": "", "W/W": "", "A/V": "S", "V/A": "Ω"}


def match_unit(text: str, at: int) -> tuple[Unit, int] | None:
    """The unit that stands at `at` (after at most two spaces) and where it ends; None if none does."""
    found = _one_unit(text, at)
    if found is None:
        return None
    unit, end = found
    if unit.bare_prefix:  # `1 meg ohm`, `k欧`, `10 μ F`
        base = _one_unit(text, end)
        if base and base[0].scale == 1.0 and base[0].dim and not base[0].bare_prefix:
            return Unit(base[0].dim, unit.scale), base[1]
        return unit, end
    if end < len(text):
        return _compound(text, unit, end)
    return unit, end


def _one_unit(text: str, at: int) -> tuple[Unit, int] | None:
    m = _LATIN.match(text, at)
    if m:
        word, end = m[1], m.end()
        if end < len(text) and (text[end].isdigit() or text[end] == "_") and text[end - 1] not in "%°":
            return None  # `5 R1`: a name, not a unit
        unit = _lookup(word)
        if unit is None and word[0] in "°%":
            unit, end = _EXACT[word[0]], m.start(1) + 1
        return None if unit is None else (unit, end)
    m = _ZH_RUN.match(text, at)
    if m:
        run = m[1]
        for n in range(len(run), 0, -1):
            unit = _ZH.get(run[:n])
            if unit is not None:
                return unit, m.start(1) + n
    return None


@lru_cache(maxsize=4_096)
def _lookup(word: str) -> Unit | None:
    unit = _EXACT.get(word)
    if unit is None:
        lower = word.lower()
        unit = _TOLERANT.get(word[0] + lower[1:] if word[0] in "mM" else lower)
    return unit


def _compound(text: str, unit: Unit, end: int) -> tuple[Unit, int]:
    m = _PER_SECOND.match(text, end) if text[end] in " ·*.s" else None
    if m and unit.dim:
        return _ratio(unit, Unit("s", 1.0)), m.end()
    m = _PER.match(text, end)
    if m:
        below = _one_unit(text, m.start(1))
        if below and not below[0].bare_prefix:
            return _ratio(unit, below[0]), below[1]
    return unit, end


def _ratio(above: Unit, below: Unit) -> Unit:
    scale = above.scale / below.scale
    if above.dim == "°" and below.dim == "s":
        return Unit("rad/s", scale / _PER_DEGREE)
    if not below.dim:  # `-20 dB/dec`
        return Unit(f"{above.dim}/dec", scale)
    name = f"{above.dim}/{below.dim}"
    return Unit(_RATIOS.get(name, name), scale)


@lru_cache(maxsize=4_096)
def parse_unit(unit: str) -> Unit:
    """The Unit a `Wanted.unit` names; an unknown one is a dimension of its own."""
    text = plain(unit)
    if not text:
        return NONE
    found = match_unit(text, 0)
    if found and found[1] == len(text) and not found[0].bare_prefix:
        return found[0]
    return Unit(text, 1.0)
