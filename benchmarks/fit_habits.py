"""Make the tables that keep multiple choice from being guessed: synth/questions/{habits,printed}.json.

Run as: python -m benchmarks.fit_habits [--circuits 2400] [--rounds 14] [--real FOLDER]

Asks about many circuits again and again with the questions as they are really chosen, and after each round moves the
weights of every text towards being right in a quarter of the questions that offer it. Other seeds than those of
benchmarks/blind_guess.py are used. With --real, the sorts of question on pictures without designators are fitted to a
folder of netlists; without it those in the table stay as they are. The same command gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.blind_guess import circuit_of_job
from qa.item import Item, Lang
from synth.circuits.netlist import KINDS, Circuit
from synth.questions.assemble import Assembled, asked, assemble
from synth.questions.habits import PATH, Habit, Table, called, committed, sort_of
from synth.questions.printed_decoys import PATH as PRINTED
from synth.questions.printed_decoys import taken_apart
from synth.questions.values import value_text
from synth.report.blind import guesses
from synth.sources.circuits import jobs
from synth.sources.netlists import BrokenPair, pairs, read_netlist
from synth.workers import in_order

SEED = 7_000_000
FAIR = 0.25
KEEP_STRIDE, OFFER_STRIDE, LEAST = 0.7, 0.8, 0.02
DOUBT = 4.0
"""Questions of which half is held unknown: a text seen once or twice tells little."""
TELLING = 0.30
"""A sort where the usual texts are right more often than this, after all rounds, is not asked as a choice."""

Asked = tuple[str, tuple[str, ...]]
"""(sort, what the table calls the right option and then the wrong ones)."""
Case = tuple[Circuit, Lang, str]
"""A circuit, the language it is asked about in, and a seed."""
Counts = dict[str, dict[str, list[float]]]
"""sort -> text -> [how often right, how often offered]."""


def asked_of(case: Case, table: Table) -> list[Asked]:
    """The balanced choices on one circuit with this table."""
    circuit, lang, seed = case
    found = []
    for draft, options, _ in asked(circuit, lang, random.Random(seed), Assembled(), habits=table):
        if draft.about and options:
            texts = [draft.answer, *(o for o in options if o != draft.answer)]
            found.append((sort_of(circuit, draft), tuple(called(draft, t) for t in texts)))
    return found


def counted(every: Iterable[Asked]) -> Counts:
    """How often each text was right and offered."""
    counts: Counts = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for sort, texts in every:
        for k, text in enumerate(texts):
            counts[sort][text][0] += k == 0
            counts[sort][text][1] += 1
    return counts


def moved(table: Table, counts: Counts, times_asked: int) -> Table:
    """The next table: texts that are right too often are kept less and offered more, and the other way round.

    `times_asked`: how often each circuit was asked about, which adds nothing to what is known.
    """
    new: dict[str, dict[str, Habit]] = {}
    for sort, texts in counts.items():
        old = table.get(sort) or {}
        row: dict[str, Habit] = {}
        for text, (right, times) in texts.items():
            doubt = DOUBT * times_asked
            share = (right + doubt * FAIR) / (times + doubt)
            was = old.get(text, Habit())
            pull = FAIR / share
            row[text] = Habit(min(1.0, was.keep * pull**KEEP_STRIDE), was.offer / pull**OFFER_STRIDE)
        row |= {t: h for t, h in old.items() if t not in row}
        most = max(h.offer for h in row.values())
        new[sort] = {t: Habit(max(LEAST, h.keep), max(LEAST, h.offer / most)) for t, h in row.items()}
    return {**{s: t for s, t in table.items() if s not in new}, **new}


def telling(every: list[Asked]) -> set[str]:
    """Sorts of question in which one who says what is usually right is right too often.

    The habit is learnt on every second question and tried on the others, both ways.
    """
    bad, by_sort = set(), defaultdict(list)
    for sort, texts in every:
        by_sort[sort].append(texts)
    for sort, mine in by_sort.items():
        hits = 0.0
        for side in (0, 1):
            counts = counted((sort, t) for t in mine[1 - side :: 2])[sort]
            share = {t: (right + DOUBT * FAIR) / (times + DOUBT) for t, (right, times) in counts.items()}
            for texts in mine[side::2]:
                scores = [share.get(t, FAIR) for t in texts]
                hits += (scores[0] == max(scores)) / scores.count(max(scores)) if scores[0] == max(scores) else 0
        if hits > TELLING * len(mine) + math.sqrt(FAIR * len(mine)):
            bad.add(sort)
    return bad


def fitted(cases: list[Case], table: Table, rounds: int, workers: int | None, times: int = 1) -> Table:
    """The table after so many rounds, and without the sorts that stay telling."""
    every: list[Asked] = []
    for n in range(rounds):
        salted = [(c, lang, f"{seed}/{n}") for c, lang, seed in cases]
        every = [a for made in in_order(partial(asked_of, table=table), salted, workers, chunk=64) for a in made]
        bad = telling(every)
        asked_in = sum(s in bad for s, _ in every)
        print(f"round {n + 1}: {len(every)} choices, {asked_in} of them of {len(bad)} telling sorts", flush=True)
        if n < rounds - 1:
            table = moved(table, counted(every), times)
    return {**table, **dict.fromkeys(bad)}


def items_of(case: Case, table: Table) -> list[Item]:
    """The multiple-choice Items on one circuit with this table."""
    circuit, lang, seed = case
    made = assemble(circuit, "-", seed, lang, random.Random(seed), "-", "-", habits=table).items
    return [i for i in made if i.form == "mcq"]


def given_away(cases: list[Case], table: Table, workers: int | None) -> set[str]:
    """`writer topic` of those that the guesser of synth/report/blind.py still gets too often; prints them."""
    items = [i for made in in_order(partial(items_of, table=table), cases, workers, chunk=64) for i in made]
    hits: dict[str, list[bool]] = defaultdict(list)
    for item, letter in zip(items, guesses(items), strict=True):
        rule = item.origin.writer.removeprefix("rule:").split("@")[0]
        hits[f"{rule} {item.topic}"].append(letter == item.answer)
    bad = {k: v for k, v in hits.items() if sum(v) > TELLING * len(v) + math.sqrt(FAIR * (1 - FAIR) * len(v))}
    for k, v in sorted(bad.items(), key=lambda kv: -len(kv[1])):
        print(f"given away: {k}, {len(v)} choices, {sum(v) / len(v):.0%}", flush=True)
    return set(bad)


def real_cases(folder: Path, times: int) -> Iterator[Case]:
    """Every netlist of a folder in both languages, `times` over."""
    for stem in pairs(folder):
        try:
            circuit = read_netlist(folder / f"{stem}.json")
        except BrokenPair:
            continue
        for k in range(times):
            yield circuit, "zh", f"{stem}/{k}/zh"
            yield circuit, "en", f"{stem}/{k}/en"


def printed_law(circuits: Iterable[Circuit]) -> dict[str, list[dict[str, float]]]:
    """unit -> [leading figure -> share, power of ten -> share] of the values that pictures print."""
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    powers: dict[str, Counter[str]] = defaultdict(Counter)
    for circuit in circuits:
        for c in circuit.components:
            if circuit.shown.values and circuit.shown.refs and value_text(c) and c.value:
                figure, power = taken_apart(c.value)
                figures[KINDS[c.kind].unit][figure] += 1
                powers[KINDS[c.kind].unit][str(power)] += 1
    return {unit: [_shares(figures[unit]), _shares(powers[unit])] for unit in sorted(figures)}


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = counts.total()
    return {k: round(n / total, 4) for k, n in sorted(counts.items(), key=lambda kn: float(kn[0])) if n / total > 5e-4}


def written(table: Table) -> str:
    """The table as JSON, a sort a line; texts of which both are near 1 are left out."""
    lines = []
    for sort in sorted(table):
        row = table[sort]
        if row is None:
            lines.append(f"{json.dumps(sort)}: null")
            continue
        kept = {t: [round(h.keep, 2), round(h.offer, 2)] for t, h in sorted(row.items()) if min(h) < 0.9}
        lines.append(f"{json.dumps(sort)}: {json.dumps(kept, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Fit and write both tables."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--circuits", type=int, default=2400)
    args.add_argument("--rounds", type=int, default=14)
    args.add_argument("--real", type=Path)
    args.add_argument("--workers", type=int)
    a = args.parse_args()
    todo = jobs(a.circuits, SEED, "both")
    cases = [(circuit_of_job(j), j.lang, j.name) for j in todo]
    law = printed_law(c for c, _, _ in cases)
    PRINTED.write_text(json.dumps(law, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    bare = {s: t for s, t in committed().items() if s.startswith("bare ")}
    if a.real:
        bare = dict(fitted(list(real_cases(a.real, 6)), {}, a.rounds, a.workers, 6))
    table = fitted(cases, {}, a.rounds, a.workers)
    table = {**table, **dict.fromkeys(given_away(cases, table, a.workers))}
    PATH.write_text(written({**table, **{s: t for s, t in bare.items() if s.startswith("bare ")}}), "utf-8")
    print(f"{PATH.name}: {len(PATH.read_bytes()) / 1000:.0f} kB, {len(committed())} sorts before")


if __name__ == "__main__":
    main()
