"""`circuit-vqa synth write`: teachers write questions on the pictures of a dataset folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
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
from synth.teacher.saying import name_failures, say_cost

if TYPE_CHECKING:
    from synth.teacher.journal import Journal
    from synth.writing.run import Plan, Report

LIKELY_OUT = 220
"""Tokens of one question in a usual reply."""


class WriteLang(StrEnum):
    """Language of the questions; `both`: half of the pictures each."""

    zh = "zh"
    en = "en"
    both = "both"


class WriteForm(StrEnum):
    """Form of the reply asked for."""

    json = "json"
    text = "text"


def write(
    folder: Annotated[Path, typer.Argument(help="dataset folder, filled by `images` or `pdf`", show_default=False)],
    teacher: Annotated[list[str], typer.Option(help="name in teachers.yaml; give several to share the pictures out")],
    lang: Annotated[WriteLang, typer.Option(help="of the questions; both: half of the pictures each")] = WriteLang.zh,
    per_picture: Annotated[int, typer.Option(min=1, max=20, help="questions asked for on each picture")] = 5,
    prompt: Annotated[
        Path | None, typer.Option(help="your own prompt instead of the kit's", show_default=False)
    ] = None,
    form: Annotated[WriteForm, typer.Option(help="of the reply: text for models that write no JSON")] = WriteForm.json,
    limit: Annotated[int | None, typer.Option(min=1, help="ask about so many pictures", show_default=False)] = None,
    seed: Annotated[int, typer.Option(help="shares pictures out among teachers and languages")] = 0,
    max_cost: MaxCost = None,
    max_requests: MaxRequests = None,
    dry_run: DryRun = False,
    batch: Batch = False,
    no_wait: NoWait = False,
    teachers: TeachersFile = None,
) -> None:
    """Teachers write questions on every picture. Nothing is paid twice: run again to go on after a stop."""
    from synth.teacher.asking import asker
    from synth.teacher.budget import Budget
    from synth.teacher.journal import Journal
    from synth.writing.run import Report, make_plan, run

    refuse_no_wait(batch, no_wait)
    known = teachers_from(teachers)
    asked = named(known, dict.fromkeys(teacher), batch and not dry_run, keys=not dry_run)
    plan = make_plan(
        Dataset(folder),
        asked,
        lang=lang.value,
        per_picture=per_picture,
        form=form.value,
        prompt=prompt,
        limit=limit,
        seed=seed,
    )
    _say_plan(plan)
    if dry_run:
        _estimate(folder, plan, batch)
        return
    ds = Dataset.create(folder)
    budget, report = Budget(max_cost, max_requests), Report()
    with ds.filling(), Journal(folder / "journal.sqlite") as journal:
        try:
            with progress("pictures", len(plan.tasks)) as advance:
                run(ds, plan, journal, budget, asker(batch, folder, not no_wait), report, advance)
        finally:
            _say(report, journal, folder)
    _fail(report, plan)


def _say_plan(plan: Plan) -> None:
    done = f", {plan.done} done before" if plan.done else ""
    faulty = f", {plan.faulty} left out for their faults" if plan.faulty else ""
    prompts = ", ".join(dict.fromkeys(p.version for p in plan.prompts.values()))
    print(f"{len(plan.tasks)} pictures to ask about{done}{faulty}; prompt {prompts}")
    for version, count in sorted(plan.older.items()):
        print(f"note: {count} of them were written about with {version}; they are asked about again")


def _estimate(folder: Path, plan: Plan, batch: bool) -> None:
    from synth.teacher.estimate import estimate, lines

    calls = plan.calls(plan.desk())
    found = estimate(
        calls, plan.teachers, folder / "journal.sqlite", likely_out=LIKELY_OUT * plan.per_picture, batch=batch
    )
    for line in lines(found, batch):
        print(line)
    print("nobody was asked")


def _say(report: Report, journal: Journal, folder: Path) -> None:
    dropped = f", {report.dropped} questions dropped (why: writing.jsonl)" if report.dropped else ""
    again = f", {report.corrected} corrected in a second turn" if report.corrected else ""
    print(f"{report.items} items on {report.pictures} pictures added to {folder}{again}{dropped}")
    if report.skipped:
        print("left out: " + ", ".join(f"{name} on {n}" for name, n in report.skipped.most_common()) + " pictures")
    say_cost(report.requests, report.cost, journal)
    if report.stopped:
        left = sum(report.unfinished.values())
        print(
            f"stopped by the budget: {report.stopped}; {left} pictures wait. The same command with a larger"
            " --max-cost or --max-requests goes on from here"
        )


def _fail(report: Report, plan: Plan) -> None:
    """Names what failed and ends with a non-zero exit code; what was written stays."""
    name_failures(report.failures, ", see writing.jsonl")
    faults = []
    if report.failures:
        faults.append(f"{len(report.failures)} pictures got no questions (named above)")
        if len(plan.teachers) == 1 and report.others_may:
            faults.append("name a second --teacher beside this one and it is asked about them")
    waiting = [f"{n} pictures wait: {why}" for why, n in report.unfinished.items() if why != report.stopped]
    if waiting:
        faults += [*waiting, "the same command goes on with them"]
    if faults:
        raise KitError("; ".join([*faults, "the rest is done"]))
