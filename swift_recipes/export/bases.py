"""The two bases of a QLoRA adapter: the 4-bit weights it was trained on, and those weights widened again.

An adapter learns on rounded weights, its own rounding mended by itself. Merged onto the weights before rounding, the
mending mends nothing: many greedy answers change. Merged onto the rounded weights, widened to their old type, the model
answers as the adapter did (docs/export.md has figures).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

from qa.errors import KitError
from swift_recipes import checks, families, libraries, shapes

ONTO = ("trained", "plain")
ROOM = 1.15
"""Free memory that merging wants, of the size of the weights."""
_BNB = ("bnb_4bit_compute_dtype", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "bnb_4bit_quant_storage")


def read_args(adapter: Path) -> dict[str, Any]:
    """What swift noted beside an adapter. Raises KitError where it cannot be read or names no model."""
    try:
        found = json.loads((adapter / "args.json").read_text("utf-8"))
        found["model"]
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise KitError(f"{adapter}/args.json: cannot be read ({e}); train again with another OUT") from e
    return dict(found)


def quantised(args: dict[str, Any]) -> bool:
    """Whether an adapter was trained on a base in 4 or 8 bits."""
    return args.get("quant_method") == "bnb" and args.get("quant_bits") in (4, 8)


def load(model: str, args: dict[str, Any] | None = None, widened: bool = False) -> tuple[Any, Any, str | None]:
    """(model, processor, template name); quantised as `args` say that training did, and widened again if asked for."""
    from swift.model import get_model_processor

    kind = families.model_type(model) or None  # swift finds out the others by itself
    config = None if args is None or not quantised(args) else _bnb(model, kind, args)
    loaded, processor = get_model_processor(model, model_type=kind, quantization_config=config)
    if config is not None and widened:
        loaded = loaded.dequantize()
    return loaded, processor, kind


def _bnb(model: str, kind: str | None, args: dict[str, Any]) -> Any:
    """As swift's own quant_args.py: vision tower, aligner and lm_head keep their width."""
    from swift.model import get_model_info_meta
    from transformers import BitsAndBytesConfig

    arch = get_model_info_meta(model, model_type=kind)[1].model_arch
    skip = [name for part in ("vision_tower", "aligner") for name in getattr(arch, part, None) or []]
    width = {"load_in_4bit": args["quant_bits"] == 4, "load_in_8bit": args["quant_bits"] == 8}
    how = {k: args[k] for k in _BNB if args.get(k) is not None}
    return BitsAndBytesConfig(**width, **how, llm_int8_skip_modules=[*skip, "lm_head"])


def for_merging(out: Path, onto: str) -> str:
    """The model to merge OUT/last onto: its base, or for QLoRA `onto` trained: OUT/.base, made here.

    Raises:
        KitError: `onto` is neither of the two, or the adapter's notes cannot be read.
    """
    if onto not in ONTO:
        raise KitError(f"ONTO={onto}: take one of {', '.join(ONTO)}")
    args = read_args(out / "last")
    if onto == "plain" or not quantised(args):
        return str(args["model"])
    checks.check_disk(out, 2 * _size(str(args["model"])) + 0.1)  # the widened base and the merged weights
    hush()
    from swift.model import save_checkpoint

    folder = out / ".base"
    shutil.rmtree(folder, ignore_errors=True)
    loaded, processor, _ = load(str(args["model"]), args, widened=True)
    save_checkpoint(loaded, processor, str(folder), model_dirs=[loaded.model_dir])
    if "quantization_config" in json.loads((folder / "config.json").read_text("utf-8")):
        raise KitError(f"{folder}: transformers left it quantised; merge with ONTO=plain")
    return str(folder)


def place(model: str) -> str:
    """`gpu` where the weights of `model` in 16 bits have room on the GPUs of this machine, else `cpu`.

    A card that trains a model in 4 bits may be too small to merge it: that takes all weights in 16 bits.
    """
    free = sum(free for _, free in checks.gpus())  # swift spreads them over all it sees
    return "gpu" if free > ROOM * _size(model) + 1 else "cpu"


def _size(model: str) -> float:
    """GB of a model's weights in 16 bits: of its files, else by its name; 0 where neither tells."""
    found = checks.weight_bytes(model)
    if found is None:
        name = shapes.name_of(model)
        found = 2 * shapes.SHAPES[name].parameters if name else 0
    return found / checks.GB


def hush() -> None:
    """Keep swift's, transformers' and DeepSpeed's chatter off the screen."""
    libraries.without_deepspeed()
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the models are on disk by now
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
