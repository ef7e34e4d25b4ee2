"""`circuit-vqa recipes quantise-…|agree`: what shell/quantize.sh asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Method = Annotated[str, typer.Option(help="bnb, fp8, awq or gptq", show_default=False)]
Bits = Annotated[int | None, typer.Option(help="width of a weight; the method's usual one without")]
Folder = Annotated[Path, typer.Option(help="merged model folder", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="folder to make; beside the model without")]
Data = Annotated[Path, typer.Option(help="dataset folder; its train rows calibrate AWQ and GPTQ")]


def quantise_begin(
    method: Method, model: Folder, data: Data, bits: Bits = None, out: Out = None, samples: int = 256
) -> None:
    """For quantize.sh: check everything; print the folder, `there` or `new`, then flags for swift, one a line."""
    from swift_recipes.export import quant

    job = quant.plan(method, bits, model, out, data)
    there = quant.check(job)
    print("\n".join([str(job.out), "there" if there else "new", *quant.flags(job, samples)]))


def quantise_seal(method: Method, model: Folder, data: Data, bits: Bits = None, out: Out = None) -> None:
    """For quantize.sh: make what swift wrote into the folder asked for."""
    from swift_recipes.export import quant

    job = quant.plan(method, bits, model, out, data)
    folder = quant.seal(job)
    before, after = quant.sizes(job)
    print(f"  {folder}: weights {after:,.1f} MB, before {before:,.1f} MB")


def merge_place(model: Annotated[str, typer.Option(help="folder or hub name", show_default=False)]) -> None:
    """For merge.sh: print `gpu` or `cpu`, where the base has room in 16 bits."""
    from swift_recipes.export import bases

    print(bases.place(model))


def merge_base(
    out: Annotated[Path, typer.Option(help="folder of the run", show_default=False)],
    onto: Annotated[str, typer.Option(help="trained or plain")] = "trained",
) -> None:
    """For merge.sh: print the model to merge OUT/last onto; for QLoRA it is made first."""
    import contextlib
    import sys

    from swift_recipes.export import bases

    with contextlib.redirect_stdout(sys.stderr):  # libraries greet there
        model = bases.for_merging(out, onto)
    print(model)


def agree(
    model: Annotated[Path, typer.Option(help="model folder", show_default=False)],
    like: Annotated[Path, typer.Option(help="model folder it should answer like", show_default=False)],
    rows: Annotated[Path, typer.Option(help="swift JSONL with questions to ask")],
    count: Annotated[int, typer.Option(min=1, help="questions")] = 100,
    need: Annotated[float, typer.Option(min=0, max=1, help="share of same answers wanted")] = 0.0,
) -> None:
    """Ask two model folders the same questions, greedily; print the share of same and of right answers."""
    from qa.errors import KitError
    from swift_recipes.export import asking, parity

    asked = asking.read_rows(rows, count)
    found = asking.compare(asked, asking.answers(str(like), asked), asking.answers(str(model), asked))
    print(parity.line("same answers", found))
    if found.share < need:
        raise KitError(f"{model}: {found.share:.1%} of its answers are those of {like}, {need:.0%} wanted; it is kept")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("quantise-begin", hidden=True)(quantise_begin)
    app.command("quantise-seal", hidden=True)(quantise_seal)
    app.command("merge-place", hidden=True)(merge_place)
    app.command("merge-base", hidden=True)(merge_base)
    app.command()(agree)
