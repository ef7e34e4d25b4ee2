"""What a run ran on: processor, memory, GPUs, versions. Written beside the run, read by `recipes results`."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from qa.dataset import write_whole

FILE = "machine.json"
PACKAGES = ("circuit-vqa", "ms-swift", "transformers", "torch", "peft", "trl", "bitsandbytes", "deepspeed")


def record(out: Path) -> None:
    """Write OUT/machine.json: when the run began, on what. A run that goes on keeps its first date."""
    began = read(out).get("began") or datetime.now(UTC).isoformat(timespec="seconds")
    write_whole(out / FILE, (json.dumps({"began": began, **facts()}, indent=2) + "\n").encode())


def read(out: Path) -> dict[str, Any]:
    """What `record` wrote; empty where nothing is."""
    try:
        data = json.loads((out / FILE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def facts() -> dict[str, Any]:
    """This machine, without importing torch: `cpu`, `cores`, `ram_gb`, `gpus` (name and GiB of each), `versions`."""
    return {"cpu": cpu(), "cores": cores(), "ram_gb": ram_gb(), "gpus": gpus(), "versions": versions()}


def cpu(info: Path = Path("/proc/cpuinfo")) -> str:
    """Name of the processor."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ram_gb(info: Path = Path("/proc/meminfo")) -> float | None:
    """Memory of the machine in GiB."""
    try:
        found = re.search(r"^MemTotal:\s+(\d+) kB", info.read_text("utf-8"), re.MULTILINE)
    except OSError:
        return None
    return round(int(found[1]) / 1024**2, 1) if found else None


def nvidia(*fields: str) -> list[tuple[str, ...]]:
    """Index and `fields` of nvidia-smi (`memory.free`, in MiB) of each GPU that this process may use; empty without."""
    try:
        text = subprocess.run(
            ["nvidia-smi", f"--query-gpu={','.join(('index', *fields))}", "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=30, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    wanted = re.split(r"[,\s]+", seen) if seen is not None and re.fullmatch(r"[\d,\s]*", seen) else None
    rows = [tuple(field.strip() for field in line.split(",")) for line in text.splitlines()]
    return [r for r in rows if len(r) == len(fields) + 1 and (wanted is None or r[0] in wanted)]


def gpus() -> list[str]:
    """`NVIDIA A100-SXM4-80GB, 80 GiB` for each GPU that this process may use; empty without one."""
    return [
        name + (f", {round(int(mib) / 1024)} GiB" if mib.isdigit() else "")
        for _, name, mib in nvidia("name", "memory.total")
    ]


def versions() -> dict[str, str]:
    """Of Python and of the packages that decide a run; those that are missing are left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
