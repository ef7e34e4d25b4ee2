"""Greedy answers of a model folder to rows of a swift JSONL, by swift's own engine and template."""

from __future__ import annotations

import contextlib
import gc
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import KitError
from qa.formats import swift_rows
from swift_recipes.export import bases

MAX_NEW_TOKENS = 32
BATCH = 16


@dataclass(frozen=True)
class Reply:
    """One greedy reply and the log-probability of each of its tokens."""

    text: str
    logprobs: tuple[float, ...]


@dataclass(frozen=True)
class Agreement:
    """How alike two models answer the same questions."""

    asked: int
    same: int
    widest: float  # largest difference between log-probabilities of the same token, over replies that are the same
    differing: tuple[tuple[str, str, str], ...]  # question, reply before, reply after
    right: tuple[int, int]  # right answers before and after, by the one grader; 0, 0 where rows hold none

    @property
    def share(self) -> float:
        """Same replies of all, 0 to 1."""
        return self.same / self.asked


def read_rows(rows: Path, count: int) -> list[dict[str, Any]]:
    """The first `count` rows that ask different things; all of their turns."""
    found: dict[str, dict[str, Any]] = {}
    with rows.open(encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            found.setdefault(json.dumps([questions(row), row.get("images", [])]), row)
            if len(found) == count:
                break
    if not found:
        raise KitError(f"{rows}: holds no rows; make it anew: circuit-vqa synth export {rows.parent.parent}")
    return list(found.values())


def questions(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row's turns up to the answer that is wanted."""
    turns = list(row["messages"])
    return turns[:-1] if turns and turns[-1]["role"] == "assistant" else turns


def compare(rows: list[dict[str, Any]], before: list[Reply], after: list[Reply]) -> Agreement:
    """What differs between two models' replies to `rows`."""
    widest, same = 0.0, 0
    differing = []
    for row, old, new in zip(rows, before, after, strict=True):
        if old.text == new.text:
            same += 1
            widest = max([widest, *(abs(a - b) for a, b in zip(old.logprobs, new.logprobs, strict=False))])
        else:
            differing.append((str(questions(row)[-1]["content"]).replace("\n", " ")[:60], old.text, new.text))
    return Agreement(len(rows), same, widest, tuple(differing), (_right(rows, before), _right(rows, after)))


def _right(rows: list[dict[str, Any]], replies: list[Reply]) -> int:
    """Right replies by the one grader; rows hold no tolerances, so quantities are compared with 2 %."""
    total = 0
    for row, reply in zip(rows, replies, strict=True):
        with contextlib.suppress(ValueError):  # a row of the user's own need not hold an answer the grader knows
            total += swift_rows.from_row(row).grade(reply.text).verdict == "right"
    return total


def answers(
    model: str,
    rows: list[dict[str, Any]],
    adapter: Path | None = None,
    args: dict[str, Any] | None = None,
    widened: bool = False,
) -> list[Reply]:
    """Greedy replies of `model`, with an adapter or none, to the questions of `rows`.

    With swift's `args` of a QLoRA training the base is quantised as it was there, and with `widened` widened again. The
    model is gone when this returns, from the GPU too: the next one may need all of it.
    """
    replies = _ask(model, rows, adapter, args, widened)
    gc.collect()  # engine, template and model hold each other, so this comes after `_ask` let go of all three
    _empty_cuda_cache()
    return replies


def _ask(
    model: str, rows: list[dict[str, Any]], adapter: Path | None, args: dict[str, Any] | None, widened: bool
) -> list[Reply]:
    bases.hush()
    from swift.infer_engine import InferRequest, RequestConfig, TransformersEngine
    from swift.template import get_template

    limit = os.environ.get("MAX_LENGTH")
    loaded, processor, kind = bases.load(model, args, widened)
    template = get_template(processor, template_type=kind, max_length=int(limit) if limit else None)
    adapters = [str(adapter)] if adapter else []
    engine = TransformersEngine(loaded, template=template, adapters=adapters, max_batch_size=BATCH)
    requests = [InferRequest(messages=questions(r), images=r.get("images", [])) for r in rows]
    config = RequestConfig(max_tokens=MAX_NEW_TOKENS, temperature=0, logprobs=True)
    choices = [r.choices[0] for r in engine.infer(requests, config, use_tqdm=False)]
    return [
        Reply(str(c.message.content), tuple(t["logprob"] for t in (c.logprobs or {}).get("content", [])))
        for c in choices
    ]


def _empty_cuda_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
