"""Rewards for ms-swift, read by `--external_plugins swift_recipes/plugins.py`. What they mean: rewards.py.

    swift rlhf --rlhf_type grpo --reward_funcs circuit_answer circuit_form circuit_length --dataset …/swift/grpo.jsonl
    swift sample --orm_model circuit_answer_sample --dataset …/swift/train.jsonl

The two commands call a reward differently (ms-swift 4.6, swift/rl_core/grpo_algorithm.py and
swift/pipelines/sampling/utils.py), hence two adapters on one scorer. This file imports swift, which takes seconds:
nothing of the kit imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from swift.rewards import ORM, orms

from qa.errors import KitError
from qa.formats import swift_rows
from qa.formats.asked import Asked
from swift_recipes import rewards


class _Reward(ORM):
    """A reward of `swift rlhf --rlhf_type grpo`: one number a completion. Columns of the rows come as keywords."""

    def __call__(self, completions: Sequence[Any], solution: Sequence[str] = (), **kwargs: Any) -> list[float]:
        if len(solution) != len(completions):
            raise KitError("rows without a `solution` cannot be rewarded; train on swift/grpo.jsonl of synth export")
        pairs = zip(solution, completions, strict=True)
        return [self.score(rewards.read_solution(s), rewards.text_of(c)) for s, c in pairs]

    score: Callable[[Asked, str], float]
    """Of one reply; each reward names its own."""


class CircuitAnswer(_Reward):
    """Right or wrong by qa.grading."""

    score = staticmethod(rewards.answer)


class CircuitForm(_Reward):
    """Whether the last line is the answer as it was asked for."""

    score = staticmethod(rewards.form)


class CircuitLength(ORM):
    """A penalty for long replies; needs no `solution`."""

    def __init__(self, args: Any = None, **kwargs: Any) -> None:
        super().__init__(args)
        self.free = rewards.free_chars()

    def __call__(self, completions: Sequence[Any], **kwargs: Any) -> list[float]:
        return [rewards.length(rewards.text_of(c), self.free) for c in completions]


class CircuitAnswerSample(ORM):
    """Right or wrong for `swift sample`: the last turn of each request is the reply, the ground truth a right reply.

    The ground truth is the assistant's turn of a row of swift/train.jsonl, so a tolerance that an Item sets for
    itself is not known: quantities are compared with 2 %.
    """

    def __call__(self, infer_requests: Sequence[Any], ground_truths: Sequence[str], **kwargs: Any) -> list[float]:
        return [_sampled(r, truth) for r, truth in zip(infer_requests, ground_truths, strict=True)]


def _sampled(request: Any, truth: str) -> float:
    turns = request["messages"] if isinstance(request, dict) else request.messages
    right = {"role": "assistant", "content": truth}
    asked = swift_rows.from_row({"messages": [*turns[:-1], right]})
    return rewards.answer(asked, rewards.text_of(turns))


orms["circuit_answer"] = CircuitAnswer
orms["circuit_form"] = CircuitForm
orms["circuit_length"] = CircuitLength
orms["circuit_answer_sample"] = CircuitAnswerSample
