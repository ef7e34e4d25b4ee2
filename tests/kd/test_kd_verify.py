"""An analysis is held against the netlist and the Items: what is not so is found, what is not known is not judged."""

from __future__ import annotations

from typing import Any

import pytest

from kd.analysis import Analysis
from kd.known import Known
from kd.verify import faults
from qa.components import Entry
from qa.item import Item, Lang, Origin, Wanted, item_id
from qa.names import named
from qa.quantity import find


def entry(ref: str, kind: str, value: str = "") -> Entry:
    return Entry(ref, named(kind)[0], next(iter(find(value)), None))


def item(topic: str, question: str, answer: str, options: tuple[str, ...] | None = None, **more: Any) -> Item:
    return Item(
        id=item_id(("x",), question, options), pictures=("images/a.png",), form="mcq" if options else "fill", level=4,
        topic=topic, lang="zh", question=question, options=options, answer=answer, group="g",
        origin=Origin(source="circuits", writer="rule:x@1"), **more,
    )  # fmt: skip


CUTOFF = item("cutoff", "截止频率约为______Hz。", "1592 Hz", accept=(Wanted(value=1592, unit="Hz"),))
FUNCTION = item("function", "该电路是?", "B", ("RC高通滤波器", "RC低通滤波器", "反相放大器", "分压电路"))
PARTS = (entry("R1", "电阻", "10 kΩ"), entry("C1", "电容", "10 nF"), entry("V1", "交流电压源"))
KNOWN = Known(PARTS, refs=True, values=True, items=(CUTOFF, FUNCTION))
ZH: dict[str, Any] = {
    "function": "RC低通滤波器,滤除高频成分。",
    "principle": "输入信号V1经R1送到C1,输出取自C1两端;频率升高时C1的容抗减小,输出随之下降。",
    "components": [
        {"ref": "R1", "kind": "电阻", "value": "10 kΩ", "role": "与C1决定截止频率。"},
        {"ref": "c1", "kind": "电容器", "value": "0.01 μF", "role": "旁路高频。"},
    ],
    "estimates": [{"name": "截止频率", "value": "1.59 kHz", "how": "f = 1/(2πR1C1)"}],
}


def found(changes: dict[str, Any], known: Known = KNOWN, lang: Lang = "zh") -> list[str]:
    return [f"{f.name}: {f.what}" for f in faults(Analysis.model_validate({**ZH, **changes}), known, lang)]


def part(ref: str, kind: str = "", value: str = "") -> dict[str, Any]:
    return {"components": [{"ref": ref, "kind": kind, "value": value, "role": "x"}]}


def test_a_right_analysis_has_no_fault() -> None:
    assert found({}) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (part("R9", "电阻"), "invented part: no R9"),
        ({"principle": "输入信号经R1和R2分压之后再送到输出端C1,由此得到所需的电压。"}, "invented part: no R2"),
        (part("R1、R9", "电阻"), "invented part: no R9"),
        (part("R1", "电感"), "wrong kind: R1 is no 电感"),
        (part("R1", "电阻", "20 kΩ"), "wrong value: R1 is not 20 kΩ"),
        (part("R1", "resistor", "10 Ω"), "wrong value: R1 is not 10 Ω"),
        (part("", "运算放大器"), "invented part: no opamp"),
        ({"estimates": [{"name": "截止频率fc", "value": "10 kHz"}]}, "wrong result: 截止频率fc is 1592 Hz, not 10 kHz"),
        ({"function": "一阶RC高通滤波器。"}, "wrong function: the right one is RC低通滤波器"),
        ({"function": "RC低通滤波器 <image>"}, "wording: markup"),
        ({"function": "An RC low pass filter", "principle": "a plain text in the other language " * 3,
          "components": [{"role": "nothing"}], "estimates": []}, "wording: language"),
    ],
)  # fmt: skip
def test_what_is_not_so_is_found(changes: dict[str, Any], fault: str) -> None:
    assert fault in found(changes)


@pytest.mark.parametrize(
    "changes",
    [
        part("", "电阻"),
        part("VCC", "电源"),
        part("", "接地"),
        part("R1", "", "10kΩ"),
        part("R1", "定值电阻", "10.1 kΩ"),
        part("V1", "交流电压源", "5 V"),
        {"estimates": []},
        {"estimates": [{"name": "时间常数", "value": "1 s"}]},
        {"function": "低通滤波电路"},
        {"function": "滤波器"},
        {"function": "图中的电路"},
        {"function": "与高通滤波器不同,这是RC低通滤波器"},
        {"principle": "输出电压U2由I1流过R1得到,V3指输出端电压,详见图2及公式F12,由此可得结论。"},
    ],
)
def test_what_may_be_said_is_no_fault(changes: dict[str, Any]) -> None:
    assert found(changes) == []


def test_without_a_netlist_only_what_items_say_is_judged() -> None:
    bare = Known(absent=frozenset({"opamp"}), items=(CUTOFF,))
    assert found(part("R9", "电阻", "3 Ω"), bare) == []
    assert found(part("U1", "运放"), bare) == ["invented part: no opamp"]
    assert found({"estimates": [{"name": "cutoff frequency", "value": "1 Hz"}]}, bare)


def test_designators_and_values_that_are_not_printed() -> None:
    kinds = tuple(Entry("", p.kind, None) for p in PARTS)
    generated, golden = Known(kinds, refs=False, values=False), Known(kinds)
    assert found({}, golden) == [], "a golden netlist tells neither, so nothing is known of them"
    assert found(part("R1", "电阻"), generated) == ["invented part: R1: no designator is printed"]
    assert found(part("", "电阻", "10 kΩ"), generated) == ["wrong value: 电阻 10 kΩ: no value is printed"]
    assert found(part("R1", "电感"), golden) == ["invented part: no inductor"]


def test_a_reply_may_leave_out_what_it_does_not_know() -> None:
    read = Analysis.model_validate({**ZH, "estimates": None, "components": [{"ref": None, "value": 3, "role": "x"}]})
    assert read.estimates == () and read.components[0].value == "3"
    assert "估算" not in read.text("zh") and read.text("en").startswith("Function: ")
