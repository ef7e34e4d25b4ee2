"""Samples a second and memory: a plain `swift sft` LoRA command against our recipe, same rows, same quality settings.

Speed and memory do not depend on the values of weights, so Qwen2.5-VL-3B's real architecture is built with random ones:
nothing is downloaded. Both runs must have trained with the same rank, rate, batch, limits and seeds (read from the
args.json that swift left), else there is no ratio. Aim: 2 x the samples a second.

Run as: python -m benchmarks.gpu_throughput --data data/mine                       on a GPU
        python -m benchmarks.gpu_throughput --tiny --steps 4 --data data/quickstart     on a CPU, to see that it runs
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from qa.errors import KitError
from swift_recipes import machine, recipe, shapes, stand_in
from swift_recipes.peak import Peak
from swift_recipes.results import collect

MODEL = "Qwen2.5-VL-3B"
SWIFT = str(Path(sys.executable).with_name("swift"))
QUALITY = (
    "tuner_type", "quant_bits", "lora_rank", "lora_alpha", "lora_dropout", "target_modules", "freeze_llm", "freeze_vit",
    "freeze_aligner", "learning_rate", "lr_scheduler_type", "weight_decay", "warmup_ratio", "max_length", "max_pixels",
    "truncation_strategy", "torch_dtype", "seed", "data_seed", "max_steps",
)  # fmt: skip
"""What decides the outcome of a training; whatever else differs is a matter of speed."""


@dataclass(frozen=True)
class Measured:
    """One run: samples a second, GiB of one GPU, GiB of all processes, what swift was given."""

    speed: float
    gpu: float | None
    ram: float
    args: dict[str, Any]


def build_model(folder: Path, tiny: bool) -> None:
    """Write the model with random weights, unless it is there: the stand-in, or Qwen2.5-VL-3B in bfloat16 (7.5 GB)."""
    if tiny:
        stand_in.build(folder)
        return
    if (folder / "config.json").is_file():
        return
    import torch
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    s, ids = shapes.SHAPES[MODEL], stand_in.IDS
    config = Qwen2_5_VLConfig(
        vision_config={
            "depth": s.vision_depth, "hidden_size": s.vision_hidden, "intermediate_size": s.vision_intermediate,
            "num_heads": 16, "out_hidden_size": s.hidden, "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31],
            "tokens_per_second": 2,
        },
        text_config={
            "vocab_size": s.vocab, "hidden_size": s.hidden, "intermediate_size": s.intermediate,
            "num_hidden_layers": s.layers, "num_attention_heads": s.heads, "num_key_value_heads": s.kv_heads,
            "max_position_embeddings": 128000, "rms_norm_eps": 1e-6, "tie_word_embeddings": s.tied,
            "bos_token_id": ids["<|endoftext|>"], "eos_token_id": ids["<|im_end|>"],
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]},
        },
        image_token_id=ids["<|image_pad|>"], video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=s.tied, dtype="bfloat16",
    )  # fmt: skip
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = Qwen2_5_VLForConditionalGeneration(config)
    torch.set_default_dtype(torch.float32)
    stand_in.build_processor().save_pretrained(folder)
    model.save_pretrained(folder)  # written last: config.json says that all is there


def shared(args: argparse.Namespace, values: dict[str, Any]) -> list[str]:
    """Flags of both runs: rows, limits, and the quality settings of our recipe."""
    wanted = {k: values[k] for k in QUALITY if k in values and k not in ("max_steps", "max_length", "max_pixels")}
    flags = ["--model", str(args.model), "--model_type", "qwen2_5_vl", "--template", "qwen2_5_vl"]
    flags += ["--check_model", "false", "--dataset", f"{args.data.resolve()}/swift/train.jsonl"]
    flags += ["--max_length", str(args.max_length), "--max_steps", str(args.steps), "--logging_steps", "1"]
    flags += ["--save_strategy", "no", "--eval_strategy", "no", "--split_dataset_ratio", "0", "--report_to", "none"]
    flags += ["--add_version", "false", "--create_checkpoint_symlink", "false", "--load_from_cache_file", "false"]
    for key, value in wanted.items():
        flags += [f"--{key}", str(value).lower() if isinstance(value, bool) else str(value)]
    return flags


def plain(args: argparse.Namespace, values: dict[str, Any]) -> list[str]:
    """`swift sft` as ms-swift's README has it: one row at a time, gathered to as many a step as ours."""
    rows = int(values.get("per_device_train_batch_size", 1)) * int(values.get("gradient_accumulation_steps", 1))
    batch = ["--per_device_train_batch_size", "1", "--gradient_accumulation_steps", str(rows)]
    cpu = ["--fp16", "false", "--bf16", "false"] if args.tiny else []
    return [SWIFT, "sft", *shared(args, values), *batch, *cpu]


def ours(args: argparse.Namespace, found: recipe.Recipe, folder: Path) -> list[str]:
    """Our recipe, with the same flags behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe-given.yaml").write_text(found.to_yaml({"model": str(args.model)}), "utf-8")
    return [SWIFT, "sft", str(folder / "recipe-given.yaml"), *shared(args, found.values)]


def measure(command: list[str], out: Path, max_pixels: int) -> Measured:
    """Run one command to its end. Raises KitError with the end of its log where it fails."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "logging.jsonl").unlink(missing_ok=True)
    env = os.environ | {"MAX_PIXELS": str(max_pixels), "HF_HUB_OFFLINE": "1"}
    log = out / "train.log"
    with log.open("wb") as f:
        child = subprocess.Popen(
            [*command, "--output_dir", str(out)], stdout=f, stderr=subprocess.STDOUT, env=env, start_new_session=True
        )
        peak = Peak(child.pid)
        try:
            while child.poll() is None:
                peak.look()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(0.5)
        finally:  # Ctrl-C and the like: swift has a group of its own and would go on
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    if child.returncode:
        end = " ".join(log.read_text("utf-8", "replace").split())[-300:]
        raise KitError(f"{shlex.join(command[:3])} … ended with {child.returncode}: {end}; all of it: {log}")
    rows = [r for r in collect.log_rows(out / "logging.jsonl") if "global_step/max_steps" in r]
    args = json.loads((out / "args.json").read_text("utf-8"))
    speed = collect.speed(rows, collect.rows_a_step(args))
    if speed is None:
        raise KitError(f"{out}: too few steps to measure; give more: --steps")
    gpu = max((r["memory(GiB)"] for r in rows if "memory(GiB)" in r), default=None)
    return Measured(speed, gpu, peak.bytes / 1024**3, args)


def differing(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """Quality settings in which two runs differ, rows a step among them."""
    found = [f"{k}: {a.get(k)} and {b.get(k)}" for k in QUALITY if a.get(k) != b.get(k)]
    rows = collect.rows_a_step(a), collect.rows_a_step(b)
    return found + ([f"rows a step: {rows[0]} and {rows[1]}"] if rows[0] != rows[1] else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/quickstart"), help="dataset folder, exported")
    parser.add_argument("--tiny", action="store_true", help="the stand-in, for a machine without a GPU")
    parser.add_argument("--recipe", action="append", help="ours; several may be given")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=1, help="of each; the median counts")
    parser.add_argument("--max-pixels", type=int, default=0)
    parser.add_argument("--max-length", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("tmp/throughput"))
    args = parser.parse_args()
    args.out = args.out.resolve()
    args.model = args.out / ("tiny" if args.tiny else "random-3b")
    args.max_pixels = args.max_pixels or (stand_in.PIXELS if args.tiny else 1003520)
    args.max_length = args.max_length or (stand_in.LENGTH if args.tiny else 2048)
    names = args.recipe or (["tiny/lora"] if args.tiny else ["qwen2_5_vl_3b/lora"])
    there = machine.facts()
    if not args.tiny and not there["gpus"]:
        raise KitError("no NVIDIA GPU here; --tiny shows on a CPU that the benchmark runs")
    args.out.mkdir(parents=True, exist_ok=True)
    build_model(args.model, args.tiny)

    recipes = [recipe.load(name) for name in names]
    where = ", ".join(there["gpus"]) or f"CPU ({there['cpu']}, {there['cores']} cores)"
    what = "THE STAND-IN ON A CPU: says nothing about a GPU or about 3B" if args.tiny else f"{MODEL}, random weights"
    print(f"{what}\n{where}; {args.steps} steps, {args.rounds} rounds, {args.data.name}, MAX_PIXELS={args.max_pixels}")
    print(f"{'run':<28}{'samples/s':>10}{'GPU GiB':>9}{'RAM GiB':>9}{'ratio':>7}")
    base = _median(plain(args, recipes[0].values), args, "plain")
    _line("plain swift sft", base, base)
    for found in recipes:
        folder = args.out / found.name.replace("/", "-")
        run = _median(ours(args, found, folder), args, folder.name)
        _line(found.name, run, base)
        if other := differing(base.args, run.args):
            raise KitError(
                f"{found.name}: not the same quality settings, so the ratio says nothing: {'; '.join(other)}"
            )


def _median(command: list[str], args: argparse.Namespace, name: str) -> Measured:
    runs = [measure(command, args.out / f"{name}-{i}", args.max_pixels) for i in range(args.rounds)]
    middle = median(r.speed for r in runs)
    return min(runs, key=lambda r: abs(r.speed - middle))


def _line(name: str, run: Measured, base: Measured) -> None:
    gpu = "–" if run.gpu is None else f"{run.gpu:.1f}"
    print(f"{name:<28}{run.speed:>10.2f}{gpu:>9}{run.ram:>9.2f}{run.speed / base.speed:>7.2f}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KitError as e:
        sys.exit(str(e))
