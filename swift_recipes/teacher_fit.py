"""Whether a teacher fits onto the GPUs of this machine, said before minutes are spent on loading it.

Run as: nvidia-smi --query-gpu=index,memory.total,memory.free --format=csv,noheader,nounits |
        python -m swift_recipes.teacher_fit MODEL MAX_LEN GPU_SHARE HUB_CACHE TP NEED_GB     (0: find out)

Prints over how many GPUs the model is spread, or in one line why it cannot be served (exit code 1).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from qa.errors import KitError
from swift_recipes.shapes import SHAPES

_GB = 1e9
_MIB = 2**20
_SIZES = {name.rsplit("-", 1)[1]: shape for name, shape in SHAPES.items() if name.startswith("Qwen2.5-VL-")}
WEIGHTS_GB = {"72B-AWQ": 43.0, "32B-AWQ": 22.0, "7B-AWQ": 7.0, "3B-AWQ": 3.4} | {
    size: 2 * shape.parameters / _GB for size, shape in _SIZES.items()
}
"""Of Qwen2.5-VL on disk, about; the rest is asked of the folder."""
CACHE_GB_A_1000_TOKENS = {size: 1000 * shape.cache_bytes / _GB for size, shape in _SIZES.items()}
"""Keys and values of one context."""
_REST_GB = 3.0
"""Activations, CUDA graphs, the context of each GPU."""


def main(argv: list[str]) -> int:
    model, length, share, hub, tp, need = (
        argv[1],
        int(argv[2]),
        float(argv[3]),
        Path(argv[4]),
        int(argv[5]),
        float(argv[6]),
    )
    try:
        gpus = [gpu(line) for line in sys.stdin.read().splitlines() if line.strip()]
        on_disk(model, hub)
        print(spread(need or needed(model, length), gpus, share, tp, model))
    except KitError as e:
        print(e)
        return 1
    return 0


def gpu(line: str) -> tuple[str, float, float]:
    """Name, and total and free memory in GB, of a line of nvidia-smi."""
    try:
        name, total, free = (x.strip() for x in line.split(","))
        return name, float(total) * _MIB / _GB, float(free) * _MIB / _GB
    except ValueError:
        raise KitError(f"nvidia-smi says {line!r}, which is no GPU's memory; try: nvidia-smi") from None


def weights(model: str) -> float | None:
    """GB of a model's weights: of the files of a folder, else by its name; None where that is not known."""
    files = list(Path(model).glob("*.safetensors")) if Path(model).is_dir() else []
    if files:
        return sum(f.stat().st_size for f in files) / _GB
    size = re.search(r"(?i)qwen2\.5-vl-(\d+b)(?:-instruct)?(-awq)?$", model.rstrip("/"))
    return WEIGHTS_GB.get((size[1] + (size[2] or "")).upper()) if size else None


def needed(model: str, length: int) -> float:
    """GB a model needs on its GPUs together, for one context of this length at least; 0 where that is not known."""
    found = weights(model)
    if found is None:
        return 0.0
    if (config := Path(model) / "config.json").is_file():
        cache = _cache(config)
    else:
        cache = next((gb for size, gb in CACHE_GB_A_1000_TOKENS.items() if f"-{size}" in model.upper()), 0.1)
    return found + cache * length / 1000 + _REST_GB


def _cache(config: Path) -> float:
    try:
        data = json.loads(config.read_text(encoding="utf-8"))
        data = data.get("text_config") or data
        width = data.get("head_dim") or data["hidden_size"] / data["num_attention_heads"]
        return float(data["num_hidden_layers"] * data["num_key_value_heads"] * width * 4 * 1000 / _GB)
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError, AttributeError):
        return 0.1


def spread(need: float, gpus: list[tuple[str, float, float]], share: float, tp: int, model: str) -> int:
    """Over how many of these GPUs a model of so many GB is spread: `tp`, or the fewest (1, 2, 4, 8) that hold it.

    Raises KitError when they do not hold it, or other programs use their memory.
    """
    if not 0.1 <= share <= 1:
        raise KitError(f"GPU_SHARE={share:g} must be between 0.1 and 1")
    if tp > len(gpus) or tp < 0:
        raise KitError(f"TP={tp}, and there are {len(gpus)} GPUs")
    counts = [tp] if tp else [n for n in (1, 2, 4, 8) if n <= len(gpus)]
    for count in counts:
        used = gpus[:count]
        if count * min(total for _, total, _ in used) * share - _REST_GB * (count - 1) < need:
            continue
        for name, total, free in used:
            if free < total * share:
                raise KitError(
                    f"GPU {name} has {free:.0f} of {total:.0f} GB free and {total * share:.0f} are wanted;"
                    " end what runs there, or choose others: GPUS=…, or less: GPU_SHARE=…"
                )
        return count
    have = " + ".join(f"{total:.0f}" for _, total, _ in gpus[: counts[-1]])
    raise KitError(
        f"{model} needs about {need:.0f} GB on GPUs (an estimate; NEED_GB=… corrects it) and here are {have} GB x"
        f" {share:g}; a smaller model: docs/teachers.md, or a shorter context: MAX_LEN=…"
    )


def on_disk(model: str, hub: Path) -> None:
    """Raises KitError when a model of a hub is not here and cannot be fetched."""
    if Path(model).is_dir() or os.environ.get("VLLM_USE_MODELSCOPE"):
        return
    if any((hub / f"models--{model.replace('/', '--')}" / "snapshots").glob("*/config.json")):
        return
    if os.environ.get("HF_HUB_OFFLINE") in ("1", "true", "True", "ON"):
        raise KitError(f"MODEL={model} is not in {hub} and HF_HUB_OFFLINE is set; fetch it first: hf download {model}")
    place = next(p for p in (hub, *hub.parents) if p.exists())
    free, want = shutil.disk_usage(place).free / _GB, weights(model) or 0.0
    if free < want:
        raise KitError(
            f"MODEL={model} is {want:.0f} GB to fetch and {place} has {free:.0f} GB free; point HF_HOME elsewhere"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv))
