"""Which letter stands at each spot of a cell: what a vision tower must know before it can read a line.

A cell of 28 x 28 pixels is cut into spots of 7 x 9 pixels, about as large as a printed letter. Asking for whole lines
alone, the tower learnt how names begin and how units look, and no digits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

SIDE, WIDE, HIGH = 28, 4, 3
"""A cell's pixels, and its spots from left to right and from top to bottom."""
SPOTS = WIDE * HIGH
EMPTY = 0.2
"""What a spot without a letter counts beside one with a letter."""
_NARROW, _BROAD = ".,:;'|!iljtfI() ", "mMW@%"


def relative_width(letter: str) -> float:
    """About how wide a letter is printed beside a digit, in the fonts of schematics."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 2.0
    if letter in _NARROW:
        return 0.55
    if letter in _BROAD:
        return 1.6
    return 1.35 if letter.isupper() else 1.0


def centres(text: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Each letter of a printed line with about where its middle is, in pixels."""
    left, top, right, bottom = text["box"]
    widths = [relative_width(c) for c in text["line"]]
    unit, at = (right - left) / (sum(widths) or 1.0), left
    for letter, width in zip(text["line"], widths, strict=True):
        if letter != " ":
            yield letter, at + unit * width / 2, (top + bottom) / 2
        at += unit * width


class Spots(nn.Module):
    """Linear readings of a cell's vector: a letter for each of its spots."""

    def __init__(self, width: int, letters: dict[str, int]) -> None:
        super().__init__()
        self.numbers, self.count = letters, max(letters.values()) + 1
        self.letter = nn.Linear(width, SPOTS * self.count)

    def targets(self, texts: list[dict[str, Any]], high: int, wide: int) -> torch.Tensor:
        """Cells x SPOTS: the number of the letter there, 0 where none is."""
        found = torch.zeros(high * HIGH, wide * WIDE, dtype=torch.long)
        for text in texts:
            for letter, x, y in centres(text):
                row, column = int(y * HIGH / SIDE), int(x * WIDE / SIDE)
                if 0 <= row < found.shape[0] and 0 <= column < found.shape[1] and not found[row, column]:
                    found[row, column] = self.numbers.get(letter, 0)
        return found.view(high, HIGH, wide, WIDE).permute(0, 2, 1, 3).reshape(high * wide, SPOTS)

    def loss(self, cells_seen: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, float]:
        """Mean loss over the spots of cells that hold letters, and the share of letters read right."""
        printed = (wanted > 0).any(1)
        if not bool(printed.any()):
            return torch.zeros(()), 0.0
        logits = self.letter(cells_seen[printed]).view(-1, self.count)
        there = wanted[printed].flatten()
        weights = torch.where(there > 0, 1.0, EMPTY)
        each = cross_entropy(logits, there, reduction="none")
        right = (logits.argmax(1) == there)[there > 0]
        return (each * weights).sum() / weights.sum(), float(right.float().mean())
