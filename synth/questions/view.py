"""What a question may speak of: the names, values and labels that stand in the picture, and how to say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from qa.item import Lang
from synth.circuits.netlist import GROUND, KINDS, Circuit, Component
from synth.questions.structure import is_supply
from synth.questions.values import value_text

TRANSISTORS = ("npn", "pnp", "nmos", "pmos")
MOS = ("nmos", "pmos")
BJT = ("npn", "pnp")
SOURCES = ("voltage_source", "ac_source", "current_source")

PIN_NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "opamp": {
        "+": ("同相输入端", "non-inverting input"),
        "-": ("反相输入端", "inverting input"),
        "out": ("输出端", "output"),
    },
    "npn": {"B": ("基极", "base"), "C": ("集电极", "collector"), "E": ("发射极", "emitter")},
    "nmos": {"G": ("栅极", "gate"), "D": ("漏极", "drain"), "S": ("源极", "source")},
    "diode": {"A": ("阳极", "anode"), "K": ("阴极", "cathode")},
}
PIN_NAMES |= {f"{g}_gate": {"y": ("输出端", "output")} for g in ("not", "and", "or", "nand", "nor", "xor")}
PIN_NAMES |= {"pnp": PIN_NAMES["npn"], "pmos": PIN_NAMES["nmos"]}
PIN_NAMES |= {"led": PIN_NAMES["diode"], "zener": PIN_NAMES["diode"]}


def say(lang: Lang, zh: str, en: str) -> str:
    """The wording of this language."""
    return zh if lang == "zh" else en


def kind_text(kind: str, lang: Lang) -> str:
    """`电阻`, `resistor`. Raises KeyError for an unknown kind."""
    return say(lang, KINDS[kind].zh, KINDS[kind].en)


def plural(kind: str) -> str:
    """`switches`, `NMOS transistors`."""
    en = KINDS[kind].en
    return en + ("es" if en.endswith("ch") else "s")


def with_article(kind: str) -> str:
    """`an LED`, `a resistor`."""
    en = KINDS[kind].en
    first = en.split()[0]
    spelled = first.isupper() and len(first) > 1 and first not in ("NAND", "NOR", "NOT", "DC")
    vowel = first[0] in "AEFHILMNORSX" if spelled else first[0].lower() in "aeiou"
    return f"{'an' if vowel else 'a'} {en}"


def pin_text(kind: str, pin: str, lang: Lang) -> str:
    """`同相输入端`, `gate`. Raises KeyError where the pin has no name in words."""
    zh, en = PIN_NAMES[kind][pin]
    return say(lang, zh, en)


@dataclass(frozen=True)
class View:
    """A circuit as the reader of its picture sees it, in one language."""

    circuit: Circuit
    lang: Lang

    @cached_property
    def kinds(self) -> Counter[str]:
        """How many of each kind there are."""
        return Counter(c.kind for c in self.circuit.components)

    @cached_property
    def pins_on(self) -> dict[str, list[tuple[Component, str]]]:
        """net -> (component, pin) on it, without body pins: pictures often leave those out."""
        return {net: [(c, p) for c, p in pins if p in KINDS[c.kind].pins] for net, pins in self.circuit.by_net.items()}

    @cached_property
    def labels(self) -> dict[str, str]:
        """net -> its printed label, only where the picture prints that label on no other net."""
        times = Counter(label.casefold() for label in self.circuit.shown.nets.values())
        refs = {c.ref.casefold() for c in self.circuit.components if c.ref}
        return {
            net: label
            for net, label in self.circuit.shown.nets.items()
            if label and times[label.casefold()] == 1 and label.casefold() not in refs and net in self.circuit.by_net
        }

    @cached_property
    def named_nets(self) -> list[str]:
        """Nets that a question can speak of: labelled ones, and ground where its symbol is drawn."""
        ground = [GROUND] if self.has_ground and GROUND in self.pins_on else []
        return [*ground, *(n for n in self.labels if n not in ground)]

    @property
    def has_ground(self) -> bool:
        """Net `0` is drawn with a ground symbol; it may also be a terminal with a label like any other, or none."""
        return self.circuit.shown.nets.get(GROUND) == "GND"

    def net(self, net: str) -> str:
        """`VOUT`, `地`. Raises KeyError for a net without a name."""
        return say(self.lang, "地", "ground") if net == GROUND and self.has_ground else self.labels[net]

    def net_phrase(self, net: str) -> str:
        """`VOUT节点`, `the node marked VOUT`, `地`, `ground`."""
        if net == GROUND and self.has_ground:
            return self.net(net)
        return say(self.lang, f"{self.labels[net]}节点", f"the node marked {self.labels[net]}")

    def place(self, net: str) -> str:
        """`ground`, `supply`, `in`, `out` or `net`: what a reader takes a named net for."""
        label = self.circuit.shown.nets.get(net, "").casefold()
        if net == GROUND and self.has_ground:
            return "ground"
        if is_supply(self.circuit, net):
            return "supply"
        if net in self.circuit.inputs or label.startswith(("vi", "in")):
            return "in"
        return (
            "out" if net in (self.circuit.output, self.circuit.output_ref) or label.startswith(("vo", "out")) else "net"
        )

    def parts_on(self, net: str) -> list[Component]:
        """Components with a pin on the net, each once."""
        found: dict[int, Component] = {id(c): c for c, _ in self.pins_on.get(net, [])}
        return list(found.values())

    def firm(self, net: str) -> bool:
        """No part touches the net by its body pin alone, so that a count on it does not hang on convention."""
        return len({id(c) for c, _ in self.circuit.by_net.get(net, [])}) == len(self.parts_on(net))

    @cached_property
    def names(self) -> dict[int, str]:
        """id(component) -> what the reader can call it: `R1`, `10 kΩ电阻`, `电容` (the only one)."""
        shown = self.circuit.shown
        named: dict[int, str] = {}
        if shown.refs:
            return {id(c): c.ref for c in self.circuit.components if c.ref and self.refs_used[c.ref] == 1}
        values = {id(c): value_text(c) for c in self.circuit.components} if shown.values else {}
        times = Counter((c.kind, values.get(id(c))) for c in self.circuit.components)
        for c in self.circuit.components:
            value = values.get(id(c))
            if not self.askable(c.kind):
                continue
            if self.kinds[c.kind] == 1:
                named[id(c)] = kind_text(c.kind, self.lang)
            elif value and times[c.kind, value] == 1:
                named[id(c)] = say(self.lang, f"{value}的{KINDS[c.kind].zh}", f"{value} {KINDS[c.kind].en}")
        return named

    @cached_property
    def refs_used(self) -> Counter[str]:
        """How many components carry each reference designator."""
        return Counter(c.ref for c in self.circuit.components)

    def name(self, c: Component) -> str:
        """What the reader can call the part; empty where nothing in the picture tells it from others."""
        return self.names.get(id(c), "")

    def named(self, components: Iterable[Component]) -> list[Component]:
        """Those that have a name."""
        return [c for c in components if id(c) in self.names]

    def the(self, c: Component) -> str:
        """The name inside a sentence: `R1`, `电容`, `the capacitor`."""
        name = self.names[id(c)]
        return name if self.lang == "zh" or self.circuit.shown.refs else f"the {name}"

    def askable(self, kind: str) -> bool:
        """Whether the symbol of the kind can be told from others in this picture."""
        return kind not in self.circuit.shown.unsure
