"""`circuit-vqa kd solutions`: a teacher solves the questions of train step by step; right ones become rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.dataset import Dataset
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

FILE = "solutions.jsonl"
LIKELY_OUT = 300
"""Tokens of a usual solution of a few steps."""


def solutions(
    folder: Annotated[Path, typer.Argument(help="dataset folder, split", show_default=False)],
    teacher: Annotated[list[str], typer.Option(help="name in teachers.yaml; several share the questions out")],
    samples: Annotated[int, typer.Option(min=1, max=64, help="solutions asked for of each question")] = 1,
    temperature: Annotated[float | None, typer.Option(min=0, max=2, help="the teacher's own if not set")] = None,
    keep: Annotated[int, typer.Option(min=1, help="rows of one question at most")] = 2,
    prompt: Annotated[
        Path | None, typer.Option(help="your own prompt instead of the kit's", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="ask about so many questions", show_default=False)] = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="also what no second model confirmed")] = False,
    relative: Annotated[bool, typer.Option("--relative", help="picture paths for ROOT_IMAGE_DIR")] = False,
    seed: Annotated[int, typer.Option(help="shares questions out, chooses among solutions")] = 0,
    max_cost: MaxCost = None,
    max_requests: MaxRequests = None,
    dry_run: DryRun = False,
    batch: Batch = False,
    no_wait: NoWait = False,
    teachers: TeachersFile = None,
) -> None:
    """Worked solutions to the questions of train; kept where our grader finds the answer right. Run again to go on."""
    from kd.allowed import train_items
    from kd.asking import Report, ask_and_keep
    from kd.commands.said import fail_on, say_estimate, say_plan, say_spent
    from kd.replies import ReplyLog
    from kd.solving import make_plan, step_by_step
    from synth.review.log import apply
    from synth.teacher.asking import asker
    from synth.teacher.budget import Budget
    from synth.teacher.journal import Journal

    refuse_no_wait(batch, no_wait)
    asked = named(teachers_from(teachers), dict.fromkeys(teacher), batch and not dry_run, keys=not dry_run)
    ds = Dataset.open(folder)
    if not dry_run:
        apply(ds)
    items, log = train_items(ds, unchecked), ReplyLog(folder / FILE)
    words = step_by_step(items, folder, prompt)
    plan = make_plan(items, log.read(), asked, words, samples, temperature, limit, seed)
    say_plan(len(plan.todo), "solutions", len(plan.had), plan.versions)
    if dry_run:
        say_estimate(plan.calls(), plan.teachers, folder, LIKELY_OUT, 1, batch)
        return
    budget, report = Budget(max_cost, max_requests), Report()
    with ds.filling(), Journal(folder / "journal.sqlite") as journal:
        ask = asker(batch, folder, not no_wait)
        try:
            with progress("solutions", len(plan.todo)) as advance:
                ask_and_keep(plan.calls(), plan.teachers, journal, budget, ask, log.path, plan.record, report, advance)
        finally:
            _rows(ds, items, keep, relative, seed)
            say_spent(report, journal)
    fail_on(report, "solutions")


def _rows(ds: Dataset, items: list[Item], keep: int, relative: bool, seed: int) -> None:
    """Grades every solution in the folder anew and writes the rows of the right ones."""
    from kd.choosing import choose
    from kd.graded import grade_replies, left_out, table
    from kd.replies import ReplyLog
    from kd.rows import answered, write_rows

    graded = grade_replies(items, ReplyLog(ds.root / FILE).read())
    chosen = choose(graded.candidates(), graded.share_right(), keep, per_level=0, seed=seed)
    by_id = {i.id: i for i in items}
    root = None if relative else ds.root.resolve()
    count = write_rows(ds, "solutions", (answered(by_id[c.item], c.text, root) for c in chosen.kept))
    print("\n".join(table(graded, Counter(c.level for c in chosen.kept))))
    if said := left_out(graded):
        print(f"left out though the answer may be right: {said}")
    if chosen.alike or chosen.over:
        print(f"right, but not needed: {chosen.alike} say the same as another, {chosen.over} beyond --keep {keep}")
    print(f"{ds.root / 'swift' / 'solutions.jsonl'}: {count} rows" + ("" if count else ", no file"))
