"""What single parts do, found by structure: feedback, current limiting, coupling, smoothing, bias, load."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synth.circuits.netlist import GROUND, Circuit, Component
from synth.questions.structure import Wiring, feedback


class Role(NamedTuple):
    """Wording of a role, the kinds that may have it, and roles too close to stand beside it."""

    zh: str
    en: str
    kinds: tuple[str, ...]
    near: tuple[str, ...] = ()


_R, _C = ("resistor",), ("capacitor",)
ROLES: dict[str, Role] = {
    "feedback": Role("为运放提供负反馈", "negative feedback around the op-amp", _R + _C),
    "input_resistor": Role("把输入信号引到运放的反相输入端", "leads the input to the op-amp's inverting input", _R + _C,
                           ("coupling",)),
    "current_limit": Role("限制二极管的电流", "limits the current of the diode", _R, ("load", "collector_load")),
    "base_bias": Role("为三极管基极提供直流偏置", "DC bias of the transistor's base", _R),
    "collector_load": Role("作集电极负载,把电流变化变成电压变化", "collector load that turns current into voltage", _R,
                           ("load",)),
    "emitter": Role("发射极直流负反馈,稳定静态工作点", "emitter degeneration that steadies the operating point", _R),
    "load": Role("作电路的输出负载", "load of the output", _R),
    "coupling": Role("耦合交流信号并隔断直流", "couples the AC signal and blocks DC", _C, ("bypass",)),
    "bypass": Role("交流旁路发射极电阻", "AC bypass of the emitter resistor", _C, ("coupling",)),
    "smoothing": Role("滤波,使输出电压平滑", "smooths the output voltage", _C, ("regulator_cap",)),
    "regulator_cap": Role("稳压器输入或输出端的滤波", "filters the regulator's input or output", _C, ("smoothing",)),
    "rectify": Role("整流,只让电流单向通过", "rectifies: lets current pass one way", ("diode",)),
    "regulate": Role("反向击穿,稳定输出电压", "breaks down in reverse and holds the output voltage", ("zener",)),
    "indicate": Role("通电时发光指示", "lights up as an indicator", ("led",)),
}  # fmt: skip
"""Only roles that some circuit gives as an answer: one that is never right is no wrong option either."""


def near(a: str, b: str) -> bool:
    """Whether two roles are too close to stand beside each other."""
    return b in ROLES[a].near or a in ROLES[b].near


def roles_in(circuit: Circuit) -> list[tuple[Component, str]]:
    """(part, role) wherever structure leaves no doubt."""
    found = [
        *_around_opamps(circuit),
        *_around_transistors(circuit),
        *_around_diodes(circuit, Wiring(circuit)),
        *_loads(circuit),
    ]
    return list({(id(c), role): (c, role) for c, role in found}.values())


def _around_opamps(circuit: Circuit) -> Iterator[tuple[Component, str]]:
    yield from ((c, "feedback") for _, c in feedback(circuit) if c.kind in ("resistor", "capacitor"))
    for u in circuit.of_kind("opamp"):
        if circuit.function in ("inverting_amplifier", "summing_amplifier", "integrator", "differentiator"):
            for c, _ in circuit.by_net[u.pins["-"]]:
                far = _other_end(c, u.pins["-"])
                if c.kind in ("resistor", "capacitor") and far in circuit.inputs:
                    yield c, "input_resistor"


def _around_transistors(circuit: Circuit) -> Iterator[tuple[Component, str]]:
    if circuit.function != "common_emitter":
        return
    for q in circuit.of_kind("npn", "pnp"):
        base, collector, emitter = q.pins["B"], q.pins["C"], q.pins["E"]
        for c in circuit.of_kind("resistor"):
            ends = set(c.nets)
            if base in ends and collector not in ends and not ends & set(circuit.inputs):
                yield c, "base_bias"
            elif collector in ends and GROUND not in ends and (circuit.output not in ends - {collector}):
                yield c, "collector_load"
            elif ends == {emitter, GROUND}:
                yield c, "emitter"
        for c in circuit.of_kind("capacitor"):
            ends = set(c.nets)
            if ends == {emitter, GROUND}:
                yield c, "bypass"
            elif (base in ends and ends & set(circuit.inputs)) or (collector in ends and circuit.output in ends):
                yield c, "coupling"


def _around_diodes(circuit: Circuit, wiring: Wiring) -> Iterator[tuple[Component, str]]:
    for d in circuit.of_kind("led", "zener"):
        for r in circuit.of_kind("resistor"):
            in_line = wiring.relation(r, d) == "series"
            feeds = d.kind == "zener" and d.pins["K"] in r.nets and GROUND not in r.nets
            if (d.kind == "led" and in_line) or (feeds and circuit.function == "zener_regulator"):
                yield r, "current_limit"
        if d.kind == "zener" and circuit.function == "zener_regulator":
            yield d, "regulate"
        if d.kind == "led" and circuit.function == "led_driver":
            yield d, "indicate"
    if circuit.function.endswith("_rectifier"):
        yield from ((d, "rectify") for d in circuit.of_kind("diode"))


def _loads(circuit: Circuit) -> Iterator[tuple[Component, str]]:
    out = {circuit.output, circuit.output_ref}
    if circuit.function.endswith(("_rectifier", "_regulator")):
        for c in circuit.components:
            if set(c.nets) == out:
                if c.kind == "resistor":
                    yield c, "load"
                elif c.kind == "capacitor":
                    yield c, "smoothing" if circuit.function.endswith("_rectifier") else "regulator_cap"
    for u in circuit.of_kind("regulator"):
        for c in circuit.of_kind("capacitor"):
            if set(c.nets) == {u.pins["in"], u.pins["gnd"]}:
                yield c, "regulator_cap"


def _other_end(c: Component, net: str) -> str:
    return next((n for n in c.nets if n != net), "")
