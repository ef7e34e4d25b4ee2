"""`circuit-vqa synth check`: rules, then a second teacher that answers blind, a vote, gold mixed in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from qa.dataset import Dataset
from qa.errors import KitError
from qa.progress import progress
from synth.teacher.options import (
    Batch,
    DryRun,
    MaxCost,
    MaxRequests,
    NoWait,
    TeachersFile,
    named,
    refuse_no_wait,
    teachers_from,
)

if TYPE_CHECKING:
    from qa.item import Item
    from synth.checks.case import Case
    from synth.checks.panel import Panel
    from synth.checks.run import Report
    from synth.teacher.config import Teacher

LIKELY_OUT = 250
"""Tokens of a usual answer with a few sentences of reasoning."""


def check(
    folder: Annotated[Path, typer.Argument(help="dataset folder", show_default=False)],
    teacher: Annotated[list[str] | None, typer.Option(help="answers blind; not the writer; may be given twice")] = None,
    third: Annotated[list[str] | None, typer.Option(help="votes where writer and second disagree")] = None,
    votes: Annotated[int, typer.Option(min=1, help="answers of the third at most")] = 3,
    quorum: Annotated[int | None, typer.Option(min=1, help="votes that decide; more than half when left out")] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="of votes; the teacher's own if not set")
    ] = None,
    gold: Annotated[int, typer.Option(min=0, help="questions of known truth mixed in, to measure the label error")] = 0,
    judge: Annotated[str | None, typer.Option(help="judges what rules and grader cannot; --teacher if not set")] = None,
    again: Annotated[bool, typer.Option("--again", help="also what was asked before")] = False,
    same_model: Annotated[bool, typer.Option("--same-model", help="let a model confirm what it wrote itself")] = False,
    teachers: TeachersFile = None,
    max_cost: MaxCost = None,
    max_requests: MaxRequests = None,
    dry_run: DryRun = False,
    batch: Batch = False,
    no_wait: NoWait = False,
    seed: Annotated[int, typer.Option(help="of letters, order and gold")] = 0,
) -> None:
    """Check what teachers wrote; without --teacher by rules alone, free. Run again to go on after a stop."""
    from synth.checks.run import Report, ask_cases
    from synth.checks.settled import settle
    from synth.review.log import apply
    from synth.teacher.asking import asker
    from synth.teacher.budget import Budget

    if not teacher and (third or gold or judge):
        raise KitError("--third, --judge and --gold go with --teacher, the one that answers blind")
    refuse_no_wait(batch, no_wait)
    known = teachers_from(teachers) if teacher else {}
    panel = _panel(known, teacher or (), third or (), judge, votes, quorum, temperature, same_model, batch, dry_run)
    ds = Dataset.open(folder)
    if not dry_run:
        apply(ds)
    with ds.filling():
        items = settle(ds, seed, dry_run)
        if not items:
            raise KitError(f"{ds.items_path} is empty; fill it first: {ds.filled_by}")
        if dry_run:
            with TemporaryDirectory() as spare:
                _say_estimate(_cases(ds, items, panel, known, gold, again, seed, Path(spare)), known, ds, batch)
            return
        report, before = Report(), set[str]()
        budget = Budget(max_cost=max_cost, max_requests=max_requests)
        while teacher:  # a question rejected by a vote sets its twin free: that is asked in another round
            cases = _cases(ds, items, panel, known, gold, again, seed, ds.root / "gold")
            if not cases:
                break
            named(known, {c.writer.name: None for c in cases if c.writer}, batch)  # gold asks them too
            with progress("items", len(cases)) as advance:
                ask_cases(ds, cases, known, asker(batch, ds.root, not no_wait), budget, report, advance)
            if report.open or (asked := {c.item.id for c in cases}) == before:
                break
            items, again, before = settle(ds, seed), False, asked
        ds.write_manifest()
        _say(ds, report if teacher else None)


def _say(ds: Dataset, report: Report | None) -> None:
    """What all Items come to, and what the run asked. Raises KitError where some wait and no budget is the reason."""
    from synth.checks.tell import label_error_line, run_line, standings, waiting_line

    print(standings(list(ds.items())))
    if report is None:
        print("nobody was asked; --teacher NAME lets a second model answer blind")
        return
    print(f"{label_error_line(ds)}\n{run_line(report)}")
    if report.open and not report.stopped:
        raise KitError(waiting_line(report))
    if report.open:
        print(waiting_line(report))


def _panel(
    known: dict[str, Teacher],
    seconds: Sequence[str],
    thirds: Sequence[str],
    judge: str | None,
    votes: int,
    quorum: int | None,
    temperature: float | None,
    same_model: bool,
    batch: bool,
    dry_run: bool,
) -> Panel:
    from synth.checks.panel import Panel, refuse_same_voter

    quorum = quorum or votes // 2 + 1
    if quorum > votes:
        raise KitError(f"--quorum {quorum} can never be reached with --votes {votes}")
    names = dict.fromkeys((*seconds, *thirds, *([judge] if judge else ())))
    found = {t.name: t for t in named(known, names, batch and not dry_run, keys=not dry_run)}
    first = judge or next(iter(seconds), None)
    panel = Panel(
        tuple(found[n] for n in seconds),
        tuple(found[n] for n in thirds),
        found[first] if first else None,
        votes,
        quorum,
        temperature,
        same_model,
    )
    refuse_same_voter(panel)
    return panel


def _cases(
    ds: Dataset,
    items: list[Item],
    panel: Panel,
    known: dict[str, Teacher],
    gold: int,
    again: bool,
    seed: int,
    gold_root: Path,
) -> list[Case]:
    """What is to be asked. The gold Items that are there go on also where --gold is left out this time."""
    from synth.checks.gold import gold_of
    from synth.checks.gold_items import gold_cases, make_gold, writing_teachers
    from synth.checks.panel import refuse_own_word
    from synth.checks.run import cases_of, is_open, writers

    refuse_own_word(panel, [i for i in items if is_open(i, panel, again)])
    there = gold_of(ds)
    if gold or there is not None:
        writing_teachers(writers(items), list(known.values()))
    if gold and (there is None or sum(1 for _ in there.items()) < gold):
        there = make_gold(gold_root, items, gold, seed)
    extra = gold_cases(there, items, panel, list(known.values()), again) if there is not None else []
    return cases_of(ds, items, panel, extra, again, seed)


def _say_estimate(cases: list[Case], known: dict[str, Teacher], ds: Dataset, batch: bool) -> None:
    from synth.checks.expected import calls_of, disagreement_line
    from synth.teacher.estimate import estimate, lines

    journal = ds.root / "journal.sqlite"
    print(f"{sum(not c.gold for c in cases)} items and {sum(c.gold for c in cases)} gold items to ask about")
    for line in lines(estimate(calls_of(cases), known, journal, likely_out=LIKELY_OUT, turns=1, batch=batch), batch):
        print(line)
    print(disagreement_line(cases))
    print("nobody was asked")
