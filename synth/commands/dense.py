"""`circuit-vqa synth dense`: pictures with all of their truth, to pretrain a small model on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def dense(
    out: Annotated[Path, typer.Option(help="folder of shards; run again to go on", show_default=False)],
    count: Annotated[int, typer.Option(min=1, help="pictures in the whole run")] = 36_864,
    seed: Annotated[int, typer.Option(help="same seed, same bytes")] = 0,
    families: Annotated[str, typer.Option(help="comma-separated; see `families`; all when left out")] = "",
    max_pixels: Annotated[int, typer.Option(min=784, help="largest picture, in pixels")] = 64 * 28 * 28,
    workers: Annotated[int | None, typer.Option(min=1, help="processes; all cores when left out")] = None,
) -> None:
    """Draw circuits small, with every part, place, printed line and question, to pretrain a model from nothing."""
    from qa.progress import progress
    from synth.dense import write

    chosen = [f.strip() for f in families.split(",") if f.strip()]
    with progress("pictures", count) as advance:
        for done in write(out, count, seed, chosen, max_pixels, workers):
            advance(done)
    print(f"{out}: {count} pictures in shards; next: bash shell/pretrain_stand_in.sh")
