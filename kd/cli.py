"""`circuit-vqa kd …`: what a teacher adds to a dataset folder: analyses, worked solutions, graded samples."""

from __future__ import annotations

import typer

from kd.commands.analyses import analyses
from kd.commands.fit import fit
from kd.commands.reject import reject
from kd.commands.solutions import solutions

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

app.command("analyses")(analyses)
app.command("solutions")(solutions)
app.command("reject")(reject)
app.command("fit")(fit)
