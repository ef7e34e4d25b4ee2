"""`circuit-vqa recipes curriculum`: the stages of a training in several steps, planned and written for the script."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from qa.errors import KitError


def curriculum(
    context: typer.Context,
    recipe: Annotated[str, typer.Option(help="recipe name or file")],
    model: Annotated[str, typer.Option(help="folder or hub name")],
    data: Annotated[Path, typer.Option(help="dataset folder, exported")],
    out: Annotated[Path, typer.Option(help="folder of the run")],
    general: Annotated[
        list[str] | None, typer.Option(help="first: textvqa#5000, vizwiz#2000 or a JSONL file; may stand several times")
    ] = None,
    levels: Annotated[str, typer.Option(help="early stages, as '1 2 3'; none; empty: all but the hardest")] = "",
    replay: Annotated[float, typer.Option(help="share of easier rows that come again in an early stage")] = 0.5,
    epochs: Annotated[float, typer.Option(help="passes of every stage but the last")] = 1.0,
) -> None:
    """For train_curriculum.sh: plan the stages, print them, write their rows and OUT/stages/list.tsv."""
    from swift_recipes import checks
    from swift_recipes import recipe as recipes
    from swift_recipes.curriculum import stages

    want = stages.Wanted(
        model=model,
        data=data,
        out=out,
        general=tuple(general or ()),
        levels=read_levels(levels),
        replay=replay,
        epochs=epochs,
        gpus=max(_count("NPROC_PER_NODE"), 1) * max(_count("NNODES"), 1),
        flags=tuple(context.args),
    )
    loaded = recipes.load(recipe)
    planned = stages.make(loaded, want)
    stages.write(planned, want, loaded, checks.forced())
    print("\n".join(stages.table(planned)))


def read_levels(text: str) -> tuple[int, ...] | None:
    """`1 2 3` as numbers, `none` as no levels, an empty text as None: the kit chooses. Raises KitError."""
    words = text.replace(",", " ").split()
    if not words:
        return None
    if words == ["none"]:
        return ()
    if not all(re.fullmatch(r"[1-9][0-9]{0,3}", w) for w in words) or len(set(words)) < len(words):
        raise KitError(f"LEVELS={text}: write each level once, easy ones first, as LEVELS='1 2 3', or LEVELS=none")
    return tuple(map(int, words))


def _count(name: str) -> int:
    value = os.environ.get(name, "1") or "1"
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,5}", value) else 1
