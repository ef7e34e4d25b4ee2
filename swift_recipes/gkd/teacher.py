"""Who teaches in a GKD run: TEACHER=…, a flag, or the recipe; and what is looked at before the run starts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from qa.errors import KitError
from swift_recipes.checks import is_local
from swift_recipes.recipe import Recipe

LOCAL, SERVER, TOPK = "teacher_model", "teacher_model_server", "gkd_logits_topk"
_BY = "TEACHER or flag"


def is_gkd(recipe: Recipe) -> bool:
    """Whether a recipe trains on a teacher's distribution."""
    return recipe.values.get("rlhf_type") == "gkd"


def is_server(teacher: str) -> bool:
    return teacher.startswith(("http://", "https://", "["))  # "[": swift takes several as a JSON list


def with_teacher(recipe: Recipe, teacher: str, flags: list[str]) -> Recipe:
    """The recipe with the teacher that counts: of a flag, else TEACHER, else its own.

    Swift refuses a file with `teacher_model` beside a server, so only one of the two is left.
    """
    teacher = flag(flags, SERVER) or flag(flags, LOCAL) or teacher
    if not teacher:
        return recipe
    if not is_gkd(recipe):
        raise KitError(f"{recipe.name}: has no teacher; TEACHER is for GKD recipes: bash shell/train_gkd.sh")
    key = SERVER if is_server(teacher) else LOCAL
    value = str(Path(teacher).resolve()) if key == LOCAL and is_local(teacher) else teacher
    values = {k: v for k, v in recipe.values.items() if k not in (LOCAL, SERVER)} | {key: value}
    return dataclasses.replace(
        recipe,
        values=values,
        comments=recipe.comments | {key: "whose distribution is learnt"},
        files=recipe.files | {key: _BY},
    )


def flag(flags: list[str], key: str) -> str:
    """What `--key value` or `--key=value` gives, the last one; empty where it does not stand there."""
    found = ""
    for i, word in enumerate(flags):
        name, equals, value = word.partition("=")
        if name == f"--{key}":
            found = value if equals else (flags[i + 1] if i + 1 < len(flags) else "")
    return found
