"""Quantising a merged model with `swift export`: what each method needs, and a folder that is whole or not there."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.dataset import file_hash
from qa.errors import KitError
from swift_recipes import checks
from swift_recipes.rundir import read_kit_env, seal_folder

SAMPLES = 256
"""Rows for calibration; swift's default."""
GROUP = 128
"""Weights that share a scale, in AWQ and GPTQ; swift's default."""


@dataclass(frozen=True)
class Method:
    """What `swift export --quant_method` of ms-swift 4.6 wants."""

    bits: tuple[int, ...]  # allowed, the default first; empty: the method has one width of its own
    modules: tuple[str, ...]  # imported by swift for it
    install: str  # how they come
    calibrates: bool = False  # reads training rows
    pixels: bool = False  # and shows the model their pictures
    needs_gpu: bool = False


METHODS = {
    "bnb": Method((4, 8), ("bitsandbytes",), "bash shell/setup.sh"),
    "fp8": Method((), ("accelerate",), "bash shell/setup.sh", needs_gpu=True),
    "awq": Method((4,), ("awq",), "uv pip install -c constraints.txt autoawq", calibrates=True),
    "gptq": Method(
        (4, 8, 3, 2), ("optimum", "gptqmodel"), "see docs/export.md, GPTQ", calibrates=True, pixels=True
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One quantisation: from where, how, to where."""

    method: str
    bits: int | None
    model: Path
    out: Path
    rows: Path | None  # calibration rows

    @property
    def making(self) -> Path:
        """Where swift writes; becomes `out` when it is whole."""
        return self.out.parent / f".{self.out.name}.making"

    @property
    def mark(self) -> str:
        """By which a second start knows what is there: method, weights and calibration rows."""
        weights = [(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in sorted(self.model.glob("*.safetensors"))]
        rows = file_hash(self.rows) if self.rows else ""
        return hashlib.sha256(json.dumps([self.method, self.bits, weights, rows]).encode()).hexdigest()[:16]


def plan(method: str, bits: int | None, model: Path, out: Path | None, data: Path) -> Job:
    """A checked method and width. Without `out` the folder is beside the model, as swift names it.

    Raises:
        KitError: no such method or width.
    """
    found = METHODS.get(method)
    if found is None:
        raise KitError(f"QUANT={method}: take one of {', '.join(METHODS)}")
    if not found.bits and bits is not None:
        raise KitError(f"QUANT={method} has one width; leave BITS out")
    if found.bits and bits is not None and bits not in found.bits:
        raise KitError(f"QUANT={method} BITS={bits}: take BITS={' or '.join(map(str, found.bits))}")
    bits = bits or (found.bits[0] if found.bits else None)
    name = f"{model.name}-{method}" + (f"-int{bits}" if bits else "")
    rows = data / "swift" / "train.jsonl" if found.calibrates else None
    return Job(method, bits, model, out or model.parent / name, rows)


def check(job: Job) -> bool:
    """Whether the same result is there already. Looks at everything before an hour is spent.

    Raises:
        KitError: model, rows, packages, GPU or disk will not do, or `out` holds something else.
    """
    method = METHODS[job.method]
    if not job.model.is_dir():
        raise KitError(f"{job.model}: no such folder; a hub name cannot be quantised here: merge first, shell/merge.sh")
    checks.check_model(str(job.model))
    if "quantization_config" in json.loads((job.model / "config.json").read_text("utf-8")):
        raise KitError(f"{job.model}: is quantised already; take the merged folder it was made from")
    if job.rows:
        checks.check_rows(job.rows)
    if job.out.exists():
        there = read_kit_env(job.out).get("QUANTISED")
        if there == job.mark:
            return True
        if there is None:
            raise KitError(f"{job.out}: exists and was not made by quantize.sh; name another OUT=…")
    missing = [m for m in method.modules if importlib.util.find_spec(m) is None]
    if missing:
        raise KitError(
            f"QUANT={job.method} needs {' and '.join(missing)}, not installed; run: {method.install}"
            " (see docs/export.md), or take QUANT=bnb"
        )
    if method.needs_gpu and not checks.gpus():
        raise KitError(
            f"QUANT={job.method}: transformers makes it on a GPU only and nvidia-smi finds none; take QUANT=bnb here"
        )
    size = (checks.weight_bytes(str(job.model)) or 0) / checks.GB
    checks.check_disk(job.out, 1.1 * size + 0.1)
    return False


def flags(job: Job, samples: int) -> list[str]:
    """For `swift export`, beside those that name the model."""
    given = ["--quant_method", job.method, "--output_dir", str(job.making)]
    if job.bits:
        given += ["--quant_bits", str(job.bits)]
    if job.rows:
        given += ["--dataset", str(job.rows.resolve()), "--quant_n_samples", str(samples), "--group_size", str(GROUP)]
        given += ["--load_from_cache_file", "false"]
    return given


def seal(job: Job) -> Path:
    """Make what swift wrote into `out`, with its limits and its mark beside it. Returns the folder.

    Raises:
        KitError: swift left no quantised weights.
    """
    try:
        config: dict[str, Any] = json.loads((job.making / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as e:
        raise KitError(f"{job.making}: swift left no model there ({e}); see quantize.log") from e
    if "quantization_config" not in config or not any(job.making.glob("*.safetensors")):
        raise KitError(f"{job.making}: swift left weights that are not quantised; see quantize.log")
    was = read_kit_env(job.model)
    limits = {k: was[k] for k in ("MAX_PIXELS", "MAX_LENGTH") if k in was}
    if (mark := job.model / "stand_in.json").is_file():  # the scripts take the stand-in's recipes by it
        shutil.copyfile(mark, job.making / mark.name)
    return seal_folder(job.making, job.out, FROM=job.model.name, QUANTISED=job.mark, **limits)


def sizes(job: Job) -> tuple[float, float]:
    """Weights before and after, in MB."""
    before, after = (checks.weight_bytes(str(f)) or 0 for f in (job.model, job.out))
    return before / 1e6, after / 1e6
