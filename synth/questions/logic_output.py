"""Level 4: what a combinational circuit puts out."""

from __future__ import annotations

import random
from collections.abc import Iterator

from qa.item import Lang, Wanted
from synth.circuits.logic import is_logic, truth_table
from synth.circuits.mna import SolveError
from synth.circuits.netlist import Circuit
from synth.questions.components import runs_about
from synth.questions.draft import Draft
from synth.questions.view import View, say

Table = list[tuple[tuple[int, ...], int]]
_MOST_INPUTS = 4


def _known(circuit: Circuit, lang: Lang) -> tuple[list[str], str, Table] | None:
    """(names of the inputs, name of the output, truth table) where all are printed in the picture."""
    if not is_logic(circuit) or len(circuit.inputs) > _MOST_INPUTS:
        return None
    labels = View(circuit, lang).labels
    if any(n not in labels for n in (*circuit.inputs, circuit.output)):
        return None
    try:
        table = truth_table(circuit)
    except (SolveError, KeyError):
        return None
    return [labels[n] for n in circuit.inputs], labels[circuit.output], table


def _levels(names: list[str], bits: tuple[int, ...], lang: Lang) -> str:
    return ("、" if lang == "zh" else ", ").join(f"{n}={b}" for n, b in zip(names, bits, strict=True))


def logic_level(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """The output for given inputs."""
    known = _known(circuit, lang)
    if known is None:
        return
    names, out, table = known
    wanted = rng.randrange(2)  # either level as often, or a guess pays
    rows = [(bits, y) for bits, y in table if y == wanted] or table
    bits, y = rng.choice(rows)
    at = _levels(names, bits, lang)
    yield Draft(
        rule="logic_level",
        topic="logic-output",
        level=4,
        form="fill",
        question=say(
            lang, f"当{at}时,输出{out}的逻辑电平为______(填0或1)。", f"With {at}, the output {out} is ______ (0 or 1)."
        ),
        answer=str(y),
        accept=(Wanted(value=y, rel_tol=0.0),),
        explanation=say(lang, f"逐级求值:{at}时{out}={y}。", f"Gate by gate: {at} gives {out}={y}."),
    )


def logic_rows(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """Which of four input combinations gives the wanted level."""
    known = _known(circuit, lang)
    if known is None:
        return
    names, out, table = known
    for wanted in rng.sample((0, 1), 2):
        right = [bits for bits, y in table if y == wanted]
        wrong = [bits for bits, y in table if y != wanted]
        if not right or len(wrong) < 3:
            continue
        bits = rng.choice(right)
        yield Draft(
            rule="logic_rows",
            topic="logic-output",
            level=4,
            form="mcq",
            question=say(
                lang, f"下列哪一组输入使{out}={wanted}?", f"Which of these input combinations gives {out}={wanted}?"
            ),
            answer=_levels(names, bits, lang),
            distractors=tuple(_levels(names, b, lang) for b in rng.sample(wrong, 3)),
            explanation=say(
                lang,
                f"{_levels(names, bits, lang)}时{out}={wanted},其余三组都给出{1 - wanted}。",
                f"{_levels(names, bits, lang)} gives {out}={wanted}; the other three give {1 - wanted}.",
            ),
        )
        return


def logic_count(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """How many input combinations give 1."""
    known = _known(circuit, lang)
    if known is None:
        return
    names, out, table = known
    n, rows = sum(y for _, y in table), len(table)
    stem = say(
        lang,
        f"在{'、'.join(names)}的全部{rows}种取值组合中,使{out}=1的有",
        f"of the {rows} combinations of {' and '.join([', '.join(names[:-1]), names[-1]])}",
    )
    ones = ", ".join("".join(map(str, bits)) for bits, y in table if y)
    why = say(
        lang, f"{out}=1的组合({''.join(names)}):{ones or '无'}。", f"{out}=1 for {''.join(names)} = {ones or '-'}."
    )
    runs = runs_about(n, rows)
    yield Draft(
        rule="logic_count",
        topic="logic-count",
        level=4,
        form="mcq",
        question=say(lang, f"{stem}几种?", f"How many {stem} make {out}=1?"),
        answer=str(n),
        distractors=runs[0],
        about=f"of {rows}",
        runs=runs,
        explanation=why,
    )
    yield Draft(
        rule="logic_count",
        topic="logic-count",
        level=4,
        form="fill",
        question=say(lang, f"{stem}______种。", f"{stem[0].upper()}{stem[1:]}, ______ make {out}=1."),
        answer=str(n),
        accept=(Wanted(value=n, rel_tol=0.0),),
        explanation=why,
    )


def logic_column(circuit: Circuit, lang: Lang, rng: random.Random) -> Iterator[Draft]:
    """The output column of the truth table, for two or three inputs."""
    known = _known(circuit, lang)
    if known is None or not 2 <= len(known[0]) <= 3:
        return
    names, out, table = known
    column = "".join(str(y) for _, y in table)
    order = ", ".join("".join(map(str, bits)) for bits, _ in table)
    # a set of four in which each option relates to the others in the same way, so that none stands out
    i, j = rng.sample(range(len(column)), 2)
    one = _flip(column, i)
    wrong = [one, _inverse(column), _inverse(one)] if rng.random() < 0.5 else [one, _flip(column, j), _flip(one, j)]
    if len({column, *wrong}) < 4:
        return
    yield Draft(
        rule="logic_column",
        topic="truth-table",
        level=4,
        form="mcq",
        question=say(
            lang,
            f"{''.join(names)}依次取{order}时,输出{out}依次为下列哪一组?",
            f"For {''.join(names)} = {order} in this order, which is the sequence of outputs {out}?",
        ),
        answer=column,
        distractors=tuple(wrong),
        explanation=say(lang, f"真值表:{out} = {column}。", f"Truth table: {out} = {column}."),
    )


def _flip(column: str, i: int) -> str:
    return f"{column[:i]}{'10'[int(column[i])]}{column[i + 1 :]}"


def _inverse(column: str) -> str:
    return "".join("10"[int(level)] for level in column)


LOGIC_WRITERS = (logic_level, logic_rows, logic_count, logic_column)
