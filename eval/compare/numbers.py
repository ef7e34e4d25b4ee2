"""All numbers of a comparison; what `--json` writes."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from eval.compare.runs import Run, Shared
from eval.compare.verdict import Kind, Pair, verdict
from eval.mode import Mode
from eval.prediction import Result
from eval.report import BREAKDOWNS, tally
from eval.stats import RESAMPLES, difference, mcnemar
from eval.tally import Tally
from qa.grading import Outcome

PART_RESAMPLES = 2_000
"""For the many rows of the breakdowns: their ends move by a tenth of a point or so."""
LONGEST = 400
"""Characters of a question or a reply."""


class Part(BaseModel):
    """Some questions of a bench."""

    runs: list[Tally]
    """In the order of the runs."""
    pairs: list[Pair | None]
    """Each later run against the base; None where they share no question."""


class Measure(BaseModel):
    """A further measure of a bench, like char_f1."""

    n: int
    """Questions it is known for in all runs: a judge gives no mark for some."""
    runs: list[float]
    differences: list[tuple[float, float, float]]
    """Each later run against the base: mean, lower and upper end."""


class Said(BaseModel):
    """What a run replied to a question."""

    score: float
    verdict: Outcome
    read: str | None
    reply: str


class Change(BaseModel):
    """A question that one of two runs got right."""

    id: str
    level: int
    topic: str
    lang: str
    source: str
    question: str
    wanted: str
    base: Said
    new: Said


class Against(BaseModel):
    """A later run against the base."""

    run: str
    kind: Kind
    verdict: str
    won: list[Change]
    """Wrong in the base, right now."""
    lost: list[Change]


class Bench(BaseModel):
    """One bench of all runs."""

    same_questions: bool
    asked: list[int]
    """How many questions each run was asked; the numbers are about those that all were."""
    groups: int
    """Circuits they lie on."""
    total: Part
    by: dict[str, dict[str, Part]]
    measures: dict[str, Measure]
    against: list[Against]


class RunInfo(BaseModel):
    """What a run was."""

    name: str
    folder: str
    title: str
    model: str
    weights: str
    root: str
    data: str
    date: str
    mode: Mode
    settings: dict[str, str | int | float]
    versions: dict[str, str]
    replies: dict[str, int]
    missing: list[str]
    """Benches that another run has and this one has not; they are not compared."""


class Comparison(BaseModel):
    """The base first."""

    runs: list[RunInfo]
    benches: dict[str, Bench]


def numbers(runs: Sequence[Run], shared: Sequence[Shared]) -> Comparison:
    """Everything that is said of these runs."""
    every = list(dict.fromkeys(b for r in runs for b in r.results))
    infos = [_info(r, [b for b in every if b not in r.results]) for r in runs]
    return Comparison(runs=infos, benches={s.bench: _bench(runs, s) for s in shared})


def pair(rows: Sequence[tuple[Result, ...]], new: int, seed: str, resamples: int = RESAMPLES) -> Pair | None:
    """Column `new` against the first; None for no rows."""
    if not rows:
        return None
    found = difference(
        [r[0].score for r in rows], [r[new].score for r in rows], [r[0].group for r in rows], seed, resamples
    )
    won = sum(r[new].right and not r[0].right for r in rows)
    lost = sum(r[0].right and not r[new].right for r in rows)
    return Pair(
        n=found.n,
        groups=found.groups,
        difference=found.mean,
        interval=(found.low, found.high),
        won=won,
        lost=lost,
        same=all(r[0].score == r[new].score for r in rows),
        p=mcnemar(won, lost),
        needed=found.needed,
    )


def _info(run: Run, missing: list[str]) -> RunInfo:
    fields = ("title", "model", "weights", "root", "data", "date", "mode", "settings", "versions", "replies")
    said = {f: getattr(run.report, f) for f in fields}
    return RunInfo(name=run.name, folder=str(run.folder), missing=missing, **said)


def _bench(runs: Sequence[Run], shared: Shared) -> Bench:
    total = _part(shared.rows, len(runs), shared.bench, RESAMPLES)
    if not shared.rows:
        total.runs = [r.report.benches[shared.bench].total for r in runs]
    by: dict[str, dict[str, Part]] = {}
    for kind, key in BREAKDOWNS.items():
        values: dict[str, list[tuple[Result, ...]]] = {}
        for row in shared.rows:
            values.setdefault(key(row[0].asked), []).append(row)
        seed = f"{shared.bench}/{kind}"
        by[kind] = (
            {v: _part(values[v], len(runs), f"{seed}/{v}", PART_RESAMPLES) for v in sorted(values)}
            if len(values) > 1
            else dict.fromkeys(values, total)
        )
    return Bench(
        same_questions=shared.same,
        asked=[len(r.results[shared.bench]) for r in runs],
        groups=len({r[0].group for r in shared.rows}),
        total=total,
        by=by,
        measures=_measures(shared, len(runs)),
        against=[_against(runs, shared, total, i) for i in range(1, len(runs))],
    )


def _part(rows: Sequence[tuple[Result, ...]], runs: int, seed: str, resamples: int) -> Part:
    tallies = [tally([r[i] for r in rows]) for i in range(runs)]
    return Part(runs=tallies, pairs=[pair(rows, i, seed, resamples) for i in range(1, runs)])


def _measures(shared: Shared, runs: int) -> dict[str, Measure]:
    """Measures of the shared questions, each over those for which every run has it."""
    scores = [([x.scores for x in row], row[0].group) for row in shared.rows]
    found = {}
    for name in sorted({name for row, _ in scores for one in row for name in one}):
        known = [(row, group) for row, group in scores if all(name in one for one in row)]
        if not known:
            continue
        groups = [group for _, group in known]
        values = [[row[i][name] for row, _ in known] for i in range(runs)]
        gaps = [difference(values[0], v, groups, f"{shared.bench}/{name}", PART_RESAMPLES) for v in values[1:]]
        means = [sum(v) / len(v) for v in values]
        found[name] = Measure(n=len(known), runs=means, differences=[(g.mean, g.low, g.high) for g in gaps])
    return found


def _against(runs: Sequence[Run], shared: Shared, total: Part, new: int) -> Against:
    kind, sentence = verdict(total.pairs[new - 1], runs[0].report.mode == runs[new].report.mode)
    won = [_change(r[0], r[new]) for r in shared.rows if r[new].right and not r[0].right]
    lost = [_change(r[0], r[new]) for r in shared.rows if r[0].right and not r[new].right]
    return Against(run=runs[new].name, kind=kind, verdict=sentence, won=won, lost=lost)


def _change(base: Result, new: Result) -> Change:
    a = base.asked
    return Change(
        id=a.id,
        level=a.level,
        topic=a.topic,
        lang=a.lang,
        source=a.source,
        question=a.question[:LONGEST],
        wanted=_wanted(a.answer, a.options)[:LONGEST],
        base=_said(base),
        new=_said(new),
    )


def _wanted(answer: object, options: Sequence[str] | None) -> str:
    """The answer as a person reads it: a letter with its option."""
    if isinstance(answer, dict):
        return "; ".join(f"{k} = {v}" for k, v in answer.items())
    if options and isinstance(answer, str) and len(answer) == 1 and 0 <= ord(answer) - ord("A") < len(options):
        return f"{answer}. {options[ord(answer) - ord('A')]}"
    return str(answer)


def _said(result: Result) -> Said:
    """The reply that tells why the question counts as it does: of several the first that went the same way."""
    p = next((p for p in result.predictions if (p.score > 0.5) == result.right), result.asked)
    read = p.read[:LONGEST] if p.read is not None else None
    return Said(score=result.score, verdict=p.verdict, read=read, reply=p.reply[:LONGEST])
