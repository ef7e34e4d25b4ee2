"""`circuit-vqa recipes logger`: what a run needs for W&B or SwanLab, looked at before it starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def logger(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="folder of the run")],
    name: Annotated[str, typer.Option(help="tensorboard, wandb, swanlab or none")] = "",
) -> None:
    """For train.sh: check a logger and its login; print lines `env NAME=value` and `flag WORD`."""
    from swift_recipes import loggers

    found = loggers.setup(name, context.args, out, os.environ, Path.home())
    for key, value in found.env:
        print(f"env {key}={value}")
    for word in found.flags:
        print(f"flag {word}")
