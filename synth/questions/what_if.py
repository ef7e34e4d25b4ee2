"""Level 4: what becomes of a quantity if one part is changed, shorted or broken."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa.item import Lang
from synth.circuits.analysis import Change, changed, complete
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.circuits.probe import Probe, Quantity
from synth.circuits.solver import SolveError, dc
from synth.questions.calculated import setting
from synth.questions.draft import Draft
from synth.questions.givens import givens
from synth.questions.numeric import Asked, askable, drafts, found, node_text
from synth.questions.numeric_options import apart, written
from synth.questions.view import View, say

_WORDS: dict[Change, tuple[str, str]] = {
    "doubled": ("若{0}的{1}加倍而其余不变,", "if the {1} of {0} is doubled and nothing else changes"),
    "halved": ("若{0}的{1}减半而其余不变,", "if the {1} of {0} is halved and nothing else changes"),
    "shorted": ("若{0}被短路,", "if {0} is shorted"),
    "opened": ("若{0}断路(开路),", "if {0} is open-circuited"),
}
_VALUE = {
    "resistor": ("阻值", "resistance"),
    "capacitor": ("电容值", "capacitance"),
    "inductor": ("电感值", "inductance"),
}
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class _Target:
    """A quantity to follow through a change."""

    stem: tuple[str, str]
    unit: str
    probe: Callable[[Circuit], Probe]
    about: str = ""
    """Ref of the part it belongs to: not the one to change."""
    signed: bool = False


def _targets(circuit: Circuit, view: View, lang: Lang) -> Iterator[_Target]:
    """What is worth following: frequencies of filters, gain of amplifiers, else voltages and currents."""
    facts: tuple[tuple[Quantity, str, str, str], ...] = (
        ("cutoff", "该滤波电路的截止频率(-3 dB)", "the cutoff frequency (-3 dB)", "Hz"),
        ("resonance", "该电路的谐振频率", "the resonance frequency", "Hz"),
    )
    for quantity, zh, en, unit in facts:
        if circuit.of_kind("capacitor", "inductor"):
            yield _Target((zh, en), unit, _of(quantity))
    if circuit.of_kind("opamp") and len(circuit.inputs) == 1 and circuit.output:
        yield _Target(("该电路的电压放大倍数", "the voltage gain of the circuit"), "", _of("gain"), signed=True)
    s = setting(view.circuit, lang)
    if s is None or circuit.of_kind("ac_source"):
        return
    moment, after = s.moment, f" {s.moment}" if s.moment else ""
    for net, label in view.labels.items():
        if net != GROUND and GROUND in view.named_nets:
            node = node_text(label, lang)
            stem = (f"{moment}{node}对地的电压", f"the voltage at {node} with respect to ground{after}")
            yield _Target(stem, "V", _voltage(net), signed=bool(circuit.of_kind("opamp")))
    for c in view.named(circuit.of_kind("resistor", "led")):
        name = view.the(c)
        stem = (f"{moment}流过{name}的电流大小", f"the magnitude of the current through {name}{after}")
        yield _Target(stem, "A", _current(c), about=c.ref)


def _of(quantity: Quantity) -> Callable[[Circuit], Probe]:
    return lambda circuit: Probe(quantity, circuit)


def _voltage(net: str) -> Callable[[Circuit], Probe]:
    return lambda circuit: Probe("voltage", circuit, a=net)


def _current(c: Component) -> Callable[[Circuit], Probe]:
    return lambda circuit: Probe("current", circuit, ref=c.ref, a=next(iter(c.pins)), magnitude=True)


def what_if(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """A new value after a change, with the old value and hasty proportions as wrong options."""
    view = View(circuit, lang)
    said = givens(view)
    parts = view.named(circuit.of_kind("resistor", "capacitor", "inductor"))
    if said is None or not parts:
        return
    circuit = complete(circuit)
    targets = [t for t in _targets(circuit, view, lang) if found(t.probe(circuit)) is not None]
    for _ in range(_ATTEMPTS):
        if not targets:
            return
        asked = _attempt(circuit, view, said, rng.choice(targets), rng.choice(parts), lang, rng)
        if asked is not None:
            yield from drafts(asked, lang, rng)
            return


def _attempt(
    circuit: Circuit, view: View, said: str, target: _Target, part: Component, lang: Lang, rng: random.Random
) -> Asked | None:
    change: Change = rng.choice(("doubled", "halved", "shorted", "opened"))
    if part.ref == target.about and change in ("shorted", "opened"):
        return None
    if part.kind != "resistor" and change in ("shorted", "opened"):
        return None
    try:
        new_circuit = changed(circuit, part.ref, change)
        if _saturates(circuit, new_circuit):
            return None
        probe = target.probe(new_circuit)
    except (SolveError, KeyError):
        return None
    old, new = found(target.probe(circuit)), found(probe)
    if old is None or new is None or not apart(old, new) or not askable(new, target.unit, abs(old) * 1e-3):
        return None
    if target.unit == "V" and abs(new) > 1e3 * abs(old):
        return None
    kind = say(lang, *_VALUE[part.kind])
    lead = say(lang, *_WORDS[change]).format(view.the(part), kind)
    stem = say(lang, target.stem[0], f"{target.stem[1]} {lead}")
    opening = lead if lang == "zh" else ""
    why = say(
        lang,
        f"变化前为{written(old, target.unit)},按新电路重新计算得{written(new, target.unit)}。",
        f"Before the change it was {written(old, target.unit)}; the new circuit gives {written(new, target.unit)}.",
    )
    slips = [old, 2 * old, old / 2, old + new]
    topic = {"Hz": "what-if-frequency", "": "what-if-gain"}.get(target.unit, "what-if")
    return Asked("what_if", topic, stem, new, target.unit, probe, said, slips, why, opening, signed=target.signed)


def _saturates(old: Circuit, new: Circuit) -> bool:
    """Whether a BJT is saturated only after the change: V_CE(sat) was not said."""
    if not old.of_kind("npn", "pnp"):
        return False
    before, after = dc(old).states, dc(new).states
    return any(state == "saturated" != before.get(q) for q, state in after.items())


WHAT_IF_WRITERS = (what_if,)
