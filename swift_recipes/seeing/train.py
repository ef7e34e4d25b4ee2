"""Pretrains the stand-in on shards: vision with dense heads, then lists and questions.

Run as: python -m swift_recipes.seeing.train --data data/dense --out runs/seeing        again to go on after a stop
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from swift_recipes.seeing import shards
from swift_recipes.seeing.balance import chosen
from swift_recipes.seeing.model import language_loss, replies, see
from swift_recipes.seeing.rows import collate
from swift_recipes.seeing.score import score
from swift_recipes.seeing.student import Student

Stage = Literal["look", "ask"]


@dataclass(frozen=True)
class Plan:
    """How long and how fast: `look` steps of the vision tower alone, `steps` in all."""

    steps: int = 7500
    look: int = 1500
    look_batch: int = 32
    batch: int = 16
    questions: int = 4
    rate: float = 1e-3
    warmup: int = 100
    heads_weight: float = 0.5
    choices_weight: float = 0.5
    score_every: int = 250
    save_every: float = 120.0  # seconds
    seed: int = 0


class Run:
    """A model in training with all that is needed to go on after a stop."""

    def __init__(self, data: Path, out: Path, plan: Plan) -> None:
        self.data, self.out, self.plan = data, out, plan
        torch.manual_seed(plan.seed)
        self.student = Student(data, out, plan.seed)
        self.step, self.seconds = 0, 0.0
        self.optimizer = torch.optim.AdamW(self._groups(), betas=(0.9, 0.98))
        if (out / "state.pt").is_file():
            self._resume()

    def _groups(self) -> list[dict[str, Any]]:
        """Matrices decay, vectors and the table do not. AdamW of the language model begins with its first gradient."""
        named = [named for part in self.student.parts().values() for named in part.named_parameters()]
        flat = [p for n, p in named if p.ndim < 2 or "embed_tokens" in n]
        deep = [p for n, p in named if p.ndim >= 2 and "embed_tokens" not in n]
        return [{"params": deep, "weight_decay": 0.05}, {"params": flat, "weight_decay": 0.0}]

    def rate(self) -> float:
        """Climbs at the start of each stage; in the last one it falls along a cosine to a fiftieth."""
        plan = self.plan
        begun = plan.look if self.step >= plan.look else 0
        climb = min(1.0, (self.step - begun + 1) / plan.warmup)
        if self.step < plan.look:
            return plan.rate * climb
        gone = (self.step - begun) / (plan.steps - begun)
        return plan.rate * climb * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * gone)))

    def train(self) -> None:
        """Trains to the end of the plan; state is on disk every two minutes."""
        torch.manual_seed(self.plan.seed + self.step)
        looks = min(self.step, self.plan.look)
        todo = self._batches(self.plan.look_batch, 1, looks, self.plan.look - looks)
        self._go(todo, "look")
        asked = self.step - self.plan.look
        todo = self._batches(self.plan.batch, 2, asked, self.plan.steps - self.plan.look - asked)
        self._go(todo, "ask")
        if self.step % self.plan.score_every:
            self.note("held", score(self.student, self.data / "held", looking=False))
        self.save()

    def _batches(self, size: int, seed: int, skip: int, count: int) -> Iterator[list[shards.Picture]]:
        source = shards.batches(self.data / "train", size, self.plan.seed * 10 + seed, skip)
        for _ in range(count):
            yield next(source)

    def _go(self, batches: Iterator[list[shards.Picture]], stage: Stage) -> None:
        saved = began = time.monotonic()
        mean: dict[str, float] = {}
        for pictures in batches:
            said = self.one(pictures, stage)
            for k, v in said.items():
                mean[k] = 0.95 * mean.get(k, v) + 0.05 * v
            self.step += 1
            now = time.monotonic()
            self.seconds, began = self.seconds + now - began, now
            if self.step % 50 == 0:
                self.note("train", mean)
            if self.step % self.plan.score_every == 0:
                self.note("held", score(self.student, self.data / "held", stage == "look"))
            if now - saved > self.plan.save_every:
                self.save()
                saved = now

    def one(self, pictures: list[shards.Picture], stage: Stage) -> dict[str, float]:
        """One step; what it lost and read right."""
        rng = random.Random(f"asked/{self.plan.seed}/{self.step}")
        asked = [
            [] if stage == "look" else chosen(p.truth, self.plan.questions, self.student.fair, rng) for p in pictures
        ]
        batch = collate(pictures, asked, self.student.vocabulary)
        seen = see(self.student.model, batch)
        loss, said = self.student.heads.loss(seen, self.student.heads.targets(pictures))
        said["heads"] = float(loss.detach())
        if stage == "ask":
            said_of = replies(self.student.model, batch, seen)
            words = language_loss(said_of)
            hits = said_of.logits.argmax(1) == said_of.wanted
            said |= {"words": float(words.detach()), "tokens": float(hits.float().mean())}
            said["mcq"] = float(hits[said_of.weights > 1].float().mean())
            choosing, found = self.student.choices.loss(said_of.between, batch)
            said |= found
            loss = words + self.plan.heads_weight * loss + self.plan.choices_weight * choosing
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        parameters = [p for g in self.optimizer.param_groups for p in g["params"] if p.grad is not None]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        return said

    def note(self, what: str, figures: dict[str, float]) -> None:
        """A line of the curve, on disk and on the screen."""
        line = {"what": what, "step": self.step, "seconds": round(self.seconds)} | {
            k: round(v, 4) for k, v in figures.items()
        }
        with (self.out / "curve.jsonl").open("a") as f:
            f.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)

    def save(self) -> None:
        """State to disk, whole or not at all."""
        half = self.out / "state.pt.half"
        state = {
            **{name: part.state_dict() for name, part in self.student.parts().items()},
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "plan": asdict(self.plan),
        }
        torch.save(state, half)
        half.replace(self.out / "state.pt")

    def _resume(self) -> None:
        state = torch.load(self.out / "state.pt", weights_only=True)
        for name, part in self.student.parts().items():
            part.load_state_dict(state[name])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    for name, default in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    given = vars(parser.parse_args())
    data, out = given.pop("data"), given.pop("out")
    torch.set_num_threads(given.pop("threads"))
    Run(data, out, Plan(**given)).train()


if __name__ == "__main__":
    main()
