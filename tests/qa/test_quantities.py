"""Quantities in replies: the issue's table, then any quantity written any way."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa.grading import grade
from qa.item import Wanted

CUTOFF = "该RC低通滤波器的截止频率约为______Hz。(π取3.14)"


def fill(reply: str, value: float, unit: str, question: str = "所求为______。", **tolerance: float) -> str:
    """The verdict against one Wanted."""
    accept = (Wanted(value=value, unit=unit, **tolerance),)  # type: ignore[arg-type]
    return grade("fill", question, f"{value} {unit}", reply, None, accept).verdict


def table() -> list[tuple[str, float, str, str]]:
    """(verdict, wanted value, unit, reply) of quantities.tsv."""
    lines = Path(__file__).with_name("quantities.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(verdict, float(value), unit, reply.replace("\\n", "\n")) for verdict, value, unit, reply in rows]


@pytest.mark.parametrize(("verdict", "value", "unit", "reply"), table())
def test_the_table(verdict: str, value: float, unit: str, reply: str) -> None:
    v = grade("fill", "所求为______。", f"{value} {unit}", reply, None, (Wanted(value=value, unit=unit),))
    if verdict == "not right":
        assert v.verdict != "right", v
        assert v.score == 0.0
    else:
        assert v.verdict == verdict, v


@pytest.mark.parametrize(
    ("question", "reply", "verdict"),
    [
        (CUTOFF, "1592", "right"),
        (CUTOFF, "1.592", "wrong"),
        (CUTOFF, "1.592 kHz", "right"),
        ("截止频率约为____kHz。", "1.592", "right"),
        ("截止频率约为____ kHz。", "1592", "wrong"),
        ("截止频率约为____kHz。", "1592 Hz", "right"),
        ("截止频率约为(  )kHz。", "1.592", "right"),
        ("截止频率约为\uff08 \uff09千赫。", "1.592", "right"),
        ("截止频率是多少?(单位:kHz)", "1.592", "right"),
        ("What is the cutoff frequency in kHz?", "1.592", "right"),
        ("What is the cutoff frequency?", "1592", "right"),
        ("The cutoff frequency is ______ of the filter.", "1592", "right"),
    ],
)
def test_the_unit_printed_after_the_blank(question: str, reply: str, verdict: str) -> None:
    assert fill(reply, 1592.36, "Hz", question) == verdict


@pytest.mark.parametrize(
    ("answer", "question", "reply", "verdict"),
    [
        ("1592", CUTOFF, "1.592 kHz", "right"),
        ("1.592 kHz", CUTOFF, "1592", "right"),
        ("1.592 kHz", "截止频率为____。", "1592 Hz", "right"),
        ("1.592 kHz", "截止频率为____。", "1.592", "right"),
        ("4k7", "R1的阻值为____。", "4.7kΩ", "right"),
        ("4.7kΩ", "R1的阻值为____。", "4k7", "right"),
        ("R2", "与R1并联的是____。", "R2", "right"),
        ("R2", "与R1并联的是____。", "0.2 Ω", "wrong"),
        ("2N3904", "Q1的型号是____。", "2N3904", "right"),
        ("2N3904", "Q1的型号是____。", "2N3906", "wrong"),
    ],
)
def test_answers_without_a_wanted(answer: str, question: str, reply: str, verdict: str) -> None:
    assert grade("fill", question, answer, reply).verdict == verdict


def test_why_names_the_fault() -> None:
    def why(reply: str) -> str:
        return grade("fill", CUTOFF, "1592", reply, None, (Wanted(value=1592.36, unit="Hz"),)).why

    assert why("1592") == "read as 1592 Hz, wanted 1.592 kHz ± 2 %"
    assert why("-1592").startswith("wrong sign")
    assert why("1592 V").startswith("wrong unit")
    assert why("1592 kHz").startswith("wrong prefix (1000×)")
    assert why("1.592").startswith("wrong prefix (1/1000×)")
    assert why("7").startswith("wrong value")


def test_tolerance_of_the_item() -> None:
    assert fill("102 V", 100, "V") == "right"
    assert fill("102.1 V", 100, "V") == "wrong"
    assert fill("109 V", 100, "V", rel_tol=0.1) == "right"
    assert fill("100.001 V", 100, "V", rel_tol=0) == "wrong"
    assert fill("0.4 V", 0, "V", abs_tol=0.5) == "right"
    assert fill("7", 7, "", rel_tol=0) == "right"
    assert fill("8", 7, "", rel_tol=0) == "wrong"


# -- any quantity, written any way --------------------------------------------------------------------------------
PREFIXES = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "μ": 1e-6, "\u00b5": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6}
UNITS = {
    "V": ("V", "伏", " volts"),
    "A": ("A", "安", " amps"),
    "Ω": ("Ω", "欧", " ohms"),
    "F": ("F", "法", " farads"),
    "H": ("H", "亨", " henries"),
    "Hz": ("Hz", "赫兹", " hertz"),
    "s": ("s", "秒", " seconds"),
    "W": ("W", "瓦", " watts"),
}
ZH = {"p": "皮", "n": "纳", "u": "微", "m": "毫", "": "", "k": "千", "M": "兆"}
EN = {"p": "pico", "n": "nano", "u": "micro", "m": "milli", "": "", "k": "kilo", "M": "mega"}
WRAPS = [
    "{}",
    "{}。",
    "约{}",
    "≈{}",
    "答案:{}",
    "答案\uff1a约为{}。",
    "Answer: {}",
    "The answer is {}.",
    "x = {}",
    "$x={}$",
    "\\boxed{{{}}}",
    "**{}**",
    "所以结果是{}",
    "由R1=3Ω, U=9V可得\n答案:{}",
    "It is {}, so the result is {}.",
    "答案:{}。因为R1=3Ω",
]

values = st.builds(
    lambda digits, exp, minus: (-1 if minus else 1) * digits * 10.0**exp,
    st.integers(min_value=1000, max_value=9999),
    st.integers(min_value=-11, max_value=2),
    st.booleans(),
)


@st.composite
def written(draw: st.DrawFn, value: float, unit: str) -> str:
    """`value` in `unit`, written in one of many ways with at least four digits."""
    prefix = draw(st.sampled_from(sorted(PREFIXES)))
    number = value / PREFIXES[prefix]
    assume(1e-4 < abs(number) < 1e7)
    style = draw(st.sampled_from(["plain", "exp", "times", "latex", "superscript", "grouped"]))
    mantissa, exponent = f"{number:.5e}".split("e")
    if style == "exp":
        text = f"{number:.5e}"
    elif style == "times":
        text = f"{mantissa}×10^{int(exponent)}"
    elif style == "latex":
        text = f"{mantissa} \\times 10^{{{int(exponent)}}}"
    elif style == "superscript":
        text = f"{mantissa}×10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    elif style == "grouped":
        text = f"{number:,.7f}"
    else:
        text = f"{number:.8f}".rstrip("0").rstrip(".")
    if draw(st.booleans()):
        text = text.replace("-", "\u2212") if style != "latex" else text
    space = draw(st.sampled_from(["", " ", "  "]))
    names = UNITS[unit]
    plain_prefix = "u" if prefix in "μ\u00b5" and prefix else prefix
    how = draw(st.sampled_from(["symbol", "latex", "zh", "en", "spaced"]))
    if how == "zh":
        return f"{text}{space}{ZH[plain_prefix]}{names[1]}"
    if how == "en":
        return f"{text} {EN[plain_prefix]}{names[2].strip()}"
    if how == "latex":
        return f"{text}\\,\\mathrm{{{prefix}{names[0]}}}"
    return f"{text}{space}{prefix}{names[0]}"


@st.composite
def cases(draw: st.DrawFn) -> tuple[float, str]:
    return draw(values), draw(st.sampled_from(sorted(UNITS)))


@given(st.data(), cases(), st.sampled_from(WRAPS))
def test_any_quantity_written_any_way_is_right(data: st.DataObject, case: tuple[float, str], wrap: str) -> None:
    value, unit = case
    text = data.draw(written(value, unit))
    reply = wrap.format(*[text] * wrap.count("{}"))
    v = grade("fill", "?", "", reply, None, (Wanted(value=value, unit=unit),))
    assert v.verdict == "right", (reply, value, v)


@given(
    st.data(),
    cases(),
    st.sampled_from(WRAPS),
    st.sampled_from([0.9, 0.97, 1.03, 1.1, 2.0, 10.0, 1000.0, 1e-3, 2 * math.pi, -1.0]),
)
def test_perturbed_or_sign_flipped_is_wrong(
    data: st.DataObject, case: tuple[float, str], wrap: str, factor: float
) -> None:
    value, unit = case
    text = data.draw(written(value * factor, unit))
    v = grade("fill", "?", "", wrap.format(*[text] * wrap.count("{}")), None, (Wanted(value=value, unit=unit),))
    assert v.verdict == "wrong", (text, value, v)


@given(st.data(), cases(), st.sampled_from(sorted(UNITS)), st.sampled_from(WRAPS[:8]))
def test_another_unit_is_wrong(data: st.DataObject, case: tuple[float, str], other: str, wrap: str) -> None:
    value, unit = case
    assume(other != unit)
    text = data.draw(written(value, other))
    v = grade("fill", "?", "", wrap.format(*[text] * wrap.count("{}")), None, (Wanted(value=value, unit=unit),))
    assert v.verdict == "wrong", (text, v)


@given(cases(), st.sampled_from(sorted(PREFIXES)))
def test_a_bare_number_takes_the_unit_after_the_blank(case: tuple[float, str], prefix: str) -> None:
    value, unit = case
    number = value / PREFIXES[prefix]
    assume(1e-6 < abs(number) < 1e9)
    accept = (Wanted(value=value, unit=unit),)
    question = f"所求值为______{prefix}{unit}。"
    assert grade("fill", question, "", f"{number:.6g}", None, accept).verdict == "right"
    assert grade("fill", question, "", f"{number * 1000:.6g}", None, accept).verdict == "wrong"


@given(st.integers(1, 999), st.integers(0, 9), st.sampled_from("kKMRunp"))
def test_rkm_codes(whole: int, part: int, code: str) -> None:
    scale = {"k": 1e3, "K": 1e3, "M": 1e6, "R": 1.0, "u": 1e-6, "n": 1e-9, "p": 1e-12}[code]
    unit = "Ω" if code in "kKMR" else "F"
    assert fill(f"{whole}{code}{part}", (whole + part / 10) * scale, unit, rel_tol=1e-6) == "right"
