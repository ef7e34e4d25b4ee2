"""One computed quantity as questions: multiple choice and fill-in, in both languages."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.item import Lang, Wanted
from qa.quantity import find
from qa.reply import plain
from synth.circuits.analysis import measure
from synth.circuits.probe import Probe
from synth.circuits.solver import SolveError
from synth.questions.draft import Draft
from synth.questions.numeric_options import PLAIN, PREFIXES, Scale, prefix_of, with_signs, written, wrong_options

_SMALLEST = {"V": 1e-4, "A": 1e-10, "W": 1e-10, "Ω": 1e-3, "Hz": 1e-3, "s": 1e-12, "": 1e-4, "dB": 0.05}
"""Anything smaller is taken for zero, and not asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A quantity of a circuit, how to call it, and how people get it wrong."""

    rule: str
    topic: str
    stem: str
    """Noun phrase in the language of the question: `流过R1的电流大小`, `the voltage at node A`."""
    value: float
    unit: str
    probe: Probe
    given: str = ""
    """Sentences that go before the question: what the picture does not print."""
    mistakes: Sequence[float] = ()
    why: str = ""
    lead: str = ""
    """Chinese only: a clause that opens the question (`若R2被短路,`); in English it is part of the stem."""
    factors: Sequence[float] = (2.0,)
    """Mistakes that are a mere factor: 2π forgotten, √2 between peak and rms."""
    signed: bool = False
    """Whether the sign could be got wrong, so that options of either sign are plausible."""
    scale: Scale = PLAIN
    """Where the steps from the right value to wrong ones are taken."""
    offsets: Sequence[float] = ()
    """Mistakes that are a mere sum: a diode's drop forgotten."""


def found(probe: Probe) -> float | None:
    """The value of a probe, None where there is none."""
    try:
        value = measure(probe)
    except (SolveError, KeyError):
        return None
    return value if math.isfinite(value) else None


def askable(value: float | None, unit: str, scale: float = 0.0) -> bool:
    """Whether a value is a number to ask for: there, not zero, and not what is left of a cancellation.

    `scale`: the largest figure of its kind in the circuit.
    """
    return value is not None and abs(value) >= _SMALLEST.get(unit, 1e-12) and abs(value) > 1e-3 * scale


def is_word(label: str) -> bool:
    """Whether a label is a plain word (`输出`, `IN`) and not the symbol of a quantity (`Uo`, `vi1`)."""
    return label.casefold() in ("input", "output", "in", "out") or any("\u4e00" <= ch <= "\u9fff" for ch in label)


def node_text(label: str, lang: Lang) -> str:
    """`节点A`, `node A`; a label that is a plain word is quoted (`标有“输出”的节点`)."""
    if lang == "zh":
        return f"标有“{label}”的节点" if is_word(label) else f"节点{label}"
    return f"the node labelled “{label}”" if is_word(label) else f"node {label}"


_MCQ = {
    "zh": ("{0}为多少?", "{0}约为多少?", "求{0}。", "{0}是下列哪一个?"),
    "en": ("What is {0}?", "Find {0}.", "Which of these is {0}?", "Calculate {0}."),
}
_FILL = {
    "zh": ("{0}{about}为______{unit}。", "计算可得,{0}{about}为______{unit}。", "求{0}:______{unit}。"),
    "en": ("{0} is {about}______{unit}.", "Fill in: {0} is {about}______{unit}.", "Find {0}: ______{unit}."),
}


def drafts(asked: Asked, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """A multiple-choice and a fill-in question; nothing where the value is not one to ask for."""
    if not askable(asked.value, asked.unit) or _printed(asked):
        return
    yield _mcq(asked, lang, rng)
    yield _fill_in(asked, lang, rng)


def _printed(asked: Asked) -> bool:
    """Whether the text of the question already holds the answer, in whatever prefix: `稳定电压为5.1 V`."""
    return any(
        q.unit is not None and abs(q.number * q.unit.scale - abs(asked.value)) <= 0.02 * abs(asked.value)
        for q in find(plain(asked.given))
    )


def _mcq(asked: Asked, lang: Lang, rng: random.Random) -> Draft:
    wrong = wrong_options(asked.value, asked.mistakes, rng, asked.factors, asked.scale, asked.offsets)
    threes = [wrong, with_signs(asked.value, wrong, rng)] if asked.signed else [wrong]
    answer, *runs = (
        tuple(written(v, asked.unit, digits=3, fixed=True) for v in values) for values in ((asked.value,), *threes)
    )
    question = rng.choice(_MCQ[lang]).format(asked.stem)
    return Draft(
        rule=asked.rule,
        topic=asked.topic,
        level=4,
        form="mcq",
        question=_whole(asked, question, lang),
        answer=answer[0],
        distractors=runs[0],
        explanation=asked.why,
        probe=asked.probe,
        # a sign that is seldom right is as seldom offered
        about="sign" if asked.signed else "",
        runs=tuple(runs) if asked.signed else (),
        codes=tuple((t, "-" if t.startswith("-") else "+") for t in {*answer, *sum(runs, ())}) if asked.signed else (),
    )


def _fill_in(asked: Asked, lang: Lang, rng: random.Random) -> Draft:
    power = prefix_of(asked.value, asked.unit)
    answer = written(asked.value, asked.unit, exponent=power)
    exact = math.isclose(float(answer.split()[0]) * 10.0**power, asked.value, rel_tol=1e-7)
    unit = PREFIXES[power] + asked.unit if rng.random() < 0.6 else ""
    about = "" if exact else ("约" if lang == "zh" else "about ")
    question = rng.choice(_FILL[lang]).format(
        asked.stem, about=about, unit=f" {unit}" if unit and lang == "en" else unit
    )
    return Draft(
        rule=asked.rule,
        topic=asked.topic,
        level=4,
        form="fill",
        question=_whole(asked, question, lang),
        answer=answer,
        accept=(Wanted(value=asked.value, unit=asked.unit),),
        explanation=asked.why,
        probe=asked.probe,
    )


def _whole(asked: Asked, question: str, lang: Lang) -> str:
    if lang == "zh":
        return asked.given + asked.lead + (question.removeprefix("计算可得,") if asked.lead else question)
    return f"{asked.given} {question[0].upper()}{question[1:]}".strip()
