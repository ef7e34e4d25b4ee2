"""Does GRPO raise the mean reward? Sampled answers before and after, on the rows trained on and on held-out ones.

    python -m benchmarks.grpo_reward --model models/tiny --data data/quickstart --out runs/grpo-reward

MODEL must know the form of an answer: fine-tuned and merged, or the pretrained stand-in. Trains as
shell/train_grpo.sh does, with the recipe's own settings where no flag says otherwise, on a few questions of the train
split. Then the same questions, and questions of the test split on the same families of circuits, are answered
SAMPLES times each at the temperature of training by the model before and after; the rewards are those that trained.
Prints the trainer's own curve, and the mean rewards with 95 % intervals of their difference (bootstrap over pictures;
rows on one picture hang together). With --undecided those questions are trained on whose replies differ in worth, as
samples drawn beforehand with another seed say: the figures before are not the ones they were chosen by. Exit code 1
where the interval of the trained rows reaches 0. Run again, a killed training goes on; OUT/grpo_reward.json holds the
figures.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import forked_swift
from qa.dataset import Dataset, write_whole
from qa.errors import KitError
from qa.formats import swift_rows
from qa.item import Item
from swift_recipes import recipe, rundir
from synth.export import is_exported

RESAMPLES = 2000
ANSWER = "circuit_answer"
POOL = 6
"""So many times --rows are asked to find those that are undecided."""
Rows = list[dict[str, Any]]
FLAGS = {  # of this command: swift's, given only where asked for
    "steps": "max_steps", "rate": "learning_rate", "batch": "per_device_train_batch_size",
    "accumulate": "gradient_accumulation_steps", "generations": "num_generations", "beta": "beta",
    "length": "max_completion_length", "temperature": "temperature",
}  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """The mean rewards of one row's sampled replies, by name of the reward, and of its likeliest reply."""

    picture: str
    rewards: Mapping[str, float]  # `reward` is the weighted sum that training raises
    greedy: Mapping[str, float]
    spread: float = 0.0
    """How much better the best sampled answer is than the worst."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, train, measure, print; 1 where the mean reward of the trained rows did not rise."""
    a = arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    forked_swift.warm()
    kept = rundir.read_kit_env(a.model)
    limits = {k: int(kept.get(k, getattr(forked_swift, k.split("_")[1]))) for k in ("MAX_PIXELS", "MAX_LENGTH")}
    os.environ |= {k: str(v) for k, v in limits.items()}
    found = recipe.load(a.recipe)
    given = {swifts: getattr(a, ours) for ours, swifts in FLAGS.items() if getattr(a, ours) is not None}
    values = found.values | given
    keep = partial(_undecided_of, a, values) if a.undecided else None
    sets = chosen(Dataset(a.data), a.level, a.rows, a.held_out, a.seed, keep)
    for name, rows in sets.items():
        write_whole(a.out / f"{name}.jsonl", "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode())
    before = measured(a, "", sets, values)
    train(found, a, given, limits)
    after = measured(a, str(a.out / "run" / "last"), sets, values)
    figures = {
        "settings": given | {"recipe": a.recipe, "level": a.level, "seed": a.seed, "samples": a.samples,
                              "undecided": a.undecided},
        "curve": curve(a.out / "run" / "logging.jsonl"),
        "sets": {k: compared(before[k], after[k]) for k in sets},
    }  # fmt: skip
    write_whole(a.out / "grpo_reward.json", (json.dumps(figures, indent=1) + "\n").encode())
    return report(figures, values, str(a.model))


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says; None where the recipe decides."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True, help="folder of whole weights")
    p.add_argument("--data", type=Path, default=Path("data/quickstart"), help="dataset folder, split")
    p.add_argument("--out", type=Path, default=Path("runs/grpo-reward"))
    p.add_argument("--recipe", default="tiny/grpo")
    p.add_argument("--level", type=int, nargs="+", default=[1, 2], help="levels of the questions")
    p.add_argument("--rows", type=int, default=48, help="questions trained on")
    p.add_argument("--held-out", type=int, default=96, help="questions of the test split")
    p.add_argument("--samples", type=int, default=8, help="answers measured to each question")
    p.add_argument("--undecided", action="store_true", help="train on questions whose sampled answers differ in worth")
    p.add_argument("--seed", type=int, default=0)
    for name, swifts in FLAGS.items():
        whole = name in ("steps", "batch", "accumulate", "generations", "length")
        p.add_argument(f"--{name}", type=int if whole else float, help=f"swift's {swifts}; else the recipe's")
    return p.parse_args(argv)


def chosen(
    ds: Dataset,
    levels: Sequence[int],
    rows: int,
    held_out: int,
    seed: int,
    keep: Callable[[Rows], list[int]] | None = None,
) -> dict[str, Rows]:
    """GRPO rows, as `synth export` writes them, of the train split and, on the same families, of the test split.

    `keep` says which of POOL times as many rows are trained on, by their numbers.
    """
    items = [i for i in ds.items() if i.level in levels and is_exported(i)]
    trained = _drawn([i for i in items if i.split == "train"], rows * (POOL if keep else 1), seed)
    if keep and trained:
        kept = keep([swift_rows.to_grpo_row(i, ds.root.resolve()) for i in trained])
        trained = [trained[n] for n in kept[:rows]]
    families = {i.origin.family for i in trained}
    held = _drawn([i for i in items if i.split == "test" and i.origin.family in families], held_out, seed)
    if not trained or not held:
        raise KitError(f"{ds.root}: no questions of level {levels} in train and test; see: circuit-vqa synth split")
    root = ds.root.resolve()
    return {name: [swift_rows.to_grpo_row(i, root) for i in some] for name, some in
            (("trained", trained), ("held out", held))}  # fmt: skip


def _undecided_of(a: argparse.Namespace, values: Mapping[str, Any], rows: Rows) -> list[int]:
    """`undecided`, asked with another seed than the figures: rows chosen by lucky replies would only sink."""
    found = undecided(measured(a, "", {"pool": rows}, values, a.seed + 1)["pool"])
    print(f"{len(found)} of {len(rows)} questions are answered now better, now worse", file=sys.stderr, flush=True)
    return found


def undecided(asked: Sequence[Answered]) -> list[int]:
    """Numbers of the rows whose sampled replies differ in worth: only these have something to teach, since GRPO
    compares replies to one question (DAPO, arXiv 2503.14476, 3.2, leaves the others out too)."""
    found = [n for n, a in enumerate(asked) if a.spread > 0]
    if not found:
        raise KitError(f"of {len(asked)} questions none is answered now right, now wrong; take others with --level")
    return found


def _drawn(items: list[Item], count: int, seed: int) -> list[Item]:
    random.Random(f"{seed}").shuffle(items)
    return items[:count]


def train(found: recipe.Recipe, a: argparse.Namespace, given: Mapping[str, object], limits: Mapping[str, int]) -> None:
    """What train_grpo.sh does, on the chosen rows. Goes on where it was killed."""
    out: Path = a.out / "run"
    flags = [word for key, value in given.items() for word in (f"--{key}", str(value))]
    flags += ["--dataset", str((a.out / "trained.jsonl").resolve()), "--seed", str(a.seed), "--data_seed", str(a.seed)]
    flags += ["--report_to", "none"]
    limit = (limits["MAX_PIXELS"], limits["MAX_LENGTH"])
    state, checkpoint = rundir.begin(found, str(a.model.resolve()), a.data, out, *limit, flags)
    if state == "finished":
        return
    print(f"training; what swift says is in {out}/train.log", file=sys.stderr, flush=True)
    resume = ["--resume_from_checkpoint", checkpoint] if state == "resume" else []
    pid = forked_swift.start("rlhf", [str(out / rundir.GIVEN), *resume, *flags], out / "train.log")
    try:
        code = forked_swift.wait(pid)
    except BaseException:  # Ctrl-C, SIGTERM: it has a session of its own and would train on
        os.killpg(pid, signal.SIGTERM)
        raise
    if code:
        raise KitError(f"swift rlhf ended with {code}; see {out}/train.log")
    rundir.finish(out)


def measured(
    a: argparse.Namespace,
    adapter: str,
    sets: Mapping[str, Rows],
    values: Mapping[str, Any],
    seed: int | None = None,
) -> dict[str, list[Answered]]:
    """`answered` of each set, kept in OUT: not asked again where nothing changed."""
    seed = a.seed if seed is None else seed
    how = {k: values[k] for k in ("temperature", "max_completion_length", "reward_funcs", "reward_weights")}
    found = {}
    for name, rows in sets.items():
        mark = json.dumps([str(a.model), adapter, rows, how, a.samples, seed])
        kept = a.out / f"{name}, {'after' if adapter else 'before'}.json"
        there = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
        if there.get("mark") != mark:
            print(f"asking {len(rows)} questions, {name}", file=sys.stderr, flush=True)
            some = forked_swift.call(answered, str(a.model), adapter, rows, values, a.samples, seed)
            there = {"mark": mark, "rows": [vars(x) for x in some]}
            write_whole(kept, json.dumps(there, ensure_ascii=False).encode())
        found[name] = [Answered(**x) for x in there["rows"]]
    return found


def answered(
    model: str, adapter: str, rows: Rows, values: Mapping[str, Any], samples: int, seed: int
) -> list[Answered]:
    """Answers of a model to GRPO rows, sampled by swift's engine as in training, and their rewards."""
    import torch
    from swift.infer_engine import InferRequest, RequestConfig, TransformersEngine
    from swift.rewards import orms
    from swift.template import get_template

    from swift_recipes import plugins  # noqa: F401  puts our rewards into orms
    from swift_recipes.export import bases

    bases.hush()
    logging.getLogger("swift").setLevel(logging.ERROR)
    loaded, processor, kind = bases.load(model)
    template = get_template(processor, template_type=kind, max_length=int(os.environ["MAX_LENGTH"]))
    engine = TransformersEngine(
        loaded, template=template, adapters=[adapter] if adapter else [], max_batch_size=max(1, 128 // samples)
    )
    requests = [InferRequest(messages=r["messages"], images=r["images"]) for r in rows]
    longest = values["max_completion_length"]
    torch.manual_seed(seed)
    sampling = RequestConfig(n=samples, temperature=values["temperature"], max_tokens=longest, top_k=-1, top_p=1.0)
    replies = engine.infer(requests, sampling, use_tqdm=False)
    likeliest = engine.infer(requests, RequestConfig(temperature=0, max_tokens=longest), use_tqdm=False)
    rewards = [
        (n, w, orms[n](args=None)) for n, w in zip(values["reward_funcs"], values["reward_weights"], strict=True)
    ]

    def worth(row: dict[str, Any], said: Any) -> tuple[dict[str, float], float]:
        texts = [str(c.message.content) for c in said.choices]
        each = {n: f(texts, solution=[row["solution"]] * len(texts)) for n, _, f in rewards}
        means = {n: sum(some) / len(texts) for n, some in each.items()}
        answers = each[ANSWER]
        return {"reward": sum(weight * means[n] for n, weight, _ in rewards)} | means, max(answers) - min(answers)

    found = []
    for row, some, one in zip(rows, replies, likeliest, strict=True):
        sampled, spread = worth(row, some)
        found.append(Answered(",".join(row["images"]), sampled, worth(row, one)[0], spread))
    return found


def compared(before: Sequence[Answered], after: Sequence[Answered]) -> dict[str, Any]:
    """Means before and after by reward, with the interval of their difference."""
    figures: dict[str, Any] = {"rows": len(before), "pictures": len({b.picture for b in before})}
    for how in ("rewards", "greedy"):
        for name in getattr(before[0], how):
            old = [getattr(b, how)[name] for b in before]
            new = [getattr(x, how)[name] for x in after]
            means = sum(old) / len(old), sum(new) / len(new)
            pairs = list(zip((b.picture for b in before), old, new, strict=True))
            figures[name if how == "rewards" else f"greedy {name}"] = [*means, *interval(pairs)]
    return figures


def interval(pairs: Sequence[tuple[str, float, float]], seed: str = "grpo") -> tuple[float, float]:
    """95 % interval of the mean of after less before, rows given as (cluster, before, after): clusters are drawn."""
    clusters: dict[str, list[float]] = {}
    for cluster, before, after in pairs:
        clusters.setdefault(cluster, []).append(after - before)
    sums = [(sum(c), len(c)) for c in clusters.values()]
    draw = random.Random(seed)
    drawn = []
    for _ in range(RESAMPLES):
        picked = draw.choices(sums, k=len(sums))
        drawn.append(sum(s for s, _ in picked) / sum(n for _, n in picked))
    drawn.sort()
    return drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]


def curve(log: Path) -> list[dict[str, float]]:
    """What the trainer logged of each step: its reward, those it is made of, groups of equal replies, KL."""
    wanted = ("reward", "frac_reward_zero_std", "kl", "step_time")
    steps: dict[int, dict[str, float]] = {}  # a resumed run logs some steps twice
    for line in log.read_text("utf-8").splitlines():
        row = json.loads(line)
        if "reward" in row:
            step = int(str(row["global_step/max_steps"]).split("/")[0])
            steps[step] = {k: float(v) for k, v in row.items() if k in wanted or k.startswith("rewards/")}
    return [{"step": s} | steps[s] for s in sorted(steps)]


def report(figures: Mapping[str, Any], values: Mapping[str, Any], model: str) -> int:
    """Print curve and table; 1 where the mean reward of the trained rows did not rise."""
    steps, replies = figures["curve"], values["per_device_train_batch_size"] * values["gradient_accumulation_steps"]
    print(f"GRPO of {model}: {len(steps)} steps of {replies} replies, {values['num_generations']} to a question, rate"
          f" {values['learning_rate']:g}, beta {values['beta']:g}, temperature {values['temperature']:g};"
          f" {sum(s.get('step_time', 0.0) for s in steps) / 60:.1f} min")  # fmt: skip
    size = max(1, -(-len(steps) // 10))
    print(f"\n{'trainer, steps':<16}{'reward':>8}{'answer':>8}{'form':>8}{'groups of equal replies':>26}")
    for start in range(0, len(steps), size):
        some = steps[start : start + size]
        keys = ("reward", "rewards/CircuitAnswer/mean", "rewards/CircuitForm/mean", "frac_reward_zero_std")
        reward, answer, form, equal = (sum(s.get(k, 0.0) for s in some) / len(some) for k in keys)
        at = f"{some[0]['step']:.0f}-{some[-1]['step']:.0f}"
        print(f"{at:<16}{reward:>8.3f}{answer:>8.3f}{form:>8.3f}{equal:>26.0%}")
    for name, found in figures["sets"].items():
        print(f"\n{name + ':':<10}{found['rows']} rows on {found['pictures']} pictures")
        print(f"{'':<26}{'before':>8}{'after':>8}{'difference':>12}")
        for reward, cell in found.items():
            if isinstance(cell, list):
                old, new, low, high = cell
                print(f"{reward:<26}{old:>8.3f}{new:>8.3f}{new - old:>+12.3f} [{low:+.3f}, {high:+.3f}]")
    rose = bool(figures["sets"]["trained"]["reward"][2] > 0)
    print(f"\nthe mean reward of the trained rows {'rose' if rose else 'did NOT rise'}")
    return 0 if rose else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KitError as e:
        sys.exit(f"error: {e}")
