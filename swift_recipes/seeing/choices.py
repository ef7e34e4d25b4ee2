"""Which option is right, asked at each option: the part of choosing that letters alone hardly teach.

A letter says little about a picture: it takes a model long to find out that the letter stands before the option that
agrees with what it sees. So the end of every option is asked, below the last layers, whether it is the right one and
which letter it has; the layers above have only to fetch that letter. Thrown away after pretraining, as the heads of
the cells are.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from swift_recipes.seeing.rows import LETTERS, Batch


class Choices(nn.Module):
    """Linear readings at the ends of options: is it right, and which letter is it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.right = nn.Linear(width, 1)
        self.letter = nn.Linear(width, len(LETTERS))

    def loss(self, between: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """Mean loss over the questions with options, and the share of them whose right option stands out.

        `between`: hidden states (rows x length x width) of a layer below the last ones.
        """
        if not len(batch.right):
            return torch.zeros(()), {}
        at = between.flatten(0, 1)[batch.options]  # questions x 4 x width
        scores = self.right(at).squeeze(-1)
        letters = self.letter(at).flatten(0, 1)
        own = torch.arange(len(LETTERS)).repeat(len(batch.right))
        said = {"choices": float((scores.argmax(1) == batch.right).float().mean())}
        return cross_entropy(scores, batch.right) + 0.2 * cross_entropy(letters, own), said
