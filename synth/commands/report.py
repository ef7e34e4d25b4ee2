"""`circuit-vqa synth report`: what is in a dataset folder, how far it can be trusted, what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synth.teacher.options import MaxCost, MaxRequests, TeachersFile


def report(
    folder: Annotated[Path, typer.Argument(help="dataset folder", show_default=False)],
    assess: Annotated[
        str | None, typer.Option(metavar="TEACHER", help="ask this teacher's opinion of a sample", show_default=False)
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=20, help="items the teacher is shown")] = 10,
    wrong_first: Annotated[bool, typer.Option("--wrong-first", help="show rejected and disputed items first")] = False,
    max_cost: MaxCost = None,
    max_requests: MaxRequests = None,
    teachers: TeachersFile = None,
    seed: Annotated[int, typer.Option(help="same seed, same items shown")] = 0,
) -> None:
    """Write report.md and report.html: counts, label error, diversity, cost, samples with pictures."""
    from dataclasses import replace

    from qa.errors import KitError
    from synth.report.assess import assess as ask_opinion
    from synth.report.assess import not_asked
    from synth.report.build import build
    from synth.report.folder import read_folder, read_spent
    from synth.report.write import write
    from synth.teacher.budget import Budget
    from synth.teacher.options import named, teachers_from

    known = teachers_from(teachers)
    asked = named(known, [assess])[0] if assess else None
    read = read_folder(folder, known)
    opinion, problem = not_asked(read), ""
    if asked:
        got = ask_opinion(read, asked, samples, seed, Budget(max_cost=max_cost, max_requests=max_requests))
        opinion, problem = got.section, got.problem
        read = replace(read, spent=tuple(read_spent(folder)))
    made = build(read, opinion, seed, wrong_first)
    written = write(made, folder)
    for fact in made.headline:
        print(f"{fact.name}: {fact.value}")
    print(written.markdown)
    print(written.html)
    if problem:
        raise KitError(f"{problem}; the rest of the report is written")
