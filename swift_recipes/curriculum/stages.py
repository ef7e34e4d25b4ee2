"""The stages of a curriculum: what each trains on, from where it goes on, how many steps it takes.

    0-general    GENERAL: a set of other pictures, if one is named
    1-level-1    all rows of level 1
    2-level-2    all rows of level 2, and a share (REPLAY) of the easier ones again
    …
    OUT itself   all rows, as a plain run trains them

Each stage goes on from the weights of the one before, with an optimiser and a learning-rate curve of its own. Easier
rows come again ("Baby Steps", Spitkovsky et al. 2010), because a model forgets what it no longer sees.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.dataset import file_hash, write_whole
from qa.errors import KitError
from swift_recipes import checks, held_out, rundir
from swift_recipes.curriculum import rows
from swift_recipes.flags import read
from swift_recipes.planning import plan
from swift_recipes.recipe import PLUGINS, Recipe

FOLDER = "stages"  # of OUT; the last stage is OUT itself, so that merging and serving find it as they find any run
SETS = {"textvqa": "hf::lmms-lab/textvqa", "vizwiz": "hf::lmms-lab/VizWiz-VQA"}  # defined in general_sets.py
PLUGIN = Path(__file__).parent / "general_sets.py"
MOST_EPOCHS = 1000
_SPEC = re.compile(r"^(?P<name>[^#]+?)(?:#(?P<take>[1-9]\d*))?$")


@dataclass(frozen=True)
class Stage:
    """One run of train.sh. `lines` are its rows; None: the rows are `data`'s own, or named by `flags`."""

    name: str
    out: Path
    data: Path
    count: int | None  # rows, None where only the hub knows
    steps: int | None
    what: str  # in words
    lines: tuple[str, ...] | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    model: str
    data: Path
    out: Path
    general: tuple[str, ...] = ()
    levels: tuple[int, ...] | None = None  # None: every level but the hardest, then all
    replay: float = 0.5
    epochs: float = 1.0  # of each stage but the last
    gpus: int = 1
    flags: tuple[str, ...] = ()


def make(recipe: Recipe, want: Wanted) -> list[Stage]:
    """The stages in order, the last one in `want.out` itself.

    Raises:
        KitError: the recipe is not for `swift sft`, a level has no rows, or rows of val or test would be trained on.
    """
    if "rlhf_type" in recipe.values:
        raise KitError(f"{recipe.name}: a curriculum is made of supervised stages; take lora, qlora or full")
    if not 0 <= want.replay <= 1:
        raise KitError(f"REPLAY={want.replay:g}: is a share, from 0 to 1")
    if not 0 < want.epochs <= MOST_EPOCHS:
        raise KitError(f"STAGE_EPOCHS={want.epochs:g}: must be more than 0 and at most {MOST_EPOCHS}")
    if any("\t" in word or "\n" in word for word in (want.model, str(want.data), str(want.out), *want.flags)):
        raise KitError("MODEL, DATA, OUT and flags of a curriculum may hold no tab and no line break; name them anew")
    found = rows.by_level(want.data)
    values = recipe.values | given(want.flags)
    early = values | {"num_train_epochs": want.epochs}
    plugins = read(want.flags).get(PLUGINS) or recipe.values.get(PLUGINS, [])
    stages = [_general(want, early, plugins)] if want.general else []
    present = [level for level in sorted(found) if level != rows.UNKNOWN]
    levels = present[:-1] if want.levels is None else list(want.levels)
    for i, level in enumerate(levels):
        if level not in found:
            raise KitError(f"LEVELS: {want.data} has no training rows of level {level}; there are: {_words(present)}")
        lines = list(found[level])
        for before in levels[:i]:
            lines += rows.sample(found[before], want.replay, f"replay of {before} in {level}")
        again = len(lines) - len(found[level])
        what = f"level {level}" + (f", {again} easier rows again" if again else "")
        name = f"{len(stages) + (not want.general)}-level-{level}"
        folder = want.out / FOLDER / name
        steps = count_steps(early, len(lines), want.gpus)
        stages.append(Stage(name, folder, folder / "data", len(lines), steps, what, tuple(lines), _epochs(want)))
    total = sum(map(len, found.values()))
    stages.append(Stage("all", want.out, want.data, total, count_steps(values, total, want.gpus), "every level"))
    return stages


def _general(want: Wanted, values: dict[str, Any], plugins: list[str]) -> Stage:
    """The stage of other pictures; swift takes `NAME#COUNT` itself. Validation stays the circuits' own.

    `plugins` are the run's own: the flag that names ours takes their place, so they are named again.
    """
    sets: list[str] = []
    count: int | None = 0
    for spec in want.general:
        found = _SPEC.match(spec)
        if found is None:
            raise KitError(f"GENERAL: {spec!r} is no set; write textvqa#5000, or a JSONL file, or hf::owner/name#5000")
        name, take = found["name"], int(found["take"]) if found["take"] else None
        if name.endswith(".jsonl"):
            have: int | None = checks.check_rows(Path(name))
            held_out.refuse(Path(name), want.data)
            name = str(Path(name).resolve())
        else:
            have, name = None, SETS.get(name.lower(), name)
            if "/" not in name:
                raise KitError(
                    f"GENERAL: {spec!r} is no set; there are: {_words(SETS)}, a JSONL file, or hf::owner/name"
                )
        count = None if count is None or (have is None and take is None) else count + (take or have or 0)
        sets.append(name + (f"#{take}" if take else ""))
    folder = want.out / FOLDER / "0-general"
    steps = None if count is None else count_steps(values, count, want.gpus)
    flags = ("--dataset", *sets, f"--{PLUGINS}", *plugins, str(PLUGIN), *_epochs(want))
    return Stage("0-general", folder, want.data, count, steps, ", ".join(_shown(s) for s in sets), None, flags)


def _epochs(want: Wanted) -> tuple[str, ...]:
    return ("--num_train_epochs", f"{want.epochs:g}")


def count_steps(values: dict[str, Any], rows: int, gpus: int) -> int:
    """Optimiser steps of a run over so many rows, with swift's defaults where `values` says nothing."""
    batch = int(_within(values, "per_device_train_batch_size", 1, 1))
    accumulation = int(_within(values, "gradient_accumulation_steps", math.ceil(16 / batch / gpus), 1))
    most = int(_within(values, "max_steps", -1, -1))
    return plan.count_steps(rows, batch, gpus, accumulation, _within(values, "num_train_epochs", 3, 0), most)[0]


def _within(values: dict[str, Any], key: str, default: float, least: float) -> float:
    """A number of a recipe or a flag; KitError if it is less than `least`, or none that can be counted with."""
    value = plan.number(values, key, default)
    if not least <= value < 1e9:
        raise KitError(f"{key}={value:g}: must be {least:g} or more, and a number that steps can be counted with")
    return value


def given(flags: Sequence[str]) -> dict[str, Any]:
    """Values of flags for swift by key; numbers as numbers."""
    return {key: _number(next(iter(words), "")) for key, words in read(flags).items()}


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def write(stages: Sequence[Stage], want: Wanted, recipe: Recipe, force: bool = False) -> Path:
    """Write each stage's rows and `OUT/stages/list.tsv` for the script; returns that file.

    A line is: name, folder of the run, dataset folder, model, then flags for swift. Each stage's weights are those of
    the one before: its adapter on the same model, or where all weights are trained, its model.

    Raises:
        KitError: OUT was begun with other stages (`force` goes on with these).
    """
    mark = _mark(stages, want, recipe.name)
    old = want.out / FOLDER / "plan.json"
    was = _begun(old) if old.is_file() else mark
    begun = any(rundir.last_checkpoint(stage.out) for stage in stages)
    if was != mark and begun and not force:
        differs = [k for k in mark if mark[k] != was.get(k)]
        raise KitError(f"{want.out}: was begun with other {_words(differs)}; name another OUT=…, or insist: FORCE=1")
    val = want.data / "swift" / "val.jsonl"
    for stage in stages:
        if stage.lines is not None:
            write_whole(stage.data / "swift" / "train.jsonl", "".join(f"{x}\n" for x in stage.lines).encode())
            if val.is_file():  # the same rows in each stage, so that their losses compare
                write_whole(stage.data / "swift" / "val.jsonl", val.read_bytes())
    full = (recipe.values | given(want.flags)).get("tuner_type") == "full"
    text = ""
    for i, stage in enumerate(stages):
        before = f"{stages[i - 1].out}/last" if i else ""
        model = before if full and before else want.model
        flags = () if full or not before else ("--adapters", before)
        text += (
            "\t".join((stage.name, str(stage.out), str(stage.data), model, *flags, *want.flags, *stage.flags)) + "\n"
        )
    write_whole(want.out / FOLDER / "list.tsv", text.encode())
    rundir.write_kit_env(want.out / FOLDER, BASE=want.model, DATA=want.data)  # OUT's own names the stage before
    write_whole(old, (json.dumps(mark, ensure_ascii=False, indent=2) + "\n").encode())
    return want.out / FOLDER / "list.tsv"


def _begun(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    except (ValueError, RecursionError):
        return {}  # then it counts as begun with others


def _mark(stages: Sequence[Stage], want: Wanted, recipe: str) -> dict[str, Any]:
    """By what a second start knows the first."""
    files = [Path(spec.split("#")[0]) for spec in want.general if ".jsonl" in spec]
    return {
        "model": want.model,
        "recipe": recipe,
        "stages": [[s.name, s.count] for s in stages],
        "GENERAL": [*want.general, *(file_hash(f) for f in files)],
        "REPLAY": want.replay,
        "STAGE_EPOCHS": want.epochs,
        "rows": file_hash(want.data / "swift" / "train.jsonl"),
        "flags": list(want.flags),
    }


def table(stages: Sequence[Stage]) -> list[str]:
    """The plan as it stands on the screen."""
    lines = ["stage         rows  steps  trains on"]
    for stage in stages:
        count = "?" if stage.count is None else f"{stage.count:,}"
        steps = "?" if stage.steps is None else f"{stage.steps:,}"
        lines.append(f"{stage.name:<11} {count:>6} {steps:>6}  {stage.what}")
    known = [s.steps for s in stages if s.steps is not None]
    alone = f"{stages[-1].steps:,}" if stages[-1].steps is not None else "?"
    more = " and those of the hub's sets" if len(known) < len(stages) else ""
    lines.append(f"together {sum(known):,} steps{more}; the last stage alone, a plain run, takes {alone}")
    return lines


def _shown(name: str) -> str:
    """A file by its name, a set of the hub as it is."""
    return Path(name).name if name.startswith("/") else name


def _words(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))
