"""Who teaches in a GKD run: TEACHER=…, a flag, or the recipe; and what is looked at before the run starts."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from qa.errors import KitError
from swift_recipes import families, teacher_fit
from swift_recipes.checks import check_model, is_local, rows_of
from swift_recipes.flags import word
from swift_recipes.gkd import fit, models, server
from swift_recipes.recipe import Recipe

LOCAL, SERVER, TOPK, LIGER = "teacher_model", "teacher_model_server", "gkd_logits_topk", "use_liger_kernel"
_NF4 = 0.4
"""Of its size in 16 bits, word embeddings and eyes left as they are; swift quantises the teacher with the student."""


def is_gkd(recipe: Recipe) -> bool:
    """Whether a recipe trains on a teacher's distribution."""
    return recipe.values.get("rlhf_type") == "gkd"


def is_server(teacher: str) -> bool:
    return teacher.startswith(("http://", "https://", "["))  # "[": swift takes several as a JSON list


def with_teacher(recipe: Recipe, teacher: str, flags: list[str]) -> Recipe:
    """The recipe with the teacher that counts: of a flag, else TEACHER, else its own.

    Swift refuses a file with `teacher_model` beside a server, so only one of the two is left. The weights of a
    teacher that is loaded here are added to what the recipe needs on the GPU.
    """
    given = word(flags, SERVER) or word(flags, LOCAL) or teacher
    if not is_gkd(recipe):
        if given:
            raise KitError(f"{recipe.name}: has no teacher; TEACHER is for GKD recipes: bash shell/train_gkd.sh")
        return recipe
    given = given or teacher_of(recipe)
    if is_server(given) and "@" in given:
        raise KitError(
            "TEACHER=http://…@…: an address holds no key, and GKD sends none; open the server to this machine"
        )
    if not given:
        raise KitError(f"{recipe.name}: names no teacher; name one: TEACHER=folder, hub name or http://… of a server")
    key = SERVER if is_server(given) else LOCAL
    here = key == LOCAL and is_local(given) and not models.is_closed(given)
    value = str(Path(given).resolve()) if here else given
    needs = dict(recipe.needs)
    if key == LOCAL and needs.get("gpu_gb"):
        needs["gpu_gb"] += (teacher_fit.weights(given) or 0) * (_NF4 if recipe.values.get("quant_method") else 1)
    return dataclasses.replace(
        recipe,
        values={k: v for k, v in recipe.values.items() if k not in (LOCAL, SERVER)} | {key: value},
        comments=recipe.comments | {key: recipe.comments.get(key, "whose distribution is learnt")},
        files=recipe.files | {key: recipe.files.get(key, "TEACHER") if given == teacher_of(recipe) else "TEACHER"},
        needs=needs,
    )


def teacher_of(recipe: Recipe) -> str:
    """The teacher in a recipe: folder, hub name or server; empty where it has none."""
    return str(recipe.values.get(LOCAL) or recipe.values.get(SERVER) or "")


def check(recipe: Recipe, student: str, rows: Path, max_pixels: int, flags: list[str]) -> list[str]:
    """What is worth knowing of a recipe's teacher, before the run; for a recipe from `with_teacher`.

    Raises:
        KitError: the teacher is not there, does not fit the student, or its server gives no usable answer.
    """
    teacher = teacher_of(recipe)
    if not is_gkd(recipe):
        return []
    if _share(word(flags, "lmbda") or recipe.values.get("lmbda", 0.5)) < 1:
        _answered(rows)
    if is_server(teacher):
        topk = word(flags, TOPK) or str(recipe.values.get(TOPK, ""))
        if not topk.isdecimal() or int(topk) < 1:
            raise KitError(f"{teacher}: a server gives the likeliest words only; say how many: --{TOPK} 64")
        server.check(teacher, int(topk), rows, max_pixels, families.model_type(student) in ("qwen2_5_vl", "qwen2_vl"))
        return [f"{teacher}: answers with {topk} words a token; that its vocabulary is the student's, nobody can see"]
    if models.is_closed(teacher):
        return fit.refuse(teacher, student)
    if is_local(teacher) and not Path(teacher).is_dir():
        raise KitError(
            f"{teacher}: no such teacher; a bigger stand-in is made with: circuit-vqa recipes tiny --size teacher"
            f" --out {teacher}, another one named with: TEACHER=…"
        )
    check_model(teacher)
    if is_local(teacher) and is_local(student) and Path(teacher).resolve() == Path(student).resolve():
        raise KitError(f"{teacher}: is the student itself, from which it cannot learn; name another TEACHER=…")
    liger = word(flags, LIGER) or str(recipe.values.get(LIGER, ""))
    return fit.refuse(teacher, student, liger.lower() == "true")


def _share(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise KitError(f"lmbda: {value!r} is no share of steps; write a number from 0 to 1") from None


def _answered(rows: Path) -> None:
    """Raises KitError with the first row without an answer: swift would train on nothing there and not say so."""
    for number, row in rows_of(rows):
        last = row["messages"][-1] if row["messages"] else {}
        if not isinstance(last, dict) or last.get("role") != "assistant" or not last.get("content"):
            raise KitError(
                f"{rows}:{number}: has no answer, from which nothing is learnt below lmbda 1; take rows with answers"
                " (swift/gkd.jsonl), or add: --lmbda 1"
            )


def beside(recipe: Recipe) -> list[str]:
    """For a plan, which counts the student alone: what its teacher takes besides. Nothing for other recipes."""
    name = teacher_of(recipe)
    if not is_gkd(recipe) or not name or is_server(name):
        return []
    weights = teacher_fit.weights(name)
    size = f"about {weights * (_NF4 if recipe.values.get('quant_method') else 1):.1f} GB" if weights else "unknown GB"
    return [f"teacher   {name}: {size} of weights besides, and its logits of every answer"]


def report(recipe: Recipe, student: str, rows: Path, max_pixels: int, flags: list[str], force: bool = False) -> None:
    """`check`, said on stderr; with `force` a fault is said and the run goes on."""
    try:
        said = check(recipe, student, rows, max_pixels, flags)
    except KitError as e:
        if not force:
            raise
        said = [f"warning: {e}"]
    for line in said:
        print(f"teacher: {line}", file=sys.stderr)
