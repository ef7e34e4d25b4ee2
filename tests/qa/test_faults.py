"""What kind of error a wrong reply is."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.faults import FAULTS, UNREAD, Fault
from qa.grading import grade
from qa.item import Wanted

HZ = (Wanted(value=1592.36, unit="Hz"),)
VOLT = (Wanted(value=-6, unit="V"),)
OPTIONS = ("R1", "R2", "R3", "R4")
BLANKS: tuple[Any, ...] = (("3 V", "2 mA"), ())


@pytest.mark.parametrize(
    ("form", "answer", "accept", "reply", "fault"),
    [
        ("mcq", "B", (), "答案:B", ""),
        ("mcq", "B", (), "答案:C", "wrong letter"),
        ("mcq", "B", (), "A或B", "several answers"),
        ("mcq", "B", (), "I cannot see the picture.", "declined"),
        ("mcq", "B", (), "  ", "empty reply"),
        ("mcq", "B", (), "图里有一个很好看的东西", "unparsed"),
        ("fill", "1592 Hz", HZ, "1.59 kHz", ""),
        ("fill", "1592 Hz", HZ, "1592 kHz", "wrong prefix"),
        ("fill", "1592 Hz", HZ, "1.592", "wrong prefix"),
        ("fill", "1592 Hz", HZ, "1800 Hz", "wrong value"),
        ("fill", "1592 Hz", HZ, "1592 V", "wrong unit"),
        ("fill", "1592 Hz", HZ, "抱歉,我无法确定", "declined"),
        ("fill", "-6 V", VOLT, "6 V", "wrong sign"),
        ("fill", "-6 V", VOLT, "-6 mV", "wrong prefix"),
        ("fill", "并联", (), "串联", "wrong text"),
        ("fill", "并联", (), "串联或并联", "several answers"),
        ("fill", "R1", (), "R7", "wrong component"),
        ("fill", "R1", (), "电阻", "wrong text"),
        ("components", "R1, R2, C1", (), "R1, R2, C1", ""),
        ("components", "R1, R2, C1", (), "R1, R2", "missing component"),
        ("components", "R1, R2, C1", (), "R1, R2, R9", "hallucinated component"),
        ("components", "R1: 10 kΩ; R2: 1 kΩ", (), "R1: 10 kΩ; R2: 2 kΩ", "wrong component"),
        ("components", "2个电阻, 1个电容", (), "3个电阻, 1个电容", "hallucinated component"),
        ("components", "R1", (), "nothing", "unparsed"),
        ("json", '{"a": 1}', (), '{"a": 2}', "wrong data"),
        ("json", '{"a": 1}', (), "a is one", "unparsed"),
        ("fill", *BLANKS, "3 V; 2 mA", ""),
        ("fill", *BLANKS, "-3 V; 2 A", "wrong sign"),
        ("fill", *BLANKS, "3 V; 2 A", "wrong prefix"),
        ("fill", *BLANKS, "hm; 4 mA", "missing blank"),
        ("fill", {"I": "2 A", "U": "3 V"}, (), "I = 2 A", "missing blank"),
    ],
)
def test_the_kind_of_error(form: Any, answer: Any, accept: Any, reply: str, fault: str) -> None:
    verdict = grade(form, "____", answer, reply, OPTIONS if form == "mcq" else None, accept)
    assert verdict.fault == fault, verdict


def test_every_kind_is_explained() -> None:
    assert set(FAULTS) == set(get_args(Fault)) > UNREAD


CASES: list[tuple[Any, Any, Any]] = [
    ("mcq", "B", ()), ("fill", "1592 Hz", HZ), ("fill", "并联", ()), ("fill", "R1", ()), ("fill", *BLANKS),
    ("components", "R1, C1", ()), ("json", "{}", ()),
]  # fmt: skip


@given(
    case=st.sampled_from(CASES),
    reply=st.lists(
        st.sampled_from(["B", "答案:", "1592", " Hz", "R1", ", C1", "{}", "并联", "-3 V", "; 2 mA", "不知道"])
    ).map("".join)
    | st.text(),
)
def test_a_kind_stands_exactly_where_the_reply_is_not_right(case: tuple[Any, Any, Any], reply: str) -> None:
    form, answer, accept = case
    v = grade(form, "____", answer, reply, OPTIONS if form == "mcq" else None, accept)
    assert (v.verdict == "right") == (v.fault == "")
    assert v.fault in ("", *FAULTS)
    assert (v.verdict == "unparsed") == (v.fault in UNREAD)
