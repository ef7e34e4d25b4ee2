"""Level 2: what is connected to what."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from qa.item import Lang
from synth.circuits.netlist import GROUND, Circuit, Component
from synth.questions.components import GATES, GENERAL, both_count_forms, countable_kinds, listing, related, spread
from synth.questions.draft import Draft
from synth.questions.structure import TWO_TERMINAL, Relation, Wiring, between, joined_at, pairs_by_relation
from synth.questions.view import PIN_NAMES, View, kind_text, pin_text, plural, say

RELATION_TEXT: dict[Relation, tuple[str, str]] = {
    "series": ("串联", "in series"),
    "parallel": ("并联", "in parallel"),
    "touching": ("只有一个公共节点,但不是串联", "they share one node but are not in series"),
    "apart": ("没有公共节点,也不是串联", "they share no node and are not in series"),
}


_WHY: dict[Relation, tuple[str, str]] = {
    "series": (
        "两者在同一支路上,连接它们的节点没有其他分支。",
        "Both lie on one branch; no other branch leaves in between.",
    ),
    "parallel": ("两者的两端分别接在相同的两个节点上。", "Their ends are on the same two nodes."),
    "touching": ("公共节点上还有其他支路。", "Another branch leaves the node that they share."),
    "apart": ("两者没有公共节点,也不在同一支路上。", "They share no node and do not lie on one branch."),
}


def relation(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Whether two parts are in series, in parallel, or neither; each relation of the circuit equally often."""
    view = View(circuit, lang)
    pairs = {r: _both_named(view, p) for r, p in pairs_by_relation(circuit, Wiring(circuit)).items()}
    there = sorted(r for r in pairs if pairs[r])
    rng.shuffle(there)
    for r in there[:2]:
        a, b = rng.choice(pairs[r])
        zh, en = RELATION_TEXT[r]
        wrong = [t[lang == "en"] for k, t in RELATION_TEXT.items() if k != r]
        rng.shuffle(wrong)
        yield Draft(
            "relation", "series-parallel", 2, "mcq",
            say(lang, f"图中{view.the(a)}与{view.the(b)}是什么连接关系?",
                f"How are {view.the(a)} and {view.the(b)} connected to each other?"),
            say(lang, zh, en), tuple(wrong), explanation=say(lang, *_WHY[r]), about=" ".join(sorted((a.kind, b.kind))),
        )  # fmt: skip
        if r in ("series", "parallel"):
            yield Draft(
                "relation", "series-parallel", 2, "fill",
                say(lang, f"图中{view.the(a)}与{view.the(b)}是______关系。(填“串联”或“并联”)",
                    f"In the picture {view.the(a)} and {view.the(b)} are connected ______. (in series or in parallel)"),
                say(lang, zh, en), accept=(say(lang, zh, en.removeprefix("in ")),), explanation=say(lang, *_WHY[r]),
            )  # fmt: skip


def partner(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which part is in series (parallel) with a given one."""
    view = View(circuit, lang)
    wiring = Wiring(circuit)
    parts = [c for c in view.named(circuit.components) if c.kind in TWO_TERMINAL]
    rng.shuffle(parts)
    for a in parts:
        wanted: Relation = rng.choice(("series", "parallel"))
        rel = {id(b): wiring.relation(a, b) for b in parts if b is not a}
        right = [b for b in parts if b is not a and rel[id(b)] == wanted]
        wrong = [b for b in parts if b is not a and rel[id(b)] not in (wanted, None)]
        if not right or len(wrong) < 3:
            continue
        yield Draft(
            "partner", "series-parallel", 2, "mcq",
            say(lang, f"图中与{view.the(a)}{RELATION_TEXT[wanted][0]}的元件是哪一个?",
                f"Which component is {RELATION_TEXT[wanted][1]} with {view.the(a)}?"),
            view.name(right[0]), tuple(view.name(b) for b in wrong), about=f"{wanted} {a.kind}",
        )  # fmt: skip
        return


def across(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which part lies between two named nets."""
    view = View(circuit, lang)
    pairs = [(p, between(circuit, *p)) for p in combinations(view.named_nets, 2)]
    pairs = [(p, parts) for p, parts in pairs if parts]
    rng.shuffle(pairs)
    for (net_a, net_b), parts in pairs[:2]:
        a, b = view.net_phrase(net_a), view.net_phrase(net_b)
        ask = say(lang, f"图中直接跨接在{a}与{b}之间的元件是", f"component connected directly between {a} and {b}")
        answer, wrong = _which(view, parts, rng)
        if not answer:
            continue
        yield Draft(
            "across", "between", 2, "mcq",
            say(lang, ask + ("哪一个?" if circuit.shown.refs else "哪一种?"),
                f"Which {'' if circuit.shown.refs else 'kind of '}{ask.replace(' connected', ' is connected', 1)}?"),
            answer, wrong, about=" ".join(sorted((view.place(net_a), view.place(net_b)))),
        )  # fmt: skip
        hint = (
            say(lang, "填标号", "Give its designator.")
            if circuit.shown.refs
            else say(lang, "填元件名称", "Give its kind.")
        )
        blank = say(lang, f"{ask}______。({hint})", f"In the picture the {ask} is ______. ({hint})")
        yield Draft("across", "between", 2, "fill", blank, answer)


def on_net(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which part has a pin on a named net, and how many parts hang on it."""
    view = View(circuit, lang)
    nets = [(n, len(view.parts_on(n))) for n in view.named_nets if view.firm(n) and view.parts_on(n)]
    for net, _ in spread(nets, 2, rng):
        there = view.parts_on(net)
        name = view.net_phrase(net)
        choice = say(
            lang, f"图中直接连接到{name}的元件有几个?", f"How many components are connected directly to {name}?"
        )
        blank = say(lang, f"图中直接连接到{name}的元件有______个。",
                    f"In the picture ______ components are connected directly to {name}. (Give a number.)")  # fmt: skip
        # sources and supplies are drawn in many ways: a net with one is not counted
        if len(there) <= 8 and all(view.askable(c.kind) for c in there) and net not in circuit.inputs:
            yield from both_count_forms(
                "on_net", "net-degree", 2, view.place(net), (choice, blank), len(there), listing(view, there)
            )
        off = [c for c in view.named(circuit.components) if c not in there]
        named = view.named(there)
        if circuit.shown.refs and named and len(off) >= 3:
            rng.shuffle(off)
            yield Draft(
                "on_net", "connected-to", 2, "mcq",
                say(lang, f"下列元件中,哪一个直接连接到{name}?",
                    f"Which of these components is connected directly to {name}?"),
                rng.choice(named).ref, tuple(c.ref for c in off), about=view.place(net),
            )  # fmt: skip
        if circuit.shown.refs and len(named) >= 3 and off:
            rng.shuffle(named)
            yield Draft(
                "on_net", "not-connected-to", 2, "mcq",
                say(lang, f"下列元件中,哪一个没有直接连接到{name}?",
                    f"Which of these components is not connected directly to {name}?"),
                rng.choice(off).ref, tuple(c.ref for c in named), about=view.place(net),
            )  # fmt: skip


def kind_on_net(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many parts of one kind touch a named net or ground."""
    view = View(circuit, lang)
    kinds = [k for k in countable_kinds(view) if k in GENERAL + GATES]
    zero = rng.random() < 0.3
    spots = [
        ((net, kind), n)
        for net in view.named_nets if view.firm(net)
        for kind in kinds if (n := sum(c.kind == kind for c in view.parts_on(net))) or zero
    ]  # fmt: skip
    for (net, kind), n in spread(spots, 2, rng):
        name, label = kind_text(kind, lang), view.net_phrase(net)
        choice = say(
            lang, f"图中有几个{name}直接连接到{label}?", f"How many {plural(kind)} are connected directly to {label}?"
        )
        blank = say(lang, f"图中有______个{name}直接连接到{label}。",
                    f"In the picture ______ {plural(kind)} are connected directly to {label}. (Give a number.)"
                    )  # fmt: skip
        why = listing(view, [c for c in view.parts_on(net) if c.kind == kind])
        yield from both_count_forms(
            "kind_on_net", "kind-on-net", 2, f"{kind} on {view.place(net)}", (choice, blank), n, why
        )


def junction(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """What else hangs on the node where two parts meet."""
    view = View(circuit, lang)
    if not circuit.shown.refs:
        return
    parts = view.named(circuit.components)
    spots = []
    for a, b in combinations(parts, 2):
        net = joined_at(a, b)
        if net and net != GROUND and net not in view.labels and view.firm(net):
            more = [c for c in view.named(view.parts_on(net)) if c is not a and c is not b]
            if more:
                spots.append((a, b, net, more))
    if not spots:
        return
    a, b, net, more = rng.choice(spots)
    off = [c for c in parts if c not in view.parts_on(net)]
    rng.shuffle(off)
    right = rng.choice(more)
    if len(off) >= 3:
        yield Draft(
            "junction", "connected-to", 2, "mcq",
            say(lang, f"{a.ref}与{b.ref}的公共节点上还接有下列哪个元件?",
                f"Which of these is also connected to the node that {a.ref} and {b.ref} share?"),
            right.ref, tuple(c.ref for c in off), about=" ".join(sorted((a.ref[0], b.ref[0]))),
        )  # fmt: skip
    if len(view.parts_on(net)) == 3:
        yield Draft(
            "junction", "connected-to", 2, "fill",
            say(lang, f"图中{a.ref}与{b.ref}的公共节点上还接有元件______。(填标号)",
                f"Besides {a.ref} and {b.ref}, the component connected to the node they share is ______."
                " (Give its designator.)"),
            right.ref,
        )  # fmt: skip


def pin_net(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """What a pin of an op-amp, transistor or diode is connected to."""
    view = View(circuit, lang)
    owners = [c for c in view.named(circuit.components) if c.kind in PIN_NAMES and view.askable(c.kind)]
    spots = [(c, p) for c in owners for p in PIN_NAMES[c.kind]]
    rng.shuffle(spots)
    spots.sort(key=lambda s: s[0].kind != "opamp")
    for c, pin in spots[:3]:
        net = c.pins[pin]
        if list(c.pins.values()).count(net) > 1:
            continue
        owner = say(
            lang, f"{view.the(c)}的{pin_text(c.kind, pin, lang)}", f"the {pin_text(c.kind, pin, lang)} of {view.the(c)}"
        )
        yield from _pin_to_part(view, c, pin, owner, rng)
        yield from _pin_to_label(view, c, pin, owner, rng)


def _pin_to_part(view: View, c: Component, pin: str, owner: str, rng: random.Random) -> Iterator[Draft]:
    lang, net = view.lang, c.pins[pin]
    on = [o for o in view.parts_on(net) if o is not c]
    off = [o for o in view.named(view.circuit.components) if o is not c and o not in on]
    rng.shuffle(off)
    named = view.named(on)
    if not view.circuit.shown.refs or not named or net == GROUND:
        return
    if len(off) >= 3:
        yield Draft(
            "pin_net", "pin", 2, "mcq",
            say(lang, f"图中{owner}直接连接到下列哪个元件?",
                f"Which of these components is connected directly to {owner}?"),
            rng.choice(named).ref, tuple(o.ref for o in off), about=f"{c.kind} {pin}",
        )  # fmt: skip
    if len(on) == 1:
        yield Draft(
            "pin_net", "pin", 2, "fill",
            say(lang, f"图中与{owner}直接相连的元件是______。(填标号)",
                f"The component connected directly to {owner} is ______. (Give its designator.)"), named[0].ref,
        )  # fmt: skip


def _pin_to_label(view: View, c: Component, pin: str, owner: str, rng: random.Random) -> Iterator[Draft]:
    lang, net = view.lang, c.pins[pin]
    bare = net not in view.named_nets
    if len(view.named_nets) < 3 or (bare and (net == GROUND or net in view.circuit.shown.nets)):
        return
    places = {say(lang, "一个没有标注的节点", "a node without a label"): "unlabelled"}
    places |= {view.net(n): view.place(n) for n in view.named_nets}
    answer = next(iter(places)) if bare else view.net(net)
    yield Draft(
        "pin_net", "pin-label", 2, "mcq",
        say(lang, f"图中{owner}直接接到哪里?", f"Where is {owner} connected directly?"), answer,
        tuple(p for p in places if p != answer), about=f"{c.kind} {pin}", codes=tuple(places.items()),
    )  # fmt: skip
    if bare:
        return
    yield Draft(
        "pin_net", "pin-label", 2, "fill",
        say(lang, f"图中{owner}直接接到______。(填节点标注或“地”)",
            f"In the picture {owner} is connected directly to ______. (Give the node's label, or ground.)"),
        view.net(net),
    )  # fmt: skip


def _which(view: View, parts: Sequence[Component], rng: random.Random) -> tuple[str, tuple[str, ...]]:
    """The name of the one part meant and names of others; by kind where there are no designators."""
    if view.circuit.shown.refs:
        if len(parts) != 1 or not view.name(parts[0]):
            return "", ()
        others = [c.ref for c in view.named(view.circuit.components) if c is not parts[0]]
        others.sort(key=lambda r: (r[0] != parts[0].ref[0], rng.random()))
        return parts[0].ref, tuple(others)
    kinds = {c.kind for c in parts}
    if len(kinds) != 1 or not view.askable(next(iter(kinds))):
        return "", ()
    kind = next(iter(kinds))
    two = [k for k in GENERAL if k in TWO_TERMINAL and k not in related(kind) and view.askable(k)]
    rng.shuffle(two)
    return kind_text(kind, view.lang), tuple(kind_text(k, view.lang) for k in two)


def _both_named(view: View, pairs: Iterable[tuple[Component, Component]]) -> list[tuple[Component, Component]]:
    return [(a, b) for a, b in pairs if view.name(a) and view.name(b)]


CONNECTION_WRITERS = (relation, partner, across, on_net, kind_on_net, junction, pin_net)
