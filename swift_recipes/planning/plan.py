"""What a run will be like, said before it starts: tokens, rows left out, steps, memory, and what to change."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.errors import KitError
from qa.picture_size import MAX_PIXELS, TOKEN_SIDE
from swift_recipes import shapes
from swift_recipes.nodes import share
from swift_recipes.planning import memory
from swift_recipes.planning.packs import fill
from swift_recipes.planning.tokens import SYSTEM, Row, read
from swift_recipes.recipe import Recipe

MAX_LENGTH = 2048
"""Of the shell scripts, where a recipe says nothing."""
WANTED = 0.99
"""Share of rows that a good max_length holds."""
STEP = 64
"""A suggested max_length is a multiple of this."""
ANSWER = 64
"""Tokens of an answer that are learnt, where no rows have been read yet."""
MARGIN = 1.15
"""A run fits if the estimate leaves this much: of swift's published runs, nearly all take more than estimated."""
FEWEST_PIXELS = 320 * TOKEN_SIDE**2
"""No smaller pictures are suggested: fine print would be lost."""


@dataclass(frozen=True)
class Run:
    """One run as the recipe and the command line describe it."""

    rows: tuple[Row, ...]
    max_pixels: int
    max_length: int
    batch: int  # rows on a GPU at once
    gpus: int
    cuts: bool  # rows that are too long are cut; else left out
    accumulation: int
    epochs: float
    max_steps: int  # -1: by epochs
    keep_answers: bool  # logits for the learnt end of a row only
    packed: bool  # rows laid end to end up to max_length are what a batch counts
    setup: memory.Setup | None  # None: no shape of this model is known

    @property
    def lengths(self) -> list[int]:
        """Tokens of every row, shortest first."""
        return sorted(r.tokens(self.max_pixels) for r in self.rows)

    @property
    def kept(self) -> list[Row]:
        """Rows that are trained on."""
        return [r for r in self.rows if self.cuts or r.tokens(self.max_pixels) <= self.max_length]

    @property
    def too_long(self) -> int:
        return sum(n > self.max_length for n in self.lengths)

    @property
    def fitting_length(self) -> int:
        """The smallest max_length, a multiple of 64, that holds 99 % of the rows."""
        return math.ceil(share_at(self.lengths, WANTED) / STEP) * STEP

    @property
    def rows_a_step(self) -> int:
        return self.batch * self.accumulation * self.gpus

    def steps(self) -> tuple[int, float]:
        """(optimiser steps, epochs), as transformers' Trainer counts them."""
        return count_steps(len(self.units), self.batch, self.gpus, self.accumulation, self.epochs, self.max_steps)

    @property
    def units(self) -> list[tuple[int, int, int]]:
        """What a batch counts, rows or packs of rows: (tokens, of them picture, of them learnt)."""
        rows = [
            (min(r.tokens(self.max_pixels), self.max_length), r.image(self.max_pixels), r.answer) for r in self.kept
        ]
        if not self.packed:
            return rows
        packs = fill([tokens for tokens, _, _ in rows], self.max_length)
        return [tuple(map(sum, zip(*(rows[i] for i in pack), strict=True))) for pack in packs]  # type: ignore[misc]

    def memory(self) -> memory.Setup | None:
        """The setup with the tokens of the longest batch."""
        if self.setup is None or not self.kept:
            return None
        longest, image, answers = map(max, zip(*self.units, strict=True))
        learnt = answers + 1 if self.keep_answers else 0
        return replace(
            self.setup, tokens=longest, image_tokens=image, logit_tokens=learnt, batch=self.batch, gpus=self.gpus
        )


def count_steps(
    rows: int, batch: int, gpus: int, accumulation: int, epochs: float, max_steps: int
) -> tuple[int, float]:
    """(optimiser steps, epochs) of so many rows; `max_steps` -1: by epochs."""
    an_epoch = max(math.ceil(math.ceil(rows / (batch * gpus)) / accumulation), 1)
    if max_steps > 0:
        return max_steps, max_steps / an_epoch
    return math.ceil(epochs * an_epoch), epochs


def make(recipe: Recipe, data: Path, model: str, gpus: int, max_pixels: int | None, max_length: int | None) -> Run:
    """The run of a recipe on a dataset folder that has been exported.

    Raises:
        KitError: no rows, a row or picture that cannot be read, or a value of the recipe that is no number.
    """
    if gpus < 1:
        raise KitError(f"--gpus {gpus}: must be 1 or more")
    v = share(recipe, gpus).values
    name = shapes.name_of(model or str(v.get("model", "")) or recipe.name)
    tiny = recipe.name.startswith("tiny/") and not model
    if model and name is None:
        raise KitError(f"--model {model}: no shape is known; known are: {', '.join(shapes.SHAPES)}")
    if tiny:
        from swift_recipes.stand_in import LENGTH, PIXELS

        max_pixels, max_length = max_pixels or PIXELS, max_length or LENGTH
    batch = int(number(v, "per_device_train_batch_size", 1))
    packed, flat = v.get("packing") is True, v.get("packing") is True or v.get("padding_free") is True
    side = shapes.SHAPES[name].token_side if name else TOKEN_SIDE
    return Run(
        rows=tuple(read(data / "swift" / "train.jsonl", side, "" if v.get("template") == "qwen3_vl" else SYSTEM)),
        max_pixels=max_pixels or MAX_PIXELS,
        max_length=max_length or int(number(v, "max_length", MAX_LENGTH)),
        batch=batch,
        gpus=gpus,
        cuts=v.get("truncation_strategy", "delete") != "delete",
        accumulation=int(number(v, "gradient_accumulation_steps", 1)),
        epochs=number(v, "num_train_epochs", 3),
        max_steps=int(number(v, "max_steps", -1)),
        keep_answers=v.get("use_logits_to_keep") is not False
        and (v.get("padding_side") == "left" or batch == 1 or flat),
        packed=packed,
        setup=_setup(v, shapes.SHAPES[name]) if name else None,
    )


def _setup(v: dict[str, Any], shape: shapes.Shape) -> memory.Setup:
    full = v.get("tuner_type", v.get("train_type", "lora")) == "full"
    zero = str(v.get("deepspeed", "")) or ("zero3" if v.get("fsdp") else "")  # FSDP2 spreads what ZeRO-3 does
    trained = _vision_blocks(v, shape.vision_depth, full)
    return memory.Setup(
        shape=shape,
        tokens=0,
        method="full" if full else "qlora" if v.get("quant_bits") == 4 else "lora",
        rank=int(number(v, "lora_rank", 8)),
        dropout=number(v, "lora_dropout", 0.05) > 0,
        train_vision=full and trained == shape.vision_depth,
        vision_blocks=trained,
        keep_logits=v.get("use_liger_kernel") is not True,
        checkpointing=v.get("gradient_checkpointing", True) is not False or _recomputes(v),
        offload="offload" in zero,
        sharding="zero3" if "zero3" in zero else "zero2" if "zero2" in zero else "none",
    )


def _recomputes(v: dict[str, Any]) -> bool:
    """Whether FSDP2 recomputes activations, which stands in its own settings; swift's preset does."""
    fsdp = v.get("fsdp")
    inner = fsdp.get("fsdp_config", {}) if isinstance(fsdp, dict) else {"activation_checkpointing": fsdp == "fsdp2"}
    return bool(inner.get("activation_checkpointing"))


def gpu_need(recipe: Recipe, model: str, gpus: int, max_pixels: int, max_length: int) -> float:
    """GiB of each GPU to look for before a run: the estimate for the longest rows, with its margin.

    What the recipe's `needs` say where the model's shape is not known, and for training by reward or with a teacher.
    """
    v, said = recipe.values, recipe.needs.get("gpu_gb", 0.0)
    name = shapes.name_of(model) or shapes.name_of(str(v.get("model", "")))
    if name is None or "rlhf_type" in v or not said:
        return said
    shape = shapes.SHAPES[name]
    image = min(max_pixels // shape.token_side**2, max_length)
    batch = int(number(v, "per_device_train_batch_size", 1))
    setup = replace(
        _setup(v, shape), tokens=max_length, image_tokens=image, logit_tokens=ANSWER, batch=batch, gpus=gpus
    )
    return memory.total(setup) * MARGIN


def _vision_blocks(v: dict[str, Any], depth: int, full: bool) -> int:
    """Blocks of the vision tower, from its end, in which something is trained."""
    pattern = v.get("freeze_parameters_regex") if full else v.get("target_regex")
    names = [f"model.visual.blocks.{i}.attn.qkv" for i in range(depth)]
    if full and pattern:
        trained = [not re.search(str(pattern), f"{name}.weight") for name in names]
    elif pattern:
        trained = [bool(re.fullmatch(str(pattern), name)) for name in names]
    else:
        trained = [v.get("freeze_vit", True) is False] * depth
    return depth - trained.index(True) if any(trained) else 0


def number(values: dict[str, Any], key: str, default: float) -> float:
    """A value of a recipe. Raises KitError if it is no number."""
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise KitError(f"{key}: {value!r} in the recipe is no number; see it with: circuit-vqa recipes show NAME")
    return float(value)


def share_at(ordered: list[int], share: float) -> int:
    """The smallest value that this share of them does not exceed; of a list in order, not empty."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def changes(run: Run, gpu_gb: float) -> Iterator[tuple[str, float]]:
    """What to change, one after the other until it fits, and the GiB a GPU would take after each.

    In order of what costs least: 4-bit weights, smaller pictures, a shorter limit, smaller batches, gradient
    checkpointing, weights spread over 2, 4 and 8 GPUs. Changes that save nothing are left out.
    """
    before = run.memory()
    if before is None:
        return
    size = memory.total(before)
    for what, changed in _steps(run):
        if size * MARGIN <= gpu_gb:
            return
        run = changed(run)
        after = run.memory()
        if after is None:
            return
        if round(memory.total(after), 1) < round(size, 1):
            size = memory.total(after)
            yield what(run), size


def _steps(run: Run) -> Iterator[tuple[Any, Any]]:
    """(words for the change made, the change) in order."""
    if run.setup is None:
        return
    yield lambda r: "QLoRA: METHOD=qlora, or parts/nf4.yaml in a YAML of yours", _quantise
    while run.max_pixels > FEWEST_PIXELS:
        run = replace(run, max_pixels=max(run.max_pixels // 2 // TOKEN_SIDE**2 * TOKEN_SIDE**2, FEWEST_PIXELS))
        pixels = run.max_pixels
        yield (
            lambda r: (
                f"MAX_PIXELS={r.max_pixels} ({r.max_pixels // r.rows[0].token_side ** 2} tokens a picture at most)"
            ),
            lambda r, pixels=pixels: replace(r, max_pixels=pixels),
        )
    yield (
        lambda r: f"MAX_LENGTH={r.max_length} (holds 99 % of the rows)",
        lambda r: replace(r, max_length=min(r.max_length, r.fitting_length)),
    )
    yield lambda r: f"batch 1, gradient_accumulation_steps {r.accumulation}", _batch_of_one
    yield lambda r: "gradient_checkpointing: true", lambda r: _with(r, checkpointing=True)
    for gpus in (2, 4, 8):
        if gpus >= run.gpus:
            yield lambda r: f"ZeRO-3 over {r.gpus} GPUs, weights in 16 bits: METHOD=lora+zero3", _zero3(gpus)


def _with(run: Run, **changed: Any) -> Run:
    return replace(run, setup=replace(run.setup, **changed)) if run.setup else run


def _quantise(run: Run) -> Run:
    full = run.setup is not None and run.setup.method == "full"
    return _with(run, method="qlora", train_vision=False, **({"vision_blocks": 0} if full else {}))


def _batch_of_one(run: Run) -> Run:
    return replace(run, batch=1, accumulation=run.accumulation * run.batch)


def _zero3(gpus: int) -> Any:
    """nf4 weights cannot be spread by ZeRO-3, so they are 16 bits wide again."""
    return lambda run: replace(_with(run, method="lora", sharding="zero3"), gpus=gpus)
