"""`recipes pick` and `recipes family`: for the scripts, which recipe and which swift names go with a model."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT = "Qwen/Qwen2.5-VL-3B-Instruct"


def pick(
    method: Annotated[str, typer.Option(help="lora, qlora, full, …, with parts added by +")],
    model: Annotated[str, typer.Option(help="folder or hub name; the recipe's own without")] = "",
    recipe: Annotated[str, typer.Option(help="recipe name or file, where the user names one")] = "",
) -> None:
    """For train.sh: two lines, the recipe and the model of a run."""
    from swift_recipes import families
    from swift_recipes import recipe as recipes

    if recipe and not model:
        model = str(recipes.load(recipe).values.get("model", DEFAULT))
    model = model or DEFAULT
    print(recipe or f"{families.of(model).folder}/{method}")
    print(model)


def family(model: Annotated[str, typer.Option(help="folder or hub name")]) -> None:
    """For the scripts: swift's name of a model's type and template; an empty line where nothing tells it."""
    from swift_recipes import families

    print(families.model_type(model))
