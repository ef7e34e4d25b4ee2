"""`circuit-vqa kd analyses`: a teacher analyses the pictures of train; what the truth contradicts is left out."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
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
    from kd.analysing import Record
    from kd.known import Known
    from kd.verify import Fault
    from qa.item import Item

FILE = "analyses.jsonl"
LEFT_OUT = "analyses_left_out.jsonl"
LIKELY_OUT = 700
"""Tokens of a usual analysis."""


class AnalysisLang(StrEnum):
    """Language of the analyses; `both`: half of the pictures each."""

    zh = "zh"
    en = "en"
    both = "both"


def analyses(
    folder: Annotated[Path, typer.Argument(help="dataset folder, split", show_default=False)],
    teacher: Annotated[list[str], typer.Option(help="name in teachers.yaml; several share the pictures out")],
    lang: Annotated[AnalysisLang, typer.Option(help="both: half of the pictures each")] = AnalysisLang.zh,
    netlists: Annotated[
        Path | None, typer.Option(help="pairs x.png + x.json the real pictures came from, to check parts against")
    ] = None,
    only_checked: Annotated[bool, typer.Option("--only-checked", help="leave out where no netlist is known")] = False,
    prompt: Annotated[
        Path | None, typer.Option(help="your own prompt instead of the kit's", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="so many pictures, at random", show_default=False)] = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="also pictures whose items nobody confirmed")] = False,
    relative: Annotated[bool, typer.Option("--relative", help="picture paths for ROOT_IMAGE_DIR")] = False,
    seed: Annotated[int, typer.Option(help="shares pictures out among teachers and languages")] = 0,
    max_cost: MaxCost = None,
    max_requests: MaxRequests = None,
    dry_run: DryRun = False,
    batch: Batch = False,
    no_wait: NoWait = False,
    teachers: TeachersFile = None,
) -> None:
    """Expert analyses of the pictures of train: how it works, key components, estimates. Run again to go on."""
    from kd.allowed import train_items
    from kd.analysing import Desk, make_plan, pictures_of, read_log
    from kd.asking import Report, ask_and_keep
    from kd.commands.said import fail_on, say_estimate, say_plan, say_spent
    from qa.errors import KitError
    from synth.review.log import apply
    from synth.teacher.asking import asker
    from synth.teacher.budget import Budget
    from synth.teacher.journal import Journal

    refuse_no_wait(batch, no_wait)
    if netlists is not None and not netlists.is_dir():
        raise KitError(f"--netlists {netlists}: no such folder; give the one with the pairs x.png + x.json")
    if prompt is not None and lang == AnalysisLang.both:
        raise KitError(f"{prompt} is in one language: give --lang zh or --lang en with --prompt")
    asked = named(teachers_from(teachers), dict.fromkeys(teacher), batch and not dry_run, keys=not dry_run)
    ds = Dataset.open(folder)
    if not dry_run:
        apply(ds)
    items, path = train_items(ds, unchecked), folder / FILE
    plan = make_plan(folder, pictures_of(items), read_log(path), asked, lang.value, prompt, limit, seed)
    say_plan(len(plan.todo), "analyses", plan.had, plan.versions)
    if dry_run:
        say_estimate(plan.calls(), plan.teachers, folder, LIKELY_OUT, 2, batch)
        return
    budget, report, desk = Budget(max_cost, max_requests), Report(), Desk(plan.teachers)
    with ds.filling(), Journal(folder / "journal.sqlite") as journal:
        ask = asker(batch, folder, not no_wait)
        try:
            with progress("analyses", len(plan.todo)) as advance:
                ask_and_keep(
                    plan.calls(), plan.teachers, journal, budget, ask, path, desk.record, report, advance, desk.follow
                )
        finally:
            _rows(ds, items, read_log(path), netlists, only_checked, relative)
            say_spent(report, journal)
    report.failures += [(p, f"unreadable: {why}") for p, why in desk.unreadable]
    fail_on(report, "analyses")


def _rows(
    ds: Dataset, items: list[Item], records: list[Record], netlists: Path | None, only_checked: bool, relative: bool
) -> None:
    """Holds every analysis of a picture of train against the truth; writes the rows, and what was left out and why."""
    from kd.analysing import pictures_of
    from kd.known import known_of
    from kd.rows import analysed, write_rows

    allowed = set(pictures_of(items))
    records = [r for r in records if r.picture in allowed]
    said_of = {r.picture for r in records}
    with progress("held against the truth", len(said_of)) as advance:
        known = known_of((i for i in items if said_of.intersection(i.pictures)), ds.root, netlists, advance)
    kept, dropped = _judged(records, known, only_checked)
    root = None if relative else ds.root.resolve()
    count = write_rows(ds, "analyses", (analysed(r.picture, r.lang, r.analysis, root) for r in kept))
    _write_left_out(ds, dropped)
    checked = sum(r.picture in known and known[r.picture].parts is not None for r in records)
    print(f"{len(records)} analyses: {count} kept, {len(dropped)} left out; {checked} held against a netlist")
    counts = Counter(name for _, faults in dropped for name in {f.name for f in faults})
    if counts:
        print(
            "left out: " + ", ".join(f"{n} {name}" for name, n in counts.most_common()) + f"; see {ds.root / LEFT_OUT}"
        )
    print(f"{ds.root / 'swift' / 'analyses.jsonl'}: {count} rows" + ("" if count else ", no file"))


def _judged(
    records: list[Record], known: dict[str, Known], only_checked: bool
) -> tuple[list[Record], list[tuple[Record, list[Fault]]]]:
    """What is kept, and what is not with its faults."""
    from kd.known import Known
    from kd.verify import Fault, faults

    kept: list[Record] = []
    dropped: list[tuple[Record, list[Fault]]] = []
    for r in records:
        truth = known.get(r.picture, Known())
        found = faults(r.analysis, truth, r.lang)
        if not found and only_checked and truth.parts is None:
            found = [Fault("not checked", "no netlist is known")]
        if found:
            dropped.append((r, found))
        else:
            kept.append(r)
    return kept, dropped


def _write_left_out(ds: Dataset, dropped: list[tuple[Record, list[Fault]]]) -> None:
    import json

    from qa.dataset import write_whole

    rows = (
        {
            "picture": r.picture,
            "lang": r.lang,
            "teacher": r.teacher,
            "prompt": r.prompt,
            "faults": [f"{f.name}: {f.what}" for f in found],
        }
        for r, found in dropped
    )
    write_whole(ds.root / LEFT_OUT, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode())
