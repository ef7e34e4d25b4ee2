"""What is looked at before anything expensive starts: data, pictures, model folder, disk, memory, GPU."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from qa.dataset import picture_fault
from qa.errors import KitError
from swift_recipes import machine

GB = 1024**3
TYPES = ("qwen2_5_vl", "qwen3_vl", "qwen2_vl")
"""Architectures the recipes are for: `model_type` in config.json, and swift's own name of model and template alike."""
SMALL = 1 * GB  # weights up to this size may run on a CPU
_HUB = re.compile(r"^[\w.-]+/[\w.-]+$")
_OUR_FOLDERS = ("models", "runs", "data", "reports", "tmp")


def is_local(model: str) -> bool:
    """Whether `model` means a folder here and not a name on a hub."""
    path = Path(model)
    if path.exists() or not _HUB.match(model):
        return True
    return path.parts[0] in (".", "..", *_OUR_FOLDERS)


def weight_bytes(model: str) -> int | None:
    """Size of the weights in a local folder; None for a name on a hub."""
    if not is_local(model):
        return None
    return sum(f.stat().st_size for p in ("*.safetensors", "*.bin") for f in Path(model).glob(p))


def check_model(model: str) -> None:
    """Raises KitError if a local model folder is missing, half there, or an adapter."""
    if not is_local(model):
        return
    folder = Path(model)
    if not folder.is_dir():
        raise KitError(
            f"{model}: no such model folder; the stand-in is made with: circuit-vqa recipes tiny --out {model},"
            " the real one named with: MODEL=Qwen/Qwen2.5-VL-3B-Instruct"
        )
    if (folder / "adapter_config.json").is_file():
        raise KitError(f"{model}: is an adapter, not a model; merge it first: OUT=… bash shell/merge.sh")
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        raise KitError(f"{model}: has no config.json, so it is not a model folder; fetch or build it again") from None
    except (OSError, ValueError, RecursionError) as e:
        raise KitError(f"{model}/config.json: not JSON ({e}); fetch or build the model again") from e
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in TYPES:
        raise KitError(f"{model}: is a {kind!r}; these recipes are for {', '.join(TYPES)}")
    if not weight_bytes(model):
        raise KitError(f"{model}: has no weights (*.safetensors); fetch or build the model again")


def check_rows(path: Path) -> int:
    """How many rows a swift JSONL holds, every row and picture looked at.

    Raises:
        KitError: no file, no rows, or the first bad row or picture, with its line.
    """
    if not path.is_file():
        raise KitError(
            f"{path}: no such file; make it with: circuit-vqa synth circuits --count 1000 --out {path.parent.parent},"
            f" then: circuit-vqa synth split {path.parent.parent}, then: … export {path.parent.parent}"
        )
    lines: dict[str, int] = {}
    count = 0
    for number, row in rows_of(path):
        count += 1
        for picture in row["images"]:
            lines.setdefault(picture_path(picture), number)
    if not count:
        raise KitError(f"{path}: holds no rows; make it anew: circuit-vqa synth export {path.parent.parent}")
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 2) * 2)) as pool:
        for picture, fault in zip(lines, pool.map(_picture_fault, lines), strict=True):
            if fault:
                raise KitError(
                    f"{path}:{lines[picture]}: picture {picture} {fault};"
                    f" see all with: circuit-vqa synth validate {path.parent.parent}"
                )
    return count


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, row) of a swift JSONL; `images` is a list in every row. Raises KitError at the first broken row."""
    with path.open("rb") as f:
        for number, raw in enumerate(f, 1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw)
                if not isinstance(row["messages"], list) or not isinstance(row.setdefault("images", []), list):
                    raise TypeError("messages and images must be lists")
            except (ValueError, KeyError, TypeError, RecursionError) as e:
                what = f"has no {e}" if isinstance(e, KeyError) else f"is not a row for swift ({e})"
                mend = f"circuit-vqa synth export {path.parent.parent}"
                raise KitError(f"{path}:{number}: {what}; make the file anew: {mend}") from e
            yield number, row


def picture_path(picture: object) -> str:
    """Where swift will look for it: as written, or under ROOT_IMAGE_DIR."""
    path = str(picture.get("path") if isinstance(picture, dict) else picture)
    root = os.environ.get("ROOT_IMAGE_DIR")
    return str(Path(root) / path) if root and not Path(path).is_absolute() else path


def _picture_fault(path: str) -> str:
    return "" if path.startswith(("http://", "https://", "data:")) else picture_fault(Path(path))


def check_disk(folder: Path, needed_gb: float, setting: str = "OUT=…") -> None:
    """Raises KitError if `folder`, named by `setting`, cannot be written or its disk has less than `needed_gb` left."""
    there = folder.absolute()
    while not there.exists():
        if there.is_symlink():
            raise KitError(
                f"{folder}: the link {there} leads nowhere or back to itself; remove it, or name another {setting}"
            )
        there = there.parent
    if not there.is_dir():
        raise KitError(f"{folder}: {there} is a file, so nothing can be written there; name another {setting}")
    if not os.access(there, os.W_OK | os.X_OK):
        raise KitError(f"{folder}: {there} may not be written; name another {setting} or change its rights")
    free = shutil.disk_usage(there).free / GB
    if free < needed_gb:
        raise KitError(
            f"{folder}: needs {needed_gb:g} GB of free disk, {free:.1f} GB are left; free some, or name another"
            f" {setting}"
        )


def free_ram_gb(meminfo: Path = Path("/proc/meminfo")) -> float | None:
    """Memory that programs may still take; None where the system does not say."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text("utf-8"), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) * 1024 / GB if found else None


def gpus() -> list[tuple[float, float]]:
    """(total, free) memory in GB of every NVIDIA GPU this process may use; empty without one."""
    found = machine.nvidia("memory.total", "memory.free")
    # "[N/A]" on machines that share memory with the CPU
    return [(int(total) / 1024, int(free) / 1024) for _, total, free in found if (total + free).isdigit()]


def forced() -> bool:
    """Whether FORCE=1 lets a run begin in spite of memory, GPU, lint or other settings than before."""
    return os.environ.get("FORCE", "0") == "1"


def check_machine(model: str, gpu_gb: float, ram_gb: float, force: bool = False, processes: int = 1) -> None:
    """Raises KitError if memory will not do, or a large model would run on the CPU. `force` lets it pass.

    Each of `processes` needs a GPU of its own with so much free memory.
    """
    if force:
        return
    ram = free_ram_gb()
    if ram is not None and ram < ram_gb:
        raise KitError(f"needs {ram_gb:.0f} GB of free memory, {ram:.1f} GB are left; close something or set FORCE=1")
    size = weight_bytes(model)
    if size is not None and size <= SMALL:
        return
    cards = gpus()
    if not cards:
        raise KitError(
            f"{model}: needs an NVIDIA GPU and nvidia-smi finds none; on a CPU use the stand-in:"
            " circuit-vqa recipes tiny --out models/tiny, then MODEL=models/tiny (FORCE=1 tries all the same)"
        )
    free = sorted((free for _, free in cards), reverse=True)[min(processes, len(cards)) - 1]
    if free < gpu_gb:
        raise KitError(
            f"{model}: needs {gpu_gb:.0f} GB of free GPU memory, {free:.1f} GB are left; end what else runs there"
            " (nvidia-smi shows it), use train_qlora.sh, or set FORCE=1"
        )
