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

ASKED = 3
"""Texts looked up in one task."""
ROWS, A_ROW = 4, 8
"""Rows of a drill, and questions in each."""
_OPTIONS = re.compile(r"^\S+?[:\uff1a] ?A\. (.+?) B\. (.+?) C\. (.+?) D\. (.+)$", re.MULTILINE)
_LEAD = re.compile(r"(\S+?[:\uff1a] ?)[A-D]$")
_SYSTEM = BEFORE.removesuffix("<|vision_start|>")


def segment(question: dict[str, Any], vocabulary: Vocabulary, rng: random.Random) -> Segment | None:
    """The options, then some of them with their letters to be learnt; None for a question without options.

    Half of the time the texts are made of tokens drawn at random, so that nothing but looking them up helps.
    """
    options, lead = _OPTIONS.search(question["user"]), _LEAD.match(question["reply"])
    if options is None or lead is None:
        return None
    texts = [vocabulary.rows(f" {text}") for text in options.groups()]
    if rng.random() < 0.5:
        texts = [[rng.randrange(1, len(vocabulary)) for _ in range(rng.choice((1, 1, 2)))] for _ in range(4)]
    # "Options: A. " as it stands, then each text behind its letter
    first = options[0][: options.start(1) - options.start()].rstrip()
    marks = [vocabulary.rows(m) for m in (first, " B.", " C.", " D.")]
    tokens = [t for mark, text in zip(marks, texts, strict=True) for t in (*mark, *text)] + vocabulary.rows(TURN)
    labels = [IGNORED] * len(tokens)
    letters = [vocabulary.rows(f"{lead[1]}{letter}")[-1] for letter in "ABCD"]
    direct = rng.random() < 0.5
    for which in rng.choices(range(4), k=ASKED):  # with repeats: what is left over must not tell the answer
        if direct:  # the letter right behind the text: one step less to find
            tokens += [*texts[which], letters[which]]
            labels += [IGNORED] * len(texts[which]) + [letters[which]]
            continue
        asked = texts[which] + vocabulary.rows("\n")
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
