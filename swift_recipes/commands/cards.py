"""`circuit-vqa recipes cards`: which GPUs a run sees."""

from __future__ import annotations

from typing import Annotated

import typer


def cards(
    context: typer.Context,
    recipe: Annotated[str, typer.Option(help="recipe name or file")],
) -> None:
    """For train.sh: print CUDA_VISIBLE_DEVICES with a GPU for each process; nothing where all are wanted."""
    from swift_recipes import nodes
    from swift_recipes import recipe as recipes
    from swift_recipes.flags import read

    if "device_map" in recipes.load(recipe).values or "device_map" in read(context.args):
        return  # one copy of the model over several GPUs is what was asked for
    print(",".join(nodes.cards(nodes.world().processes)))
