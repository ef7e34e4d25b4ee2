"""A teacher for tests of kd that analyses generated circuits, rightly or with one planted fault, as its script says.

Run as: python -m tests.kd.analysing_teacher '{"truth": "truth.json", "faulty": 0.3}'

The right analyses were written beforehand (`teach_analyses`). Nothing of the kit is imported by the server.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.kd.solving_teacher import Solving
from tests.synth.knowing_teacher import said
from tests.synth.teacher.fake_teacher import running, serve_forever, share

FAULTS = ("invented", "in prose", "kind", "value", "result", "absent kind")
PROSE = {
    "zh": "信号由输入端进入,经过图中各元件到达输出端,各部分依次配合,完成电路的功能。",
    "en": "The signal comes in at the input, passes the parts of the picture and leaves at the output as intended.",
}


class Analysing(Solving):
    """`faulty`: share of analyses with a planted fault; faults of transport as for the fake teacher."""

    def text_for(self, name: str, request: dict[str, Any]) -> str:
        (picture,) = said(request)[1]
        texts = said(request)[0]
        lang = "zh" if "电路图" in texts[0] else "en"
        known = next(q for q in self.truth if q["picture"] == picture)
        right: dict[str, Any] = json.loads(json.dumps(known[lang]))
        fault = planted(picture, self.script["faulty"], known)
        if fault:
            self.counts[f"fault {fault}"] += 1
            spoil(right, fault, lang)
        return json.dumps(right, ensure_ascii=False)

    def cut(self, text: str) -> str:
        return text[: len(text) // 2]


def planted(picture: str, faulty: float, known: dict[str, Any]) -> str:
    """Which fault the analysis of a picture gets; empty for none."""
    if share("faulty", picture) >= faulty:
        return ""
    possible = [f for f in FAULTS if f in known["faults"]]
    return possible[int(share("which", picture) * len(possible))] if possible else ""


def spoil(analysis: dict[str, Any], fault: str, lang: str) -> None:
    """Plants one fault."""
    valued = next((c for c in analysis["components"] if c["value"]), None)
    if fault == "invented":
        part = {"ref": "R77", "kind": "电阻" if lang == "zh" else "resistor", "value": "", "role": "?"}
        analysis["components"].append(part)
    elif fault == "in prose":
        analysis["principle"] += " R77" + ("起限流作用。" if lang == "zh" else " limits the current.")
    elif fault == "kind":
        analysis["components"][0]["kind"] = "继电器" if lang == "zh" else "relay"
    elif fault == "absent kind":
        part = {"ref": "", "kind": "晶闸管" if lang == "zh" else "thyristor", "value": "", "role": "?"}
        analysis["components"].append(part)
    elif fault == "value":
        assert valued is not None
        valued["value"] = "987 " + valued["value"].split(" ")[1]
    elif fault == "result":
        value = analysis["estimates"][0]["value"]
        number, _, unit = value.partition(" ")
        analysis["estimates"][0]["value"] = f"{float(number) * 3:.4g} {unit}".strip()


_CALLED = {
    "cutoff": {"zh": "截止频率", "en": "cutoff frequency"},
    "time-constant": {"zh": "时间常数", "en": "time constant"},
    "gain": {"zh": "电压增益", "en": "voltage gain"},
}


def drawn(item: Any) -> Any:
    """The circuit of an Item on a generated picture."""
    from synth.circuits.draw import draw_circuit

    family, seed, index = item.origin.file.rsplit("-", 2)
    return draw_circuit(family, int(seed), int(index), item.lang).circuit


def teach_analyses(items: Iterable[Any], path: Path, circuit_of: Callable[[Any], Any] = drawn) -> Path:
    """Writes a right analysis of each picture, in both languages, and which faults can be planted in it."""
    from synth.circuits.netlist import KINDS
    from synth.circuits.words import VALUED

    on: dict[str, list[Any]] = {}
    for item in items:
        on.setdefault(item.pictures[0], []).append(item)
    known = []
    for picture, here in on.items():
        circuit = circuit_of(here[0])
        entry: dict[str, Any] = {"picture": Path(picture).stem, "faults": []}
        for lang in ("zh", "en"):
            parts = [
                {
                    "ref": c.ref if circuit.shown.refs else "",
                    "kind": getattr(KINDS[c.kind], lang),
                    "value": f"{c.value:.6g} {KINDS[c.kind].unit}"
                    if circuit.shown.values and c.value is not None and c.kind in VALUED and c.kind != "ac_source"
                    else "",
                    "role": "决定电路的参数。" if lang == "zh" else "Sets a quantity of the circuit.",
                }
                for c in circuit.components[:12]
            ]
            results = [
                {"name": _CALLED[i.topic][lang], "value": i.answer_text, "how": ""}
                for i in here
                if i.topic in _CALLED and i.form == "fill"
            ]
            function = "图中的电路。" if lang == "zh" else "The circuit of the picture."
            entry[lang] = {
                "function": function, "principle": PROSE[lang], "components": parts, "estimates": results[:1],
            }  # fmt: skip
        zh = entry["zh"]
        kinds = {c.kind for c in circuit.components}
        if not kinds & (circuit.shown.unsure | {"amplifier"}):  # these may be read as almost anything
            entry["faults"].append("absent kind")
        if circuit.shown.refs:
            entry["faults"] += ["invented", "in prose", "kind"]
        if any(c["value"] for c in zh["components"]):
            entry["faults"].append("value")
        if zh["estimates"]:
            entry["faults"].append("result")
        known.append(entry)
    path.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
    return path


@contextmanager
def analysing_teacher(truth: Path, **script: Any) -> Iterator[str]:
    """A server that knows these pictures; yields its base URL."""
    with running(["-m", "tests.kd.analysing_teacher"], {"truth": str(truth), **script}) as url:
        yield url


if __name__ == "__main__":
    asyncio.run(serve_forever(Analysing(json.loads(sys.argv[1]))))
