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
from swift_recipes.seeing.balance import Fair, chosen
from swift_recipes.seeing.choices import Choices
from swift_recipes.seeing.heads import Heads, Letters
from swift_recipes.seeing.model import language_loss, pretrainable, replies, see
from swift_recipes.seeing.rows import Vocabulary, collate
from swift_recipes.seeing.score import score
from swift_recipes.stand_in import build_tokenizer

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


def texts_of(pictures: list[shards.Picture]) -> Iterator[str]:
    """Every text a model is asked or should say about these pictures."""
    for picture in pictures:
        for asked in (*picture.truth["lists"], *picture.truth["questions"]):
            yield asked["user"]
            yield asked["reply"]


def first(folder: Path, count: int = 24) -> Iterator[shards.Picture]:
    """The pictures of the first shards: enough of them to meet all there is."""
    return (p for path in shards.paths(folder)[:count] for p in shards.read(path))


def in_use(pictures: list[shards.Picture], tokenizer: Any) -> tuple[Vocabulary, Letters, tuple[str, ...]]:
    """Vocabulary, letters and kinds of part in these pictures."""
    letters = {c for p in pictures for t in p.truth["texts"] for c in t["line"]}
    letters |= {c for p in pictures for part in p.truth["parts"] for c in part["ref"] + part["value"]}
    kinds = {part["kind"] for p in pictures for part in p.truth["parts"]}
    return Vocabulary.of(tokenizer, texts_of(pictures)), Letters(sorted(letters)), tuple(sorted(kinds))


class Run:
    """A model in training with all that is needed to go on after a stop."""

    def __init__(self, data: Path, out: Path, plan: Plan) -> None:
        self.data, self.out, self.plan = data, out, plan
        tokenizer = build_tokenizer()
        kept = out / "vocabulary.json"
        if kept.is_file():
            facts = json.loads(kept.read_text("utf-8"))
            self.vocabulary = Vocabulary(tokenizer, facts["ids"])
            letters, kinds = Letters(facts["letters"]), tuple(facts["kinds"])
        else:
            self.vocabulary, letters, kinds = in_use(list(first(data / "train")), tokenizer)
            out.mkdir(parents=True, exist_ok=True)
            facts = {"ids": self.vocabulary.ids, "letters": letters.letters, "kinds": kinds}
            kept.write_text(json.dumps(facts), "utf-8")
        self.fair = Fair(q for p in first(data / "train") for q in p.truth["questions"])
        torch.manual_seed(plan.seed)
        self.model = pretrainable(len(self.vocabulary), plan.seed)
        self.heads = Heads(self.model.config.text_config.hidden_size, kinds, letters)
        self.choices = Choices(self.model.config.text_config.hidden_size)
        self.step, self.seconds = 0, 0.0
        self.optimizer = torch.optim.AdamW(self._groups(), betas=(0.9, 0.98))
        if (out / "state.pt").is_file():
            self._resume()

    def _groups(self) -> list[dict[str, Any]]:
        """Matrices decay, vectors and the table do not. AdamW of the language model begins with its first gradient."""
        named = [*self.model.named_parameters(), *self.heads.named_parameters(), *self.choices.named_parameters()]
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
                self.note("held", score(self, self.data / "held", stage == "look"))
            if now - saved > self.plan.save_every:
                self.save()
                saved = now

    def one(self, pictures: list[shards.Picture], stage: Stage) -> dict[str, float]:
        """One step; what it lost and read right."""
        rng = random.Random(f"asked/{self.plan.seed}/{self.step}")
        asked = [[] if stage == "look" else chosen(p.truth, self.plan.questions, self.fair, rng) for p in pictures]
        batch = collate(pictures, asked, self.vocabulary)
        seen = see(self.model, batch)
        loss, said = self.heads.loss(seen, self.heads.targets(pictures))
        said["heads"] = float(loss.detach())
        if stage == "ask":
            said_of = replies(self.model, batch, seen)
            words = language_loss(said_of)
            hits = said_of.logits.argmax(1) == said_of.wanted
            said |= {"words": float(words.detach()), "tokens": float(hits.float().mean())}
            said["mcq"] = float(hits[said_of.weights > 1].float().mean())
            choosing, found = self.choices.loss(said_of.between, batch)
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
            "model": self.model.state_dict(),
            "heads": self.heads.state_dict(),
            "choices": self.choices.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "plan": asdict(self.plan),
        }
        torch.save(state, half)
        half.replace(self.out / "state.pt")

    def _resume(self) -> None:
        state = torch.load(self.out / "state.pt", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.heads.load_state_dict(state["heads"])
        self.choices.load_state_dict(state["choices"])
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
