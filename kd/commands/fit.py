"""`circuit-vqa kd fit`: can this teacher teach this student its whole distribution (GKD), or its texts only?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.errors import KitError


def fit(
    teacher: Annotated[str, typer.Argument(help="folder, hub name, or http://… of a `swift deploy` server")],
    student: Annotated[str, typer.Argument(help="folder or hub name")],
    rows: Annotated[Path | None, typer.Option(help="for a server: swift/gkd.jsonl, its first row is asked")] = None,
    topk: Annotated[int, typer.Option(min=1, help="for a server: words a token, gkd_logits_topk")] = 64,
    max_pixels: Annotated[int, typer.Option(min=3136, help="for a server: what the student is trained with")] = 1003520,
) -> None:
    """Compare vocabulary, special ids and pictures of two models, not loaded; exit code 1 where they differ."""
    from swift_recipes import families
    from swift_recipes.gkd import fit as fits
    from swift_recipes.gkd import server
    from swift_recipes.gkd.teacher import is_server

    if is_server(teacher):
        if rows is None:
            raise KitError("a server is asked with a row of the training set: --rows data/mine/swift/gkd.jsonl")
        server.check(teacher, topk, rows, max_pixels, families.model_type(student) in ("qwen2_5_vl", "qwen2_vl"))
        print(f"{teacher}: gives {topk} words a token, and reads the first row as the student does")
        return
    found = fits.check(teacher, student)
    for reason in found.reasons:
        print(f"no: {reason}")
    for note in found.notes:
        print(f"note: {note}")
    print(f"{teacher} {'can' if found.ok else 'cannot'} teach {student} its distribution (GKD)")
    if not found.ok:
        print(fits.TEXT_INSTEAD)
        raise typer.Exit(1)
