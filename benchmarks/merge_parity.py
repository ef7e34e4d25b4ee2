"""Every kind of adapter, trained a few steps and merged: do merged weights answer like the adapter?

    python -m benchmarks.merge_parity --model runs/quickstart/merged [--kinds lora qlora …] [--count 100] [--steps 10]

MODEL should know how to answer (a random one's logits are flat, so any rounding turns them over). For each kind: same
greedy answers on held-out questions, for QLoRA also of the adapter as it was trained, on the 4-bit base, merged onto
each of its two bases.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import forked_swift
from swift_recipes import rundir
from swift_recipes.export import asking, bases

KINDS: dict[str, tuple[str, Sequence[str]]] = {  # recipe, further flags
    "full": ("tiny/full", ()),  # no adapter: only to teach MODEL
    "lora": ("tiny/lora", ()),
    "qlora": ("tiny/qlora", ()),
    "rslora": ("tiny/lora+rslora", ()),
    "lora+": ("tiny/lora+lora_plus", ()),
    "vision": ("tiny/lora+vision", ()),
    "aligner whole": ("tiny/lora", ("--modules_to_save", "merger")),
    "grpo": ("tiny/grpo", ("--max_completion_length", "8")),
    "gkd": ("tiny/gkd", ("--max_completion_length", "8", "--teacher_model", "MODEL")),
}


def train(kind: str, model: Path, data: Path, out: Path, steps: int) -> Path:
    """A run of `steps` steps; returns OUT/last."""
    recipe, more = KINDS[kind]
    given = ["--max_steps", str(steps), "--save_steps", str(steps), "--eval_strategy", "no", "--report_to", "none"]
    given += ["--per_device_train_batch_size", "8", *(str(model) if word == "MODEL" else word for word in more)]
    _, pid = forked_swift.begin_training(recipe, model, data, out, given)
    if code := forked_swift.wait(pid):
        raise RuntimeError(f"{kind}: swift ended with {code}:\n{(out / 'train.log').read_text('utf-8')[-3000:]}")
    rundir.finish(out)
    return out / "last"


def merge(out: Path, onto: str) -> Path:
    """What merge.sh does; returns OUT/merged."""
    shutil.rmtree(out / ".merging", ignore_errors=True)
    base = forked_swift.call(bases.for_merging, out, onto)
    words = ["--load_args", "false", "--model", base, "--model_type", "qwen2_5_vl", "--template", "qwen2_5_vl"]
    words += ["--merge_lora", "true", "--adapters", str(out / "last"), "--output_dir", str(out / ".merging")]
    if code := forked_swift.wait(forked_swift.start("export", words, out / "merge.log")):
        raise RuntimeError(f"swift export ended with {code}:\n{(out / 'merge.log').read_text('utf-8')[-3000:]}")
    shutil.rmtree(out / ".base", ignore_errors=True)
    return rundir.seal(out, (out / "last").resolve(), onto)


def main(argv: Sequence[str] | None = None) -> None:
    """Print one line a comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("data/quickstart"))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS)[1:], choices=list(KINDS)[1:])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--steps", type=int, default=10, help="of each adapter")
    parser.add_argument("--teach", type=int, default=0, help="steps of full training that MODEL gets first")
    given = parser.parse_args(argv)
    forked_swift.warm()
    rows = asking.read_rows(given.data / "swift" / "test.jsonl", given.count)
    print(f"{'adapter':<14} {'asked on':<22} {'merged onto':<12} {'same':>9} {'log-probabilities apart':>24}")
    with tempfile.TemporaryDirectory() as tmp:
        if given.teach:
            given.model = train("full", given.model, given.data, Path(tmp) / "taught", given.teach)
        for kind in given.kinds:
            out = Path(tmp) / kind.replace(" ", "-")
            last = train(kind, given.model, given.data, out, given.steps)
            args = bases.read_args(last)
            small = bases.quantised(args)
            trained = forked_swift.call(asking.answers, args["model"], rows, last, args)
            for onto in bases.ONTO if small else ("plain",):
                merged = forked_swift.call(asking.answers, str(merge(out, onto)), rows)
                found = asking.compare(rows, trained, merged)
                asked_on = "4-bit base, as trained" if small else "base"
                print(
                    f"{kind:<14} {asked_on:<22} {onto if small else 'base':<12} {found.same:>4}/{found.asked:<4}"
                    f" {found.widest:>24.1e}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
