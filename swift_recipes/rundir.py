"""The folder of one training run: which settings began it, how far it is, where to go on.

OUT/checkpoint-N   what swift saves          OUT/recipe.yaml  what swift was given
OUT/last           link to the newest whole  OUT/run.json     settings, by which a second start knows the first
OUT/train.log      all swift printed         OUT/kit.env      MAX_PIXELS and MAX_LENGTH for infer, deploy, eval
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from qa.dataset import file_hash, write_whole
from qa.errors import KitError
from swift_recipes import flags as flag_words
from swift_recipes.checks import is_local
from swift_recipes.recipe import Recipe

KIT_ENV = "kit.env"
ROWS = {"grpo": "grpo.jsonl", "gkd": "gkd.jsonl"}  # by rlhf_type; else train.jsonl
GIVEN = ".swift/recipe.yaml"  # not in OUT itself: swift copies it there and dies if it is there already


def write_kit_env(folder: Path, **values: object) -> None:
    """Record settings next to weights; the scripts read them back. Values are words and numbers only."""
    write_whole(folder / KIT_ENV, "".join(f"{k}={v}\n" for k, v in values.items()).encode())


def read_kit_env(folder: Path) -> dict[str, str]:
    """What is recorded next to weights; empty where nothing is."""
    try:
        lines = (folder / KIT_ENV).read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def last_checkpoint(out: Path) -> Path | None:
    """The newest checkpoint that was written to its end; None if there is none."""
    found = []
    for folder in out.glob("checkpoint-*"):
        number = folder.name.removeprefix("checkpoint-")
        if not number.isdecimal() or not any(folder.glob("*.safetensors")):
            continue
        try:  # written last: a checkpoint cut off by a kill has none, or half of one
            json.loads((folder / "trainer_state.json").read_text("utf-8"))
        except (OSError, ValueError):
            continue
        found.append((int(number), folder))
    return max(found)[1] if found else None


def link_last(out: Path) -> Path | None:
    """Point OUT/last at the newest whole checkpoint; returns that checkpoint."""
    newest = last_checkpoint(out)
    if newest is not None:
        tmp = out / ".last.tmp"
        tmp.unlink(missing_ok=True)
        tmp.symlink_to(newest.name)
        tmp.replace(out / "last")
    return newest


def begin(
    recipe: Recipe,
    model: str,
    data: Path,
    out: Path,
    max_pixels: int,
    max_length: int,
    flags: list[str],
    force: bool = False,
) -> tuple[str, str]:
    """Make OUT ready for swift. Returns ("new", ""), ("resume", checkpoint) or ("finished", step).

    Raises:
        KitError: OUT holds a run that began with other settings (`force` goes on with the new ones).
    """
    extra = swift_keys(model, data, out, max_length, str(recipe.values.get("rlhf_type", "")))
    settings = run_settings(recipe, model, data, out, max_pixels, max_length, flags)
    mark = mark_of(settings)
    old = _read(out)
    checkpoint = last_checkpoint(out)
    if checkpoint and not force and not isinstance(old.get("settings"), dict):
        raise KitError(
            f"{out}: holds {checkpoint.name}, but run.json, which tells the settings it was trained with, is broken or"
            " not there; name another OUT=…, or go on from it with these settings: FORCE=1"
        )
    if old and old.get("mark") != mark and checkpoint and not force:
        differs = [k for k in settings if settings[k] != old["settings"].get(k)]
        raise KitError(
            f"{out}: holds a run with other settings ({', '.join(differs)}; see {out}/run.json);"
            " name another OUT=…, or go on with the new ones: FORCE=1"
        )
    if old and old.get("mark") == mark and old.get("finished") and checkpoint:
        return "finished", str(old["finished"])
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / GIVEN, recipe.to_yaml(extra).encode())
    write_whole(out / "run.json", _json({"mark": mark, "settings": settings}))
    write_kit_env(out, MODEL=model, RECIPE=recipe.name, DATA=data, MAX_PIXELS=max_pixels, MAX_LENGTH=max_length)
    return ("resume", str(checkpoint)) if checkpoint else ("new", "")


def run_settings(
    recipe: Recipe, model: str, data: Path, out: Path, max_pixels: int, max_length: int, flags: list[str]
) -> dict[str, Any]:
    """What a run is known by; another start with the same goes on with it."""
    extra = swift_keys(model, data, out, max_length, str(recipe.values.get("rlhf_type", "")))
    return {
        "recipe": recipe.name,
        "values": recipe.values | extra,
        "flags": flags,
        "max_pixels": max_pixels,
        "train_rows": ",".join(file_hash(rows) for rows in rows_of_run(recipe, data, flags)),
    }


def mark_of(settings: dict[str, Any]) -> str:
    """The settings in one word: on every node the same."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def finished(out: Path) -> bool:
    """Whether the run in OUT reached its end."""
    return bool(_read(out).get("finished"))


def finish(out: Path) -> int:
    """Note that the run reached its end and link OUT/last. Returns the last step.

    Raises:
        KitError: swift ended without leaving a checkpoint.
    """
    newest = link_last(out)
    if newest is None:
        raise KitError(f"{out}: swift ended without a checkpoint; see {out}/train.log")
    step = int(newest.name.removeprefix("checkpoint-"))
    write_whole(out / "run.json", _json(_read(out) | {"finished": step}))
    return step


def seal(out: Path, checkpoint: Path, onto: str = "plain") -> Path:
    """Make a finished OUT/.merging into OUT/merged, with its limits beside it. Returns the folder.

    Its args.json is the adapter's: a plain `swift deploy --model OUT/merged` would read there that the adapter
    was trained in 4 bits and quantise the merged weights, so the quantisation is taken out.
    """
    folder = out / ".merging"
    recorded = read_kit_env(out)
    args = json.loads((folder / "args.json").read_text("utf-8"))
    args |= {k: None for k in args if k.startswith("quant_") or k == "adapters"}
    write_whole(folder / "args.json", _json(args))
    limits = {k: recorded[k] for k in ("MAX_PIXELS", "MAX_LENGTH")}
    return seal_folder(folder, out / "merged", FROM=checkpoint.name, ONTO=onto, **limits)


def seal_folder(made: Path, to: Path, **values: object) -> Path:
    """Make the finished folder `made` into `to`, with `values` in its kit.env; an old `to` stands until then."""
    write_kit_env(made, **values)
    for file in made.iterdir():
        file.chmod(0o644)  # safetensors writes 0600: a server under another user could not read it
    old = to.parent / f".{to.name}-before"
    shutil.rmtree(old, ignore_errors=True)
    if to.exists():
        to.replace(old)
    made.replace(to)
    shutil.rmtree(old, ignore_errors=True)
    return to


def by_reward(recipe: Recipe) -> bool:
    """Whether a recipe trains by reward: `swift rlhf` with GRPO, on questions without answers."""
    return recipe.values.get("rlhf_type") == "grpo"


def train_rows(recipe: Recipe, data: Path) -> Path:
    """The file of a dataset folder that a recipe trains on."""
    return _rows_of(data, str(recipe.values.get("rlhf_type", "")))


def rows_of_run(recipe: Recipe, data: Path, flags: list[str]) -> list[Path]:
    """The files that are trained on: those of `--dataset` among the flags, else the dataset folder's."""
    return flag_words.files(flags) or [train_rows(recipe, data)]


def _rows_of(data: Path, rlhf_type: str) -> Path:
    return data / "swift" / ROWS.get(rlhf_type, "train.jsonl")


def swift_keys(model: str, data: Path, out: Path, max_length: int, rlhf_type: str = "") -> dict[str, Any]:
    """What the scripts add to a recipe: model, rows, output folder, longest row in tokens.

    Training by reward gets no validation rows: those of the kit hold no `solution`.
    """
    keys: dict[str, Any] = {
        "model": str(Path(model).resolve()) if is_local(model) else model,
        "dataset": [str(_rows_of(data, rlhf_type).resolve())],
        "output_dir": str(out.resolve()),
        "max_length": max_length,
    }
    val = data / "swift" / "val.jsonl"
    if rlhf_type != "grpo" and val.is_file() and val.stat().st_size:
        keys["val_dataset"] = [str(val.resolve())]
    return keys


def _read(out: Path) -> dict[str, Any]:
    try:
        data = json.loads((out / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()
