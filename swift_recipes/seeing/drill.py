"""Finding a text among four options, without any picture: the part of choosing that has nothing to do with seeing.

A letter says little about a picture, and from letters alone a small model hardly begins to learn. Here each option of a
question is named in turn and its letter asked, so that this skill is there when the answer is seen.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

import torch

from swift_recipes.seeing.rows import BEFORE, IGNORED, PATCH, TURN, Batch, Row, Segment, Vocabulary, tensors

ROWS, A_ROW = 4, 8
"""Rows of a drill, and questions in each."""
_OPTIONS = re.compile(r"^\S+?[:\uff1a] ?A\. (.+?) B\. (.+?) C\. (.+?) D\. (.+)$", re.MULTILINE)
_LEAD = re.compile(r"(\S+?[:\uff1a] ?)[A-D]$")
_SYSTEM = BEFORE.removesuffix("<|vision_start|>")


def segment(question: dict[str, Any], vocabulary: Vocabulary, rng: random.Random) -> Segment | None:
    """The options, then each in some order with its letter to be learnt; None for a question without options."""
    options, lead = _OPTIONS.search(question["user"]), _LEAD.match(question["reply"])
    if options is None or lead is None:
        return None
    tokens = vocabulary.rows(options[0]) + vocabulary.rows(TURN)
    labels = [IGNORED] * len(tokens)
    for which in rng.sample(range(4), 4):
        asked = vocabulary.rows(f"{options[which + 1]}\n")
        answer = vocabulary.rows(f"{lead[1]}{'ABCD'[which]}")
        line_end = vocabulary.rows("\n")
        tokens += asked + answer + line_end
        labels += [IGNORED] * (len(asked) + len(answer) - 1) + answer[-1:] + [IGNORED] * len(line_end)
    return Segment(tokens, labels)


def drill(questions: Sequence[dict[str, Any]], vocabulary: Vocabulary, rng: random.Random) -> Batch | None:
    """A batch of ROWS x A_ROW such tasks made of some of these questions; None where too few have options."""
    order = rng.sample(list(questions), len(questions))
    made = [s for q in order if (s := segment(q, vocabulary, rng))][: ROWS * A_ROW]
    if not made:
        return None
    before = vocabulary.rows(_SYSTEM)
    rows = [Row(before, [], 0, 0, made[i : i + A_ROW]) for i in range(0, len(made), A_ROW)]
    return tensors(rows, vocabulary, torch.zeros(0, PATCH * PATCH), torch.zeros(0, 3, dtype=torch.long))
