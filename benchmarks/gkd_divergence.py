"""Does GKD bring a student closer to its teacher than more fine-tuning does? On the stand-in, on two CPU cores.

Run as: python -m benchmarks.gkd_divergence [--data data/quickstart] [--out runs/gkd-divergence]

Trains by real `swift` commands: a bigger stand-in (the teacher, full fine-tuning), the stand-in (the student), and
from that student with the same number of further steps, batch and learning rate (a) more fine-tuning, (b) GKD on the
dataset's answers (lmbda 0) with beta 0, which minimises KL(teacher || student), (c) the same with beta 0.5, which
minimises the Jensen-Shannon divergence, (d) GKD as the recipe has it (lmbda 0.5). Then prints the divergence from the
teacher, in nats a token on the answers of held-out rows (val and test), with 95 % intervals by bootstrap over pictures,
and its ratio to (a). Exit code 1 where (b) or (c) is not closer than (a) in what it minimises. About a quarter of an
hour; run again, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from qa.dataset import write_whole
from swift_recipes import recipe, rundir, stand_in
from swift_recipes.gkd import divergence


def main() -> int:
    """Train what is missing, print the figures; 1 where GKD on the dataset's answers is not closer."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", type=Path, default=Path("data/quickstart"))
    args.add_argument("--out", type=Path, default=Path("runs/gkd-divergence"))
    args.add_argument("--teacher-steps", type=int, default=60)
    args.add_argument("--student-steps", type=int, default=40)
    args.add_argument("--steps", type=int, default=30, help="further steps, of each way")
    args.add_argument("--seed", type=int, default=0)
    args.add_argument(
        "--stop-after", default="", help="end after this run: teacher, student, sft, gkd, gkd_jsd, gkd_own"
    )
    args.add_argument("--batch", type=int, default=4)
    args.add_argument("--rows", type=int, default=160, help="held-out rows measured, at most")
    a = args.parse_args()
    out: Path = a.out
    os.environ |= {"MAX_PIXELS": str(stand_in.PIXELS), "HF_HUB_OFFLINE": "1"}  # before swift is imported
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait for a busy core do not burn it
    stand_in.build(out / "big", a.seed, "teacher")
    stand_in.build(out / "small", a.seed)
    batch = {"per_device_train_batch_size": a.batch, "seed": a.seed}
    more = batch | {"max_steps": a.steps, "learning_rate": 5e-4, "data_seed": a.seed + 1}
    full = {k: recipe.load("tiny/full").values[k] for k in ("tuner_type", "freeze_vit", "freeze_aligner")}
    soft = more | full | {"teacher_model": str((out / "teacher" / "last").resolve())}
    ways: dict[str, tuple[str, str, dict[str, Any]]] = {  # run: recipe, model to start from, keys
        "teacher": ("tiny/full", "big", batch | {"max_steps": a.teacher_steps}),
        "student": ("tiny/full", "small", batch | {"max_steps": a.student_steps}),
        "sft": ("tiny/full", "student/last", more),
        "gkd": ("tiny/gkd", "student/last", soft | {"lmbda": 0, "sft_alpha": 0, "beta": 0}),
        "gkd_jsd": ("tiny/gkd", "student/last", soft | {"lmbda": 0, "sft_alpha": 0, "beta": 0.5}),
        "gkd_own": ("tiny/gkd", "student/last", soft),
    }
    for name, (name_of_recipe, model, keys) in ways.items():
        train(recipe.load(name_of_recipe), out / model, a.data, out / name, keys)
        if name == a.stop_after:
            break
    rows = [r for split in ("test", "val") for r in divergence.rows_of(a.data / "swift" / f"{split}.jsonl")][: a.rows]
    students = [name for name in list(ways)[1:] if (out / name / "last").exists()]
    if "gkd" not in students:
        return 0
    measured = divergence.measure(out / "teacher" / "last", [out / s / "last" for s in students], rows)
    found = dict(zip(students, measured, strict=True))
    return report(found, a.steps)


def train(found: recipe.Recipe, model: Path, data: Path, out: Path, keys: dict[str, Any]) -> None:
    """One `swift` command to its end, resumed where it was stopped; nothing where it is done."""
    steps = int(keys["max_steps"])
    checkpoint = rundir.last_checkpoint(out)
    if checkpoint is not None and checkpoint.name == f"checkpoint-{steps}":
        rundir.link_last(out)
        return
    kind = str(found.values.get("rlhf_type", ""))
    rows = data / "swift" / ("gkd.jsonl" if kind and (data / "swift" / "gkd.jsonl").is_file() else "train.jsonl")
    given: dict[str, Any] = {
        "model": str(model.resolve()),
        "dataset": [str(rows.resolve())],
        "output_dir": str(out.resolve()),
    }
    given |= {"max_length": stand_in.LENGTH, "eval_strategy": "no", "save_steps": 20, "save_total_limit": 1} | keys
    file = out.parent / f"{out.name}.yaml"
    write_whole(file, found.to_yaml(given).encode())
    command = ["rlhf" if kind else "sft", str(file), "--load_args", "false"]
    if checkpoint is not None:
        command += ["--resume_from_checkpoint", str(checkpoint)]
    print("$ swift", *command, flush=True)
    swift(command)
    rundir.link_last(out)


def swift(command: list[str]) -> None:
    """What the `swift` command does, in this process: importing it takes half a minute of CPU, here once."""
    from swift.cli.main import parse_yaml_args
    from swift.pipelines import rlhf_main, sft_main

    argv = command[1:]
    parse_yaml_args(argv)
    (rlhf_main if command[0] == "rlhf" else sft_main)(argv)


MINIMISED = {"gkd": "forward_kl", "gkd_jsd": "jsd"}
"""What a run is judged by: the divergence that its beta stands for."""


def report(found: dict[str, list[divergence.Row]], steps: int) -> int:
    """Print the table; 1 where GKD on the dataset's answers is not closer to the teacher than fine-tuning alone."""
    said = {"student": "student before", "sft": f"+ {steps} steps of SFT", "gkd": f"+ {steps} of GKD, beta 0",
            "gkd_jsd": f"+ {steps} of GKD, beta 0.5", "gkd_own": f"+ {steps} of GKD, own answers"}  # fmt: skip
    rows = found["sft"]
    pictures = len({r.cluster for r in rows})
    print(
        f"{len(rows)} held-out rows on {pictures} pictures, {sum(r.tokens for r in rows)} answer tokens; nats a token"
    )
    print(f"{'':<28}{'KL(teacher || student)':>25}{'to SFT':>8}{'JSD':>25}{'to SFT':>8}{'truth':>8}{'same top':>10}")
    for name, mine in found.items():
        cells = ""
        for figure in ("forward_kl", "jsd"):
            low, high = divergence.interval(mine, figure)
            value = divergence.mean(mine, figure)
            cells += f"{f'{value:.3f} [{low:.3f}, {high:.3f}]':>25}{value / divergence.mean(rows, figure):>7.2f}x"
        cells += f"{divergence.mean(mine, 'truth'):>8.3f}{divergence.mean(mine, 'agrees'):>10.1%}"
        print(f"{said[name]:<28}{cells}")
    closer = True
    for name, figure in MINIMISED.items():
        if name in found:
            low, high = divergence.interval(found[name], figure, rows)
            by = divergence.mean(found[name], figure) - divergence.mean(rows, figure)
            print(f"{said[name]}, less SFT, {figure}: {by:+.4f} [{low:+.4f}, {high:+.4f}]")
            closer = closer and high < 0
    return 0 if closer else 1


if __name__ == "__main__":
    sys.exit(main())
