"""What a model in pretraining reads right on pictures it has not seen, and on the same pictures blanked."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from swift_recipes.seeing import shards
from swift_recipes.seeing.model import replies, see
from swift_recipes.seeing.rows import IGNORED, collate

if TYPE_CHECKING:
    from swift_recipes.seeing.student import Student

BATCH = 32
MOST = 512
CHOICES = 3
"""Of level 1, of each picture, as they come (`mcq1`); `fair1` are those that are taken so that habits do not help."""


@torch.no_grad()
def score(student: Student, folder: Path, looking: bool, most: int = MOST) -> dict[str, float]:
    """Shares read right: parts and letters by the heads; lists by token; questions by level and form, also blanked."""
    pictures = [p for path in shards.paths(folder) for p in shards.read(path)][:most]
    student.model.eval()
    try:
        found: dict[str, list[float]] = defaultdict(list)
        for start in range(0, len(pictures), BATCH):
            some = pictures[start : start + BATCH]
            if looking:
                batch = collate(some, [[] for _ in some], student.vocabulary)
                _, said = student.heads.loss(see(student.model, batch), student.heads.targets(some))
                for k, v in said.items():
                    found[k].append(v)
            else:
                _replies(student, some, found)
    finally:
        student.model.train()
    return {k: sum(v) / len(v) for k, v in sorted(found.items())}


def _replies(student: Student, pictures: list[shards.Picture], found: dict[str, list[float]]) -> None:
    asked = []
    for picture in pictures:
        rng = random.Random(f"score/{picture.truth['name']}")
        choices = [q for q in picture.truth["questions"] if q["level"] == 1 and q["form"] == "mcq"]
        rest = [q for q in picture.truth["questions"] if q not in choices]
        asked.append(
            [
                *picture.truth["lists"][:1],
                *rng.sample(choices, min(CHOICES, len(choices))),
                *({**q, "form": "fair"} for q in student.fair.taken(choices, rng)),
                *rng.sample(rest, min(2, len(rest))),
            ]
        )
    for blank in (False, True):
        shown = [replace(p, pixels=p.pixels * 0 + 255) for p in pictures] if blank else pictures
        batch = collate(shown, asked, student.vocabulary)
        seen = see(student.model, batch)
        if not blank:
            _, said = student.heads.loss(seen, student.heads.targets(pictures))
            for k, v in said.items():
                found[k].append(v)
        said_of = replies(student.model, batch, seen)
        logits, wanted = said_of.logits, said_of.wanted
        if not blank:
            for k, v in student.choices.loss(said_of.between, batch)[1].items():
                found[k].append(v)
        right = torch.zeros_like(batch.labels[:, 1:], dtype=torch.bool)
        right[batch.labels[:, 1:] != IGNORED] = logits.argmax(1) == wanted
        for i, questions in enumerate(asked):
            for name, share in _by_question(batch.labels[i, 1:], right[i], questions):
                if not blank or name in ("mcq1", "fair1"):
                    found[("blank " if blank else "") + name].append(share)


def _by_question(labels: torch.Tensor, right: torch.Tensor, questions: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """Of each question its name and 1.0 where the whole reply is right, each token told those before it; of a list,
    the share of its tokens."""
    runs: list[list[bool]] = []
    inside = False
    for learnt, hit in zip((labels != IGNORED).tolist(), right.tolist(), strict=True):
        if learnt and not inside:
            runs.append([])
        if learnt:
            runs[-1].append(hit)
        inside = learnt
    said = []
    for q, hits in zip(questions, runs, strict=True):
        if q["form"] == "list":
            said.append((q["topic"], sum(hits) / len(hits)))
        else:
            said.append((f"{q['form']}{q['level']}", float(all(hits))))
            if q["form"] == "mcq" and q["level"] == 1:
                said.append((f"1 {q['topic']}", float(all(hits))))
    return said
