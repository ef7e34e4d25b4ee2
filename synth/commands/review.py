"""`circuit-vqa synth review`: a page for people, or the same decisions by spreadsheet or Label Studio."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.dataset import Dataset
from qa.errors import KitError


def review(
    folder: Annotated[Path, typer.Argument(help="dataset folder", show_default=False)],
    reviewer: Annotated[str, typer.Option(help="your name; the page asks when left out")] = "",
    standing: Annotated[str, typer.Option(help="what to look at: review, unchecked, accepted, rejected, or all")] = (
        "review,unchecked"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one")] = 7860,
    host: Annotated[
        str, typer.Option(help="address to listen on; anything but 127.0.0.1 lets others in")
    ] = "127.0.0.1",
) -> None:
    """Accept, edit or reject questions on a page; every decision is on disk at once."""
    from synth.review.page import standings

    standings(standing)
    _serve(Dataset.open(folder), reviewer, standing, host, port)


def _serve(ds: Dataset, reviewer: str, standing: str, host: str, port: int) -> None:
    from synth.review.desk import Desk
    from synth.review.page import Page
    from synth.review.record import reviewer_name
    from synth.review.server import LOOPBACK, listen, serve

    name = reviewer_name(reviewer) if reviewer else ""
    sock = listen(host, port)
    desk = Desk(ds)
    if not desk.rows:
        raise KitError(f"{ds.items_path} is empty; nothing to review")
    local = host in LOOPBACK
    if not local:
        typer.echo(f"{host}: whoever reaches this address can decide; there is no password", err=True)
    before = len(desk.log.records)
    shown = f"[{host}]" if ":" in host else host
    print(f"review {ds.root}: http://{shown}:{sock.getsockname()[1]}  (Ctrl-C ends; decisions are kept)", flush=True)
    serve(Page(desk, ds.root.resolve().name, name, standing), sock, local)
    _finish(ds, before)


def _finish(ds: Dataset, before: int) -> None:
    from synth.review.log import ReviewLog, apply

    log = ReviewLog(ds.root)
    log.refresh()
    made = len(log.records) - before
    try:
        changed = apply(ds)
    except KitError as e:
        print(f"\n{made} decisions in {log.path}; not merged yet: {e}")
        return
    print(f"\n{made} decisions in {log.path}; {changed} items changed in {ds.items_path}")
