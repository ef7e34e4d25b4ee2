"""What a netlist says by structure alone: series and parallel, mirrors, differential pairs, feedback."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Literal

from synth.circuits.netlist import GROUND, KINDS, Circuit, Component

Relation = Literal["series", "parallel", "touching", "apart"]
TWO_TERMINAL = frozenset((
    "resistor", "capacitor", "inductor", "voltage_source", "ac_source", "current_source", "diode", "led", "zener",
    "switch",
))  # fmt: skip
_NO_CURRENT = {("opamp", "+"), ("opamp", "-"), ("opamp_diff", "+"), ("opamp_diff", "-"), ("nmos", "G"), ("pmos", "G")}


def proper_pins(circuit: Circuit, net: str) -> list[tuple[Component, str]]:
    """(component, pin) on a net, body pins left out."""
    return [(c, p) for c, p in circuit.by_net.get(net, []) if p in KINDS[c.kind].pins]


class Wiring:
    """Series and parallel relations of one circuit's two-terminal parts."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self._sure = self._chains(through_ports=False)
        self._maybe = self._chains(through_ports=True)

    def _is_port(self, net: str) -> bool:
        """A net that something outside the netlist may hang on, so that the same current is not certain."""
        c = self.circuit
        return net in c.shown.nets or net in c.inputs or net in (GROUND, c.output, c.output_ref)

    def _chains(self, through_ports: bool) -> dict[int, int]:
        """id(component) -> chain number: parts linked by nets that join exactly two pins."""
        chain = {id(c): i for i, c in enumerate(self.circuit.components)}
        for net in self.circuit.by_net:
            pins = proper_pins(self.circuit, net)
            if self._is_port(net) and not through_ports:
                continue
            if through_ports:  # pins that draw no current do not make the current differ
                pins = [(c, p) for c, p in pins if (c.kind, p) not in _NO_CURRENT]
            if len(pins) == 2 and all(c.kind in TWO_TERMINAL for c, _ in pins):
                old, new = chain[id(pins[0][0])], chain[id(pins[1][0])]
                chain = {k: new if v == old else v for k, v in chain.items()}
        return chain

    def relation(self, a: Component, b: Component) -> Relation | None:
        """How two parts lie to each other; None where textbooks could differ or a part is not two-terminal."""
        if a.kind not in TWO_TERMINAL or b.kind not in TWO_TERMINAL:
            return None
        nets_a, nets_b = set(a.nets), set(b.nets)
        if len(nets_a) < 2 or len(nets_b) < 2:
            return None
        same_chain = self._maybe[id(a)] == self._maybe[id(b)]
        if nets_a == nets_b:
            return None if same_chain else "parallel"
        if self._sure[id(a)] == self._sure[id(b)]:
            return "series"
        if same_chain:
            return None
        return "touching" if nets_a & nets_b else "apart"


def joined_at(a: Component, b: Component) -> str | None:
    """The one net that two parts share."""
    shared = set(a.nets) & set(b.nets)
    return next(iter(shared)) if len(shared) == 1 else None


def between(circuit: Circuit, net_a: str, net_b: str) -> list[Component]:
    """Two-terminal parts from one net to the other."""
    return [c for c in circuit.components if c.kind in TWO_TERMINAL and set(c.nets) == {net_a, net_b}]


def control(c: Component) -> str:
    """Net of the gate or base."""
    return c.pins["G" if "G" in c.pins else "B"]


def common(c: Component) -> str:
    """Net of the source or emitter."""
    return c.pins["S" if "S" in c.pins else "E"]


def driven(c: Component) -> str:
    """Net of the drain or collector."""
    return c.pins["D" if "D" in c.pins else "C"]


def transistors(circuit: Circuit) -> list[Component]:
    """All of them, in order."""
    return circuit.of_kind("nmos", "pmos", "npn", "pnp")


def diode_connected(c: Component) -> bool:
    """Gate tied to drain, or base to collector, and not to the other end as well."""
    return control(c) == driven(c) != common(c)


def mirrors(circuit: Circuit) -> list[list[Component]]:
    """Current mirrors: same kind, same gate (base), same source (emitter), exactly one diode-connected first."""
    groups: dict[tuple[str, str, str], list[Component]] = defaultdict(list)
    for c in transistors(circuit):
        if control(c) != common(c):
            groups[c.kind, control(c), common(c)].append(c)
    found = []
    for group in groups.values():
        tied = [c for c in group if diode_connected(c)]
        if len(group) >= 2 and len(tied) == 1:
            found.append(tied + [c for c in group if c is not tied[0]])
    return found


def differential_pairs(circuit: Circuit) -> list[tuple[Component, Component]]:
    """Two of a kind on a common tail: sources joined on an inner net, gates and drains apart, none diode-connected."""
    by_tail: dict[tuple[str, str], list[Component]] = defaultdict(list)
    for c in transistors(circuit):
        by_tail[c.kind, common(c)].append(c)
    pairs = []
    for (kind, tail), group in by_tail.items():
        if len(group) != 2 or tail == GROUND or is_supply(circuit, tail):
            continue
        a, b = group
        rest = [c for c, _ in proper_pins(circuit, tail) if c is not a and c is not b]
        fed = all(tail in (driven(c),) if c.kind == kind else c.kind in TWO_TERMINAL for c in rest)
        nets = {control(a), control(b), driven(a), driven(b)}
        if rest and fed and len(nets) == 4 and tail not in nets:
            pairs.append((a, b))
    return pairs


_SUPPLY = ("vdd", "vcc", "vss", "vee", "avdd", "dvdd", "avss", "agnd", "gnd", "vsup", "vsupply")


def is_supply(circuit: Circuit, net: str) -> bool:
    """Ground, or a net whose name or label is that of a supply."""
    names = {net.casefold(), circuit.shown.nets.get(net, "").casefold()}
    return net == GROUND or any(n.strip("!+-\\_0123456789").startswith(_SUPPLY) for n in names if n)


def feedback(circuit: Circuit) -> list[tuple[Component, Component]]:
    """(op-amp, part): two-terminal parts from an op-amp's output straight to its inverting input."""
    found = []
    for u in circuit.of_kind("opamp"):
        found += [(u, c) for c in between(circuit, u.pins["out"], u.pins["-"])]
    return found


def pairs_by_relation(circuit: Circuit, wiring: Wiring) -> dict[Relation, list[tuple[Component, Component]]]:
    """Pairs of two-terminal parts by relation."""
    found: dict[Relation, list[tuple[Component, Component]]] = defaultdict(list)
    parts = [c for c in circuit.components if c.kind in TWO_TERMINAL]
    for a, b in combinations(parts, 2):
        relation = wiring.relation(a, b)
        if relation:
            found[relation].append((a, b))
    return found
