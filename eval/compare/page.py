"""A comparison as Markdown: the verdicts first, then a table, then what opens on a click."""

from __future__ import annotations

from collections.abc import Sequence

from eval.compare.notes import notes
from eval.compare.numbers import Against, Bench, Change, Comparison, Part, RunInfo, Said
from eval.compare.verdict import Pair, ends, points, probability
from eval.fit import Block, fit
from eval.plain import NONE, code, tag, word
from eval.report import percent
from eval.tally import Tally

TELLING = 5
"""A breakdown's row shows an interval of the difference from so many circuits on; below it says next to nothing."""
EXPLAINED = """\
- *Accuracy*: mean score; a reply in which no answer can be read (*unparsed*) counts as wrong.
- *95 % interval*: Wilson's; where several questions lie on one circuit, with the number of unrelated questions that
  would tell as much (Korn and Graubard 1998).
- *Difference*: in points, question by question; its interval by resampling circuits (bootstrap). A
  breakdown's row on fewer than 5 circuits has none.
- *Won / lost*: questions that became right / wrong; one counts as right that is right more often than not.
- *p*: McNemar's exact test of won against lost. It takes questions for unrelated, the interval does not; *better* and
  *worse* ask for both: p < 0.05 and an interval that leaves out 0.
- *Would need*: questions for 80 % power at p < 0.05 (Connor 1987), from the share of questions that differ, times the
  design effect of circuits."""


def brief(comparison: Comparison) -> str:
    """Verdicts, table and notes, as long as a screen."""
    lines = [f"### {_heading(comparison.runs)}", ""]
    lines += [line for name, bench in comparison.benches.items() for line in _verdicts(name, bench)]
    lines += ["", *_table(comparison), *_measures(comparison)]
    if said := notes(comparison):
        lines += ["", *(f"- {n}" for n in said)]
    return "\n".join([*lines, ""])


def markdown(comparison: Comparison) -> str:
    """The whole, at most 60 kB: `brief`, then breakdowns, questions lost and won, and how to read it."""
    blocks: list[Block] = []
    for name, bench in comparison.benches.items():
        for i, against in enumerate(bench.against):
            of = f"{tag(name)}, {tag(comparison.runs[0].name)} → {tag(against.run)}"
            blocks += _blocks(of, comparison.runs, bench, i, against)
    rows = [row for bench in comparison.benches.values() for parts in bench.by.values() for row in parts]
    by_chance = max(1, round(len(rows) * 0.05))
    many = (
        f"- Breakdowns have {len(rows)} rows. Of so many 95 % intervals about {by_chance} leave out the true value by"
        " chance: look there for where to look next, not for proof. No row is marked for that reason."
    )
    about = [*EXPLAINED.splitlines(), many, "", *_runs(comparison.runs)]
    return fit(brief(comparison), [*blocks, Block("How to read this, and what was run", about)])


def _heading(runs: Sequence[RunInfo]) -> str:
    modes = [r.mode for r in runs]
    alike = len({str(m) for m in modes}) == 1
    names = [word(r.name) if alike else f"{word(r.name)} ({m})" for r, m in zip(runs, modes, strict=True)]
    how = f", {modes[0]}" if alike and str(modes[0]) != "as it is" else ""
    return f"{' → '.join(names)} on {word(runs[0].data)}{how}"


def _verdicts(name: str, bench: Bench) -> list[str]:
    many = len(bench.against) > 1
    return [f"- **{word(name)}**{', ' + word(a.run) if many else ''}: {a.verdict}" for a in bench.against]


def _table(comparison: Comparison) -> list[str]:
    lines = [
        "| bench | run | n | accuracy | 95 % interval | unparsed | difference | 95 % interval | won / lost | p |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, bench in comparison.benches.items():
        for i, run in enumerate(comparison.runs):
            t = bench.total.runs[i]
            cells = [word(name) if not i else "", word(run.name), str(t.n), *_tally(t)]
            cells += _pair(bench.total.pairs[i - 1]) if i else ["", "", "", ""]
            lines.append(_row(cells))
    return lines


def _tally(t: Tally) -> list[str]:
    """Accuracy, interval, unparsed share."""
    if not t.n:
        return [NONE] * 3
    low, high = t.interval
    return [percent(t.accuracy), f"{low * 100:.1f}–{high * 100:.1f} %", percent(t.unparsed_share)]


def _pair(pair: Pair | None) -> list[str]:
    """Difference, its interval, won / lost, p."""
    if pair is None:
        return [NONE] * 4
    p = probability(pair.p).removeprefix("p ").removeprefix("= ")
    return [points(pair.difference), ends(pair.interval), f"{pair.won} / {pair.lost}", p.replace("<", "&lt;")]


def _measures(comparison: Comparison) -> list[str]:
    """Further measures, where a bench has some."""
    lines = []
    for name, bench in comparison.benches.items():
        for measure, found in bench.measures.items():
            for i, run in enumerate(comparison.runs):
                mean, low, high = found.differences[i - 1] if i else (0.0, 0.0, 0.0)
                gap = [points(mean), ends((low, high))] if i else ["", ""]
                head = [word(name), word(measure)] if not i else ["", ""]
                lines.append(_row([*head, word(run.name), str(found.n), percent(found.runs[i]), *gap]))
    if not lines:
        return []
    head = ["| bench | measure | run | n | mean | difference | 95 % interval |", "|---|---|---|--:|--:|--:|--:|"]
    return ["", *head, *lines]


def _blocks(of: str, runs: Sequence[RunInfo], bench: Bench, new: int, against: Against) -> list[Block]:
    """Breakdowns, lost and won of one bench and one later run."""
    pair = [word(runs[0].name), word(against.run)]
    head = f"| part | n | {pair[0]} | unparsed | {pair[1]} | unparsed | difference | won / lost | p |"
    rows = [
        _part(f"{kind} {word(value) if kind != 'level' else value}", part, new)
        for kind, parts in sorted(bench.by.items(), key=lambda x: len(x[1]))  # the longest is cut first
        for value, part in parts.items()
    ]
    blocks = []
    if rows:
        title = f"{of}: by split, level, topic, language, source and question writer"
        blocks.append(Block(title, [head, "|---|--:|--:|--:|--:|--:|--:|--:|--:|"], rows))
    for word_, changes in (("lost", against.lost), ("won", against.won)):
        if changes:
            title = f"{of}: {len(changes):,} {word_}"
            columns = f"| id | level | topic | question | wanted | {pair[0]} | {pair[1]} |"
            blocks.append(Block(title, [columns, "|---|--:|---|---|---|---|---|"], [_change(c) for c in changes]))
    return blocks


def _part(name: str, part: Part, new: int) -> str:
    base, now, pair = part.runs[0], part.runs[new + 1], part.pairs[new]
    cells = [name, str(now.n)]
    for t in (base, now):
        accuracy, interval, unparsed = _tally(t)
        cells += [f"{accuracy} [{interval.removesuffix(' %')}]", unparsed]
    gap, interval, changed, p = _pair(pair)
    gap += f" {interval}" if pair and pair.groups >= TELLING else ""
    return _row([*cells, gap, changed, p])


def _change(c: Change) -> str:
    said = [_said(c.base), _said(c.new)]
    return _row([code(c.id, 20), str(c.level), word(c.topic, 30), code(c.question), code(c.wanted, 40), *said])


def _said(said: Said) -> str:
    """What was read, or that nothing could be."""
    if said.read is None:
        return f"unparsed: {code(said.reply, 40)}"
    share = f" ({said.score:.0%})" if said.score not in (0, 1) else ""
    return code(said.read, 40) + share


def _runs(runs: Sequence[RunInfo]) -> list[str]:
    lines = ["| run | model | weights | asked | date | versions |", "|---|---|---|---|---|---|"]
    for r in runs:
        versions = ", ".join(f"{k} {v}" for k, v in r.versions.items())
        model = r.title or r.model
        lines.append(_row([word(r.name), word(model), code(r.weights), str(r.mode), code(r.date), code(versions, 120)]))
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
