"""`circuit-vqa recipes results`: summaries of training runs, and the page that lists all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.errors import KitError


def results(
    runs: Annotated[list[Path] | None, typer.Argument(help="folders of runs (OUT); none: write the page anew")] = None,
    out: Annotated[Path, typer.Option(help="the page; summaries lie in the folder of its name")] = Path(
        "docs/results.md"
    ),
    reports: Annotated[Path, typer.Option(help="holds <run>/before and <run>/after of eval run")] = Path("reports"),
    name: Annotated[str, typer.Option(help="of the one run, else its folder's")] = "",
    note: Annotated[str, typer.Option(help="a sentence about the one run")] = "",
) -> None:
    """Add runs to the page of results, failed ones too; the page is written from the summaries alone."""
    from qa.dataset import write_whole
    from swift_recipes.results import collect, page, summary
    from swift_recipes.results.asked import read_asked

    runs = runs or []
    if (name or note) and len(runs) != 1:
        raise KitError("--name and --note are of one run; name just one")
    if out.suffix != ".md":
        raise KitError(f"--out {out}: is no Markdown file; name one, as docs/results.md")
    folder = out.with_suffix("")
    for run in runs:
        found = collect.collect(run, reports, name, note)
        print(f"{run}: {found.state}, {found.steps} steps; wrote {summary.write(folder, found)}")
    every = summary.read_all(folder)
    write_whole(out, page.page(every, f"{folder.parent.name}/{folder.name}", read_asked(folder)).encode())
    print(f"{out}: {len(every)} runs")
