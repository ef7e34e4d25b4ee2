"""Questions whose answer is a list or some sentences: all components of a picture, what the circuit is and does.

Not among the usual questions: they are asked for by `--forms`, for the benches circuit_components and circuit_open.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from qa.grading import grade_item
from qa.item import Form, Item, Lang, Level, Origin, item_id
from synth.circuits.listing import value_shown
from synth.circuits.netlist import KINDS, Circuit, Component
from synth.questions.assemble import items_for
from synth.questions.balance import Chances, Sample, sample_of
from synth.questions.candidates import candidates
from synth.questions.function_names import FUNCTIONS
from synth.questions.view import View, kind_text, say

VERSION = 1
USUAL: tuple[Form, ...] = ("mcq", "fill")
"""Forms of the questions that are trained on."""


def questions_on(
    circuit: Circuit,
    picture: str,
    picture_hash: str,
    lang: Lang,
    seed: str,
    source: str,
    licence: str,
    file: str,
    forms: tuple[Form, ...] = USUAL,
    chances: Chances | None = None,
) -> list[Item]:
    """All Items on one picture in the forms asked for. Same seed and chances, same Items."""
    rng = random.Random(seed)
    usual = items_for(circuit, picture, picture_hash, lang, rng, source, licence, file, chances=chances)
    lists = list_items(
        circuit, picture, picture_hash, lang, random.Random(f"lists/{seed}"), source, licence, file, forms
    )
    return [*(i for i in usual if i.form in forms), *lists]


def sample_on(circuit: Circuit, lang: Lang, seed: str) -> Sample:
    """The choices that `questions_on` picks from with this seed, to be evened out over a whole set."""
    return sample_of(candidates(circuit, lang, random.Random(seed)).choices)


def list_items(
    circuit: Circuit,
    picture: str,
    picture_hash: str,
    lang: Lang,
    rng: random.Random,
    source: str,
    licence: str,
    file: str,
    forms: tuple[Form, ...],
) -> Iterator[Item]:
    """At most one Item for each of the forms `components` and `open` that is asked for."""
    made: list[tuple[Form, Level, str, str, str]] = []
    if "components" in forms:
        made.append(("components", 1, "component-list", *_components(circuit, lang)))
    if "open" in forms and circuit.function in FUNCTIONS:
        made.append(("open", 3, "describe", *_description(circuit, lang, rng)))
    for form, level, topic, question, answer in made:
        item = Item(
            id=item_id([picture_hash], question, None),
            pictures=(picture,),
            form=form,
            level=level,
            topic=topic,
            lang=lang,
            question=question,
            answer=answer,
            group=circuit.name,
            origin=Origin(
                source=source, writer=f"rule:{topic}@{VERSION}", licence=licence, file=file, family=circuit.family
            ),
        )  # fmt: skip
        if form == "open" or grade_item(item, answer).verdict == "right":
            yield item


def _components(circuit: Circuit, lang: Lang) -> tuple[str, str]:
    if circuit.shown.refs and all(c.ref for c in circuit.components):
        valued = any(value_shown(c, circuit) for c in circuit.components)
        question = say(
            lang,
            f"列出图中所有元件的标号{'和数值' if valued else ''}。",
            f"List the reference designators{' and values' if valued else ''} of all components.",
        )
        parts = sorted(circuit.components, key=lambda c: (c.ref[:1], len(c.ref), c.ref))
        return question, ", ".join(_named(c, circuit) for c in parts)
    question = say(lang, "列出图中各类元件及其个数。", "List the kinds of components and how many of each there are.")
    counts = Counter(c.kind for c in circuit.components)
    return question, ", ".join(f"{kind_text(kind, lang)} ×{n}" for kind, n in sorted(counts.items()))


def _named(c: Component, circuit: Circuit) -> str:
    return f"{c.ref} {value_shown(c, circuit)}".rstrip()


def _description(circuit: Circuit, lang: Lang, rng: random.Random) -> tuple[str, str]:
    question = say(
        lang,
        rng.choice(("这是什么电路?由哪些元件组成?", "说明图示电路的功能和组成。")),
        rng.choice(("What is this circuit, and what is it made of?", "Say what this circuit does and what is in it.")),
    )
    function = FUNCTIONS[circuit.function]
    view = View(circuit, lang)
    kinds = [
        say(lang, f"{n}个{KINDS[k].zh}", f"{n} {KINDS[k].en}{'s' if n > 1 else ''}") for k, n in view.kinds.items()
    ]
    answer = say(
        lang,
        f"该电路是{function.zh},由{'、'.join(kinds)}组成。",
        f"The circuit is a {function.en}, made of {', '.join(kinds)}.",
    )
    return question, answer
