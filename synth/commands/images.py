"""`circuit-vqa synth images`: a folder of pictures into a dataset folder, each of them checked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from qa.dataset import Dataset
from qa.errors import KitError
from qa.progress import progress


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
) -> None:
    """Take pictures in: copied, checked, grouped with near-duplicates. Run again to go on after a stop."""
    from synth.pictures.folder import find, take_in
    from synth.pictures.inspect import Limits
    from synth.pictures.show import table

    limits = Limits(min_side, min_area, max_blur, min_ink)
    with progress("pictures", len(find(folder).files)) as advance:
        found, taken = take_in(folder, Dataset.create(out), licence, limits, workers, keep_near_duplicates, advance)
    print(table(taken, found.aside))
    known = len(taken.pictures) - taken.fresh
    print(
        f"{taken.usable} of {len(taken.pictures)} pictures in {out} are usable"
        + (f" ({known} were there already)" if known else "")
    )
    if not taken.usable and not Counter(p.fault for p in taken.pictures)["near_duplicate"]:
        raise KitError(f"none of the pictures in {folder} can be used (reasons above); the options set other limits")
