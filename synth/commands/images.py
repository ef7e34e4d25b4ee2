"""`circuit-vqa synth images`: a folder of pictures into a dataset folder, each of them checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.dataset import Dataset
from qa.errors import KitError
from qa.progress import progress

if TYPE_CHECKING:
    from synth.teacher.config import Teacher


_CHECKED = {"unreadable", "small", "blank", "blurred"}


def images(
    folder: Annotated[Path, typer.Argument(help="folder of pictures, folders in it too", show_default=False)],
    out: Annotated[Path, typer.Option(help="dataset folder; several runs may fill one")],
    licence: Annotated[str, typer.Option(help="of the pictures, noted with every item")] = "unknown",
    workers: Annotated[int | None, typer.Option(min=1, help="processes; all cores when left out")] = None,
    keep_near_duplicates: Annotated[bool, typer.Option("--keep-near-duplicates", help="ask about those too")] = False,
    min_side: Annotated[int, typer.Option(min=1, help="least pixels of the shorter side")] = 64,
    min_area: Annotated[int, typer.Option(min=1, help="least pixels of the picture")] = 16_000,
    max_blur: Annotated[float, typer.Option(min=1, help="widest edges in pixels; larger lets more blur pass")] = 3.0,
    min_ink: Annotated[float, typer.Option(min=0, max=1, help="least share that lines must cover")] = 0.0008,
    moderate: Annotated[
        str | None, typer.Option(help="URL of a moderation service: pictures it flags are kept out", show_default=False)
    ] = None,
    moderate_key_env: Annotated[
        str | None, typer.Option(help="NAME of the environment variable with its key", show_default=False)
    ] = None,
    moderate_model: Annotated[str, typer.Option(help="model of the moderation service")] = "omni-moderation-latest",
) -> None:
    """Take pictures in: copied, checked, grouped with near-duplicates. Run again to go on after a stop."""
    from synth.pictures.folder import find, take_in
    from synth.pictures.inspect import Limits
    from synth.pictures.moderation import service
    from synth.pictures.show import table

    judge = service(moderate, moderate_key_env, moderate_model) if moderate else None  # said before any work
    limits = Limits(min_side, min_area, max_blur, min_ink)
    with progress("pictures", len(find(folder).files)) as advance:
        found, taken = take_in(folder, Dataset.create(out), licence, limits, workers, keep_near_duplicates, advance)
    print(table(taken, found.aside))
    known = len(taken.pictures) - taken.fresh
    print(
        f"{taken.usable} of {len(taken.pictures)} pictures in {out} are usable"
        + (f" ({known} were there already)" if known else "")
    )
    if taken.faults.keys() <= _CHECKED and not taken.usable:
        raise KitError(f"none of the pictures in {folder} can be used (reasons above); the options set other limits")
    if judge:
        _moderate(Dataset(out), judge)


def _moderate(ds: Dataset, judge: Teacher) -> None:
    """Show the usable pictures to a moderation service and say what it found."""
    from synth.pictures.moderation import moderate, to_show

    with progress("moderated", to_show(ds)) as advance:
        found = moderate(ds, judge, advance)
    print(f"moderation: {found.clean} clean, {found.flagged} flagged and kept out, {found.waiting} without a verdict")
    if found.waiting:
        raise KitError(
            f"{found.waiting} pictures got no verdict and are not usable until they have one ({found.why});"
            " run the same command again, what is done is kept"
        )
