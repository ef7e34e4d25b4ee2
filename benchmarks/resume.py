"""Kill a training at a random point, start it again: is the end the same as without the kill?

    python -m benchmarks.resume [--methods lora qlora full grpo] [--model models/tiny] [--data data/quickstart]

For each method: one run without a stop; one killed with SIGKILL at a random moment after its first checkpoint, in the
first half of what then remains, and started again by the same settings. Printed: steps, epoch (so rows seen), last
logged loss, and the largest difference of any trained weight.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import forked_swift
from swift_recipes import rundir

STEPS, SAVE = 6, 2
METHODS = ("lora", "qlora", "full", "grpo")


@dataclass(frozen=True)
class Ending:
    """How a run ended: step, share of an epoch, last loss, and where its weights lie."""

    step: int
    epoch: float
    loss: float
    weights: Path


def flags(method: str) -> list[str]:
    """Few small steps; a checkpoint every second one, each step logged."""
    given = ["--max_steps", str(STEPS), "--save_steps", str(SAVE), "--eval_strategy", "no", "--logging_steps", "1"]
    given += ["--per_device_train_batch_size", "4", "--report_to", "none", "--warmup_ratio", "0"]
    return given + (["--max_completion_length", "8", "--num_generations", "4"] if method == "grpo" else [])


def whole(method: str, model: Path, data: Path, out: Path) -> tuple[Ending, float]:
    """A run without a stop; returns also the seconds it took after its first checkpoint."""
    _, pid = forked_swift.begin_training(f"tiny/{method}", model, data, out, flags(method))
    forked_swift.wait_for(out / f"checkpoint-{SAVE}" / "trainer_state.json", pid)
    began = time.monotonic()
    return _ended(out, pid), time.monotonic() - began


def killed(method: str, model: Path, data: Path, out: Path, seed: int, within: float) -> tuple[Ending, int]:
    """A run killed `within` seconds of its first checkpoint, and started again; returns also where it went on from."""
    name = f"tiny/{method}"
    _, pid = forked_swift.begin_training(name, model, data, out, flags(method))
    forked_swift.wait_for(out / f"checkpoint-{SAVE}" / "trainer_state.json", pid)
    time.sleep(random.Random(f"{seed}-{method}").uniform(0, within))
    os.killpg(pid, signal.SIGKILL)
    code = forked_swift.wait(pid)
    if code != -signal.SIGKILL:
        raise RuntimeError(f"{method}: had ended before the kill ({code}); see {out}/train.log")
    state, pid = forked_swift.begin_training(name, model, data, out, flags(method))
    if state != "resume":
        raise RuntimeError(f"{method}: did not go on but began anew")
    newest = rundir.last_checkpoint(out)
    assert newest is not None
    return _ended(out, pid), int(newest.name.removeprefix("checkpoint-"))


def _ended(out: Path, pid: int) -> Ending:
    if code := forked_swift.wait(pid):
        raise RuntimeError(f"{out}: swift ended with {code}:\n{(out / 'train.log').read_text('utf-8')[-2000:]}")
    step = rundir.finish(out)
    last = out / f"checkpoint-{step}"
    state = json.loads((last / "trainer_state.json").read_text("utf-8"))
    losses = [row["loss"] for row in state["log_history"] if "loss" in row]
    weights = next(last.glob("*model*.safetensors"))
    return Ending(state["global_step"], state["epoch"], losses[-1], weights)


def apart(one: Path, other: Path) -> float:
    """Largest difference between two files of weights."""
    from safetensors.torch import load_file

    a, b = load_file(one), load_file(other)
    if a.keys() != b.keys():
        raise RuntimeError(f"{one} and {other} hold different weights")
    return max(float((a[k].float() - b[k].float()).abs().max()) for k in a)


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--model", type=Path, default=Path("models/tiny"))
    parser.add_argument("--data", type=Path, default=Path("data/quickstart"))
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args(argv)
    forked_swift.warm()
    print(f"{'method':<8} {'went on from':>12} {'steps':>9} {'epochs':>15} {'last loss':>19} {'weights apart':>14}")
    with tempfile.TemporaryDirectory() as tmp:
        for method in given.methods:
            one, rest = whole(method, given.model, given.data, Path(tmp) / f"{method}-whole")
            two, at = killed(method, given.model, given.data, Path(tmp) / f"{method}-killed", given.seed, rest / 2)
            print(
                f"{method:<8} {at:>12} {one.step:>4}/{two.step:<4} {one.epoch:>7.4f}/{two.epoch:<7.4f}"
                f" {one.loss:>9.5f}/{two.loss:<9.5f} {forked_swift.call(apart, one.weights, two.weights):>14.1e}",
                flush=True,
            )


if __name__ == "__main__":
    main()
