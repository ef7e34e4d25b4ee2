"""`circuit-vqa synth review`: a page for people, or the same decisions by spreadsheet or Label Studio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.dataset import Dataset
from qa.errors import KitError

if TYPE_CHECKING:
    from synth.review.desk import Desk
    from synth.review.rows import Row


def review(
    folder: Annotated[Path, typer.Argument(help="dataset folder", show_default=False)],
    reviewer: Annotated[str, typer.Option(help="your name; the page asks each browser when left out")] = "",
    standing: Annotated[str, typer.Option(help="what to look at: review, unchecked, accepted, rejected, or all")] = (
        "review,unchecked"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="of the page; 0: any free one")] = 7860,
    host: Annotated[str, typer.Option(help="address of the page; another than this lets others in")] = "127.0.0.1",
    csv_out: Annotated[Path | None, typer.Option(help="no page: write a table", show_default=False)] = None,
    csv_in: Annotated[Path | None, typer.Option(help="no page: take decisions from it", show_default=False)] = None,
    labelstudio_out: Annotated[
        Path | None, typer.Option(help="no page: write tasks (.json) and their config (.xml)", show_default=False)
    ] = None,
    labelstudio_in: Annotated[
        Path | None, typer.Option(help="no page: take decisions from a JSON export", show_default=False)
    ] = None,
) -> None:
    """Accept, edit or reject questions on a page; every decision is on disk at once."""
    from synth.review.record import reviewer_name
    from synth.review.rows import standings

    wanted = standings(standing)
    name = reviewer_name(reviewer) if reviewer else ""
    files = {"--csv-out": csv_out, "--csv-in": csv_in}
    files |= {"--labelstudio-out": labelstudio_out, "--labelstudio-in": labelstudio_in}
    given = [option for option, file in files.items() if file is not None]
    if len(given) > 1:
        raise KitError(f"{' and '.join(given)}: one at a time")
    ds = Dataset.open(folder)
    if not given:
        _serve(ds, name, standing, host, port)
        return
    desk = _desk(ds)
    rows = [r for r in desk.rows if not wanted or r.before in wanted]
    if csv_out is not None:
        _csv_out(desk, rows, csv_out)
    elif labelstudio_out is not None:
        _labelstudio_out(desk, rows, labelstudio_out)
    else:
        _take(desk, csv_in, labelstudio_in, name)


def _desk(ds: Dataset) -> Desk:
    from synth.review.desk import Desk

    desk = Desk(ds)
    if not desk.rows:
        raise KitError(f"{ds.items_path} is empty; nothing to review")
    return desk


def _csv_out(desk: Desk, rows: list[Row], file: Path) -> None:
    from synth.review.record import REASONS
    from synth.review.table import write_table

    print(f"{file}: {write_table(rows, desk, file)} questions")
    print(f"fill in decision (accept, edit, reject), reviewer, and a reason if you like ({', '.join(REASONS)}), then:")
    print(f"  circuit-vqa synth review {desk.ds.root} --csv-in {file}")


def _labelstudio_out(desk: Desk, rows: list[Row], file: Path) -> None:
    from synth.review.labelstudio import write_tasks

    count, config = write_tasks(rows, desk, file)
    root = desk.ds.root.resolve()
    print(f"{file}: {count} tasks; {config}: the labelling config")
    print("start Label Studio so that it finds the pictures:")
    print(
        f"  LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={root.parent}"
        " label-studio start"
    )
    print(f"in the project: Cloud Storage, Add Source Storage, Local files, path {root / 'images'}; save, do not sync;")
    print("Labeling Interface, Code: paste the config; Import: the tasks. When done, Export as JSON, then:")
    print(f"  circuit-vqa synth review {desk.ds.root} --labelstudio-in EXPORT.json")


def _take(desk: Desk, table: Path | None, export: Path | None, reviewer: str) -> None:
    from synth.review.incoming import take
    from synth.review.labelstudio import read_export
    from synth.review.table import read_table

    file = table or export
    assert file is not None
    if not file.is_file():
        raise KitError(f"{file}: there is no such file")
    said = list(read_table(file, reviewer) if table else read_export(file, reviewer))  # all of it, before any is taken
    taken = take(desk, said)
    for problem in taken.problems:
        typer.echo(problem, err=True)
    print(f"{file}: {taken.written} decisions taken, {taken.same} rows say nothing new")
    _merge(desk.ds)
    if taken.problems:
        raise KitError(f"{len(taken.problems)} rows could not be taken (named above); the rest is done")


def _serve(ds: Dataset, reviewer: str, standing: str, host: str, port: int) -> None:
    from synth.review.server import LOOPBACK, listen, serve

    sock = listen(host, port)
    desk = _desk(ds)
    before = len(desk.log.records)
    local = host in LOOPBACK
    if not local:
        typer.echo(f"{host}: whoever reaches this address can decide; there is no password", err=True)
    shown = f"[{host}]" if ":" in host else host
    print(f"review {ds.root}: http://{shown}:{sock.getsockname()[1]}  (Ctrl-C ends; decisions are kept)", flush=True)
    from synth.review.page import Page

    serve(Page(desk, ds.root.resolve().name, reviewer, standing), sock, local)
    desk.log.refresh()
    print(f"\n{len(desk.log.records) - before} decisions in {desk.log.path}")
    _merge(ds)


def _merge(ds: Dataset) -> None:
    """Decisions go into items.jsonl now, or later where another command is at work."""
    from synth.review.log import apply

    try:
        print(f"{apply(ds)} items changed in {ds.items_path}")
    except KitError as e:
        print(f"not merged into {ds.items_path} yet ({e}); check, report, split and export do it")
