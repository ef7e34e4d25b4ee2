"""Level 2 and 3 on transistor circuits without designators: asked by kind and printed label, found by structure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from qa.item import Lang
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.questions.components import both_count_forms, spread
from synth.questions.draft import Draft
from synth.questions.structure import (
    common,
    control,
    differential_pairs,
    diode_connected,
    driven,
    is_supply,
    mirrors,
    transistors,
)
from synth.questions.view import BJT, MOS, TRANSISTORS, View, kind_text, pin_text, plural, say


def _family(view: View) -> tuple[str, ...]:
    """The transistor kinds of the circuit where they are all MOS or all bipolar, else nothing."""
    there = {k for k in TRANSISTORS if view.kinds[k]}
    if not there or not all(view.askable(k) for k in there):
        return ()
    return MOS if there <= set(MOS) else BJT if there <= set(BJT) else ()


def control_at_label(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which kind of transistor a printed label drives by its gate or base, and how many."""
    view = View(circuit, lang)
    kinds = [k for k in TRANSISTORS if view.kinds[k]]
    family = rng.choice([f for f in (MOS, BJT) if any(k in f for k in kinds)] or [MOS])
    spots: dict[str, list[Component]] = {}
    for c in transistors(circuit):
        if c.kind in family and control(c) in view.named_nets:
            spots.setdefault(control(c), []).append(c)
    if not spots or not all(view.askable(k) for k in kinds):
        return
    for net, _ in spread([(net, len(cs)) for net, cs in spots.items()], 2, rng):
        driven_by = spots[net]
        kind = driven_by[0].kind
        place, pin = view.net_phrase(net), pin_text(kind, "G" if kind in MOS else "B", lang)
        both = [c for c in transistors(circuit) if control(c) == net]
        if len(kinds) > 1 and all(c.kind == kind for c in both) and not is_supply(circuit, net):
            ask = say(lang, f"图中{pin}直接接到{place}的是哪种晶体管?",
                      f"Which kind of transistor has its {pin} connected directly to {place}?")  # fmt: skip
            wrong = [k for k in ("nmos", "pmos", "npn", "pnp") if k != kind]
            rng.shuffle(wrong)
            yield Draft("control_at_label", "gate-kind", 2, "mcq", ask, kind_text(kind, lang),
                        tuple(kind_text(k, lang) for k in wrong), about=view.place(net))  # fmt: skip
            yield Draft(
                "control_at_label", "gate-kind", 2, "fill",
                say(lang, f"图中{pin}直接接到{place}的晶体管是______。(填NMOS、PMOS、NPN或PNP)",
                    f"The transistor{'s' if len(both) > 1 else ''} whose {pin} is connected directly to {place}"
                    f" {'are' if len(both) > 1 else 'is'} of the type ______. (NMOS, PMOS, NPN or PNP)"),
                kind_text(kind, lang), accept=(kind.upper(),),
            )  # fmt: skip
        n = len(driven_by)
        choice = say(lang, f"图中有几个晶体管的{pin}直接接到{place}?",
                     f"How many transistors have their {pin} connected directly to {place}?")  # fmt: skip
        blank = say(lang, f"图中有______个晶体管的{pin}直接接到{place}。",
                    f"In the picture ______ transistors have their {pin} connected directly to {place}."
                    " (Give a number.)")  # fmt: skip
        yield from both_count_forms("control_at_label", "gate-count", 2, view.place(net), (choice, blank), n)


def end_at_label(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many transistors of a kind have their source (emitter) or drain (collector) on a printed label."""
    view = View(circuit, lang)
    kinds = [k for k in TRANSISTORS if view.kinds[k] and view.askable(k)]
    spots = []
    for net in view.named_nets:
        for kind in kinds:
            for pin, at in (("S" if kind in MOS else "E", common), ("D" if kind in MOS else "C", driven)):
                n = sum(c.kind == kind and at(c) == net for c in transistors(circuit))
                if n:
                    spots.append(((net, kind, pin), n))
    for (net, kind, pin), n in spread(spots, 2, rng):
        place, end = view.net_phrase(net), pin_text(kind, pin, lang)
        choice = say(lang, f"图中有几个{kind_text(kind, lang)}的{end}直接接到{place}?",
                     f"How many {plural(kind)} have their {end} connected directly to {place}?")  # fmt: skip
        blank = say(lang, f"图中有______个{kind_text(kind, lang)}的{end}直接接到{place}。",
                    f"In the picture ______ {plural(kind)} have their {end} connected directly to {place}."
                    " (Give a number.)")  # fmt: skip
        about = f"{kind} {pin} on {view.place(net)}"
        yield from both_count_forms("end_at_label", "terminal-count", 2, about, (choice, blank), n)


def tied_as_diode(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many transistors are diode-connected, of all or of one kind."""
    view = View(circuit, lang)
    family = _family(view)
    if not family or len(transistors(circuit)) < 2:
        return
    tie = say(lang, *(("栅极与漏极直接相连", "gate tied directly to the drain") if family == MOS
                      else ("基极与集电极直接相连", "base tied directly to the collector")))  # fmt: skip
    counts = [
        (k, sum(c.kind == k and diode_connected(c) for c in transistors(circuit))) for k in family if view.kinds[k]
    ]
    if rng.random() < 0.75:
        counts = [(k, n) for k, n in counts if n]
    if not counts:
        return
    kind, n = spread(counts, 1, rng)[0]
    name = kind_text(kind, lang)
    choice = say(
        lang, f"图中有几个{name}接成二极管形式({tie})?", f"How many {plural(kind)} are diode-connected ({tie})?"
    )
    blank = say(lang, f"图中接成二极管形式({tie})的{name}有______个。",
                f"In the picture ______ {plural(kind)} are diode-connected ({tie}). (Give a number.)")  # fmt: skip
    yield from both_count_forms("tied_as_diode", "diode-connected", 2, kind, (choice, blank), n)


def same_gate(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many gates hang on the output of the only op-amp."""
    view = View(circuit, lang)
    amps = circuit.of_kind("opamp")
    if len(amps) != 1 or not transistors(circuit) or not _family(view):
        return
    net = amps[0].pins["out"]
    pin = say(lang, *(("栅极", "gate") if _family(view) == MOS else ("基极", "base")))
    n = sum(control(c) == net for c in transistors(circuit))
    choice = say(lang, f"运算放大器的输出端直接驱动几个晶体管的{pin}?",
                 f"How many transistors have their {pin} driven directly by the output of the op-amp?")  # fmt: skip
    blank = say(lang, f"运算放大器的输出端直接驱动______个晶体管的{pin}。",
                f"The output of the op-amp drives the {pin} of ______ transistors directly."
                " (Give a number.)")  # fmt: skip
    yield from both_count_forms("same_gate", "amp-drives", 2, _family(view)[0], (choice, blank), n)


def input_pair(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Kind of the differential pair, and what loads it."""
    view = View(circuit, lang)
    pairs = differential_pairs(circuit)
    family = _family(view)
    if len(pairs) != 1 or not family:
        return
    a, b = pairs[0]
    answer = kind_text(a.kind, lang)
    wrong = [k for k in TRANSISTORS if k != a.kind]
    rng.shuffle(wrong)
    yield Draft(
        "input_pair", "differential-pair", 3, "mcq",
        say(lang, "图中的差分对管由哪种晶体管构成?",
            "Which kind of transistor is the differential pair in the picture made of?"),
        answer, tuple(kind_text(k, lang) for k in wrong), about="pair",
    )  # fmt: skip
    x, y = (kind_text(k, lang) for k in family)
    yield Draft(
        "input_pair", "differential-pair", 3, "fill",
        say(lang, f"图中的差分对管是______。(填{x}或{y})",
            f"The two transistors of the differential pair are of the type ______. ({x} or {y})"),
        answer, accept=(a.kind.upper(),),
    )  # fmt: skip
    load = _load_of(circuit, a, b)
    if load:
        texts = {k: say(lang, *t) for k, t in LOADS.items()}
        wrong = [t for k, t in texts.items() if k != load]
        rng.shuffle(wrong)
        yield Draft(
            "input_pair", "pair-load", 3, "mcq",
            say(lang, "图中差分对管的负载是什么?", "What loads the differential pair in the picture?"),
            texts[load], tuple(wrong), about="load",
        )  # fmt: skip


LOADS = {
    "mirror": ("由晶体管构成的电流镜", "a current mirror of two transistors"),
    "resistor": ("由两个电阻构成的负载", "a resistor on each of the two sides"),
    "diodes": ("两个接成二极管形式的晶体管", "two diode-connected transistors"),
    "inductor": ("由两个电感构成的负载", "an inductor on each of the two sides"),
}


def _load_of(circuit: Circuit, a: Component, b: Component) -> str:
    """What hangs between the pair's drains and a supply; empty where it is none of the plain cases."""
    ends = (driven(a), driven(b))
    sides: list[list[Component]] = []
    for net in ends:
        sides.append([
            c for c in circuit.components if c is not a and c is not b and net in c.nets
            and any(is_supply(circuit, n) for n in c.nets)
            and (c.kind == "resistor" or (c.kind in TRANSISTORS and driven(c) == net and c.kind != a.kind))
        ])  # fmt: skip
    if any(len(s) != 1 for s in sides):
        return ""
    left, right = sides[0][0], sides[1][0]
    if left.kind == right.kind == "resistor":
        return "resistor"
    if left.kind != right.kind or left.kind == "resistor":
        return ""
    tied = [diode_connected(left), diode_connected(right)]
    if all(tied):
        return "diodes"
    if any(tied) and control(left) == control(right) and common(left) == common(right):
        return "mirror"
    return ""


def mirror_size(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many transistors the only current mirror of a kind is made of."""
    view = View(circuit, lang)
    if not _family(view):
        return
    groups = mirrors(circuit)
    for kind in (k for k in TRANSISTORS if view.kinds[k]):
        mine = [g for g in groups if g[0].kind == kind]
        tied = [c for c in transistors(circuit) if c.kind == kind and diode_connected(c)]
        if len(mine) != 1 or len(tied) != 1 or not is_supply(circuit, common(mine[0][0])):
            continue
        if sum(control(c) == control(tied[0]) for c in transistors(circuit)) != len(mine[0]):
            continue
        rows = Counter((control(c), common(c)) for c in transistors(circuit) if c.kind == kind)
        if sum(size > 1 for size in rows.values()) != 1:
            continue  # another row of joined gates: some would call that a mirror too
        n, name = len(mine[0]), kind_text(kind, lang)
        choice = say(lang, f"图中由{name}组成的电流镜(含接成二极管的那一管)共有几个管子?",
                     f"How many transistors, the diode-connected one included, make up the current mirror of"
                     f" {plural(kind)}?")  # fmt: skip
        blank = say(lang, f"图中由{name}组成的电流镜(含接成二极管的那一管)共有______个管子。",
                    f"The current mirror of {plural(kind)} is made of ______ transistors, the diode-connected one"
                    " included. (Give a number.)")  # fmt: skip
        yield from both_count_forms("mirror_size", "mirror-size", 3, kind, (choice, blank), n)


def capacitor_role(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """What the capacitors of a transistor amplifier do: Miller compensation, or load of the output."""
    view = View(circuit, lang)
    caps = circuit.of_kind("capacitor")
    if not _family(view) or not caps:
        return
    roles = {_cap_role(circuit, c) for c in caps}
    if len(roles) != 1 or "" in roles:
        return
    role = roles.pop()
    texts = {k: say(lang, *t) for k, t in CAP_ROLES.items()}
    wrong = [t for k, t in texts.items() if k != role]
    rng.shuffle(wrong)
    one = len(caps) == 1
    yield Draft(
        "capacitor_role", "capacitor-role", 3, "mcq",
        say(lang, "图中电容的作用是什么?" if one else f"图中{len(caps)}个电容的作用都是什么?",
            "What does the capacitor in the picture do?" if one else "What do the capacitors in the picture do?"),
        texts[role], tuple(wrong), about="one" if one else "several",
    )  # fmt: skip


CAP_ROLES = {
    "miller": (
        "跨接在放大级输入与输出之间,作频率(米勒)补偿",
        "across a gain stage, for Miller (frequency) compensation",
    ),
    "to_ground": ("接在节点与地之间,作负载或旁路", "from a node to ground, as load or bypass"),
    "coupling": ("串在信号通路中,作级间耦合", "in series with the signal, for coupling between stages"),
    "supply": ("跨接在两个电源之间,作电源去耦", "between the two supplies, for decoupling"),
}


def _cap_role(circuit: Circuit, cap: Component) -> str:
    """`miller` where the capacitor, with a resistor in series or not, joins one transistor's gate and drain."""
    ends = list(cap.nets)
    if GROUND in ends:
        return "to_ground"
    reach = [{e} for e in ends]
    for side, net in zip(reach, ends, strict=True):
        pins = circuit.by_net[net]
        if len(pins) == 2:  # a nulling resistor in series
            side.update(n for c, _ in pins if c.kind == "resistor" for n in c.nets)
    for c in transistors(circuit):
        g, d = control(c), driven(c)
        if g != d and ((g in reach[0] and d in reach[1]) or (g in reach[1] and d in reach[0])):
            return "miller"
    return ""


TRANSISTOR_WRITERS = (
    control_at_label, end_at_label, tied_as_diode, same_gate, input_pair, mirror_size, capacitor_role,
)  # fmt: skip
