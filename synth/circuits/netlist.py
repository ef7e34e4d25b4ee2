"""A circuit as a netlist: components, pins, nets, values, and what of it the picture shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

GROUND = "0"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of component: pins in order, unit of its value, reference letter, names in both languages."""

    name: str
    pins: tuple[str, ...]
    unit: str
    prefix: str
    zh: str
    en: str


_KINDS = [
    # passive: current counted positive from the first pin through the part to the second
    Kind("resistor", ("1", "2"), "Ω", "R", "电阻", "resistor"),
    Kind("capacitor", ("1", "2"), "F", "C", "电容", "capacitor"),
    Kind("inductor", ("1", "2"), "H", "L", "电感", "inductor"),
    # sources: voltage = v(+) - v(-); a current source drives its value out of `+` through the circuit into `-`
    Kind("voltage_source", ("+", "-"), "V", "V", "直流电压源", "DC voltage source"),
    Kind("ac_source", ("+", "-"), "V", "V", "交流电压源", "AC voltage source"),
    Kind("current_source", ("+", "-"), "A", "I", "电流源", "current source"),
    # controlled sources: value is the gain; pins c+ c- sense a voltage; F and H sense the current c+ -> c-
    Kind("vcvs", ("+", "-", "c+", "c-"), "", "E", "压控电压源", "voltage-controlled voltage source"),
    Kind("vccs", ("+", "-", "c+", "c-"), "S", "G", "压控电流源", "voltage-controlled current source"),
    Kind("cccs", ("+", "-", "c+", "c-"), "", "F", "流控电流源", "current-controlled current source"),
    Kind("ccvs", ("+", "-", "c+", "c-"), "Ω", "H", "流控电压源", "current-controlled voltage source"),
    # semiconductors; value: diode and LED forward drop, zener breakdown voltage, BJT current gain, MOSFET threshold
    Kind("diode", ("A", "K"), "V", "D", "二极管", "diode"),
    Kind("led", ("A", "K"), "V", "D", "发光二极管", "LED"),
    Kind("zener", ("A", "K"), "V", "D", "稳压二极管", "Zener diode"),
    Kind("npn", ("B", "C", "E"), "", "Q", "NPN型三极管", "NPN transistor"),
    Kind("pnp", ("B", "C", "E"), "", "Q", "PNP型三极管", "PNP transistor"),
    Kind("nmos", ("G", "D", "S"), "V", "M", "NMOS管", "NMOS transistor"),
    Kind("pmos", ("G", "D", "S"), "V", "M", "PMOS管", "PMOS transistor"),
    # blocks
    Kind("opamp", ("+", "-", "out"), "", "U", "运算放大器", "op-amp"),
    Kind("opamp_diff", ("+", "-", "out+", "out-"), "", "U", "全差分运算放大器", "fully differential op-amp"),
    Kind("amplifier", ("in", "out"), "", "U", "单端放大器", "single-ended amplifier"),
    Kind("regulator", ("in", "gnd", "out"), "V", "U", "三端稳压器", "three-terminal regulator"),
    Kind("switch", ("1", "2"), "", "S", "开关", "switch"),
    Kind("transformer", ("p1", "p2", "s1", "s2"), "", "T", "变压器", "transformer"),
    Kind("not_gate", ("a", "y"), "", "U", "非门", "NOT gate"),
    Kind("and_gate", ("a", "b", "y"), "", "U", "与门", "AND gate"),
    Kind("or_gate", ("a", "b", "y"), "", "U", "或门", "OR gate"),
    Kind("nand_gate", ("a", "b", "y"), "", "U", "与非门", "NAND gate"),
    Kind("nor_gate", ("a", "b", "y"), "", "U", "或非门", "NOR gate"),
    Kind("xor_gate", ("a", "b", "y"), "", "U", "异或门", "XOR gate"),
]
KINDS: Mapping[str, Kind] = MappingProxyType({k.name: k for k in _KINDS})


@dataclass(frozen=True, slots=True)
class Component:
    """One part. `ref` is empty and `value` is None where they are not known (golden netlists)."""

    kind: str
    pins: Mapping[str, str]
    """pin name -> net name, in the order of the Kind's pins (extra pins such as `body` after them)."""
    ref: str = ""
    value: float | None = None
    """In the SI unit of its Kind. `ac_source`: amplitude."""
    params: Mapping[str, float] = field(default_factory=dict)
    """Further figures: `freq` (Hz) of an ac_source, `vbe`, `k`, `iz`, `closed` (0 or 1) of a switch, …"""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.ref or 'a component'}: unknown kind {self.kind!r}")
        missing = [p for p in KINDS[self.kind].pins if p not in self.pins]
        if missing:
            raise ValueError(f"{self.ref or self.kind}: pin {missing[0]!r} is not connected")

    @property
    def nets(self) -> tuple[str, ...]:
        """Nets of its pins, in pin order."""
        return tuple(self.pins.values())


@dataclass(frozen=True, slots=True)
class Shown:
    """What the picture shows, so that no question asks for what cannot be seen."""

    refs: bool = True
    values: bool = True
    nets: Mapping[str, str] = field(default_factory=dict)
    """net -> the label printed in the picture; a net that is not here has no name there. Ground drawn as a
    symbol is `0` -> `GND`."""
    unsure: frozenset[str] = frozenset()
    """Kinds whose symbol in this picture may be read as another kind: no question asks for them."""


@dataclass(frozen=True)
class Circuit:
    """A netlist with what is shown of it, and the roles of some nets."""

    name: str
    """Unique; becomes the Items' group: all pictures of one circuit share it."""
    components: tuple[Component, ...]
    shown: Shown = field(default_factory=Shown)
    function: str = ""
    """Key into the table of functions (`inverting_amplifier`, `rc_low_pass`, `bandgap`); empty: not known."""
    family: str = ""
    company: tuple[str, ...] = ()
    """Functions of the circuits of its set, its own among them; empty: any."""
    inputs: tuple[str, ...] = ()
    """Input nets, in order (logic: the variables); amplifiers and filters: the one input."""
    output: str = ""
    """Output net; with `output_ref`, the output is v(output) - v(output_ref)."""
    output_ref: str = GROUND

    @cached_property
    def by_ref(self) -> dict[str, Component]:
        """reference designator -> component, of those that have one."""
        return {c.ref: c for c in self.components if c.ref}

    @cached_property
    def by_net(self) -> dict[str, list[tuple[Component, str]]]:
        """net -> (component, pin) on it."""
        found: dict[str, list[tuple[Component, str]]] = {}
        for c in self.components:
            for pin, net in c.pins.items():
                found.setdefault(net, []).append((c, pin))
        return found

    def of_kind(self, *kinds: str) -> list[Component]:
        """Components of these kinds, in order."""
        return [c for c in self.components if c.kind in kinds]

    def with_component(self, ref: str, **changes: object) -> Circuit:
        """The same circuit with one component changed: what-if questions. Raises KeyError."""
        old = self.by_ref[ref]
        new = dataclasses.replace(old, **changes)  # type: ignore[arg-type]
        return dataclasses.replace(self, components=tuple(new if c is old else c for c in self.components))
