"""What each cell of a picture shows, asked of the vision tower directly: a part, its name and value, printed lines.

Learning to read through the language model's answers alone takes long to begin. These heads tell every cell what it
should know; they are thrown away after pretraining.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from swift_recipes.seeing.rows import IGNORED, cells
from swift_recipes.seeing.spots import Spots

if TYPE_CHECKING:
    from swift_recipes.seeing.shards import Picture

SIDE = 28
REF, VALUE, LINE, LINES = 4, 12, 14, 2
"""Letters read of a name, of a value and of a printed line; lines that may begin in one cell."""
SLOTS = REF + VALUE + LINES * LINE


class Letters:
    """The letters in use, numbered from 1; 0 ends a text."""

    def __init__(self, letters: Sequence[str]) -> None:
        self.letters = tuple(letters)
        self.numbers = {c: i for i, c in enumerate(self.letters, start=1)}

    def __len__(self) -> int:
        return len(self.letters) + 1

    def slots(self, text: str, width: int) -> list[int]:
        """Numbers of the first `width` letters, and 0 where there is none."""
        return [self.numbers.get(c, 0) for c in text[:width]] + [0] * (width - len(text))


@dataclass
class Targets:
    """Of every cell of every picture: the kind of part in it (0: none), and the letters of each slot."""

    kinds: torch.Tensor  # C
    slots: torch.Tensor  # C x SLOTS, IGNORED where nothing is asked
    spots: torch.Tensor  # C x SPOTS, 0 where no letter is


class Heads(nn.Module):
    """Linear readings of a cell's vector."""

    def __init__(self, width: int, kinds: Sequence[str], letters: Letters) -> None:
        super().__init__()
        self.names, self.letters = tuple(kinds), letters
        self.kind = nn.Linear(width, len(self.names) + 1)
        self.slot = nn.Linear(width, SLOTS * len(letters))
        self.spots = Spots(width, letters.numbers)

    def targets(self, pictures: Sequence[Picture]) -> Targets:
        """What the heads should say of these pictures."""
        kinds, slots = zip(*(self._of(p) for p in pictures), strict=True)
        spots = [self.spots.targets(p.truth["texts"], *cells(p.pixels)) for p in pictures]
        return Targets(torch.cat(kinds), torch.cat(slots), torch.cat(spots))

    def _of(self, picture: Picture) -> tuple[torch.Tensor, torch.Tensor]:
        high, wide = cells(picture.pixels)
        kinds = torch.zeros(high * wide, dtype=torch.long)
        slots = torch.full((high * wide, SLOTS), IGNORED)
        starts = [REF + VALUE + i * LINE for i in range(LINES)]
        slots[:, starts] = 0  # no line begins here

        def cell(x: float, y: float) -> int:
            return min(max(int(y // SIDE), 0), high - 1) * wide + min(max(int(x // SIDE), 0), wide - 1)

        for part in picture.truth["parts"]:
            at = cell(part["x"], part["y"])
            kinds[at] = self.names.index(part["kind"]) + 1
            read = self.letters.slots(part["ref"], REF) + self.letters.slots(part["value"], VALUE)
            slots[at, : REF + VALUE] = torch.tensor(read)
        begun: dict[int, int] = {}
        for text in sorted(picture.truth["texts"], key=lambda t: t["box"][1]):
            left, top, _, bottom = text["box"]
            at = cell(left + 2, (top + bottom) / 2)
            number = begun.get(at, 0)
            if number < LINES:
                begun[at] = number + 1
                slots[at, starts[number] : starts[number] + LINE] = torch.tensor(self.letters.slots(text["line"], LINE))
        return kinds, slots

    def loss(self, cells_seen: torch.Tensor, targets: Targets) -> tuple[torch.Tensor, dict[str, float]]:
        """Mean loss of kinds and letters, and shares read right (of parts, of letters that are there)."""
        kind = self.kind(cells_seen)
        weights = torch.ones(kind.shape[1])
        weights[0] = 0.3  # most cells hold no part
        asked = targets.slots != IGNORED
        # only slots that are asked are computed: most cells have nothing to read
        rows, columns = asked.nonzero(as_tuple=True)
        wanted = targets.slots[rows, columns]
        each = self.slot.weight.view(SLOTS, len(self.letters), -1)
        bias = self.slot.bias.view(SLOTS, len(self.letters))
        losses, right, count = [], 0.0, 0
        for slot in range(SLOTS):
            here = columns == slot
            if not bool(here.any()):
                continue
            logits = cells_seen[rows[here]] @ each[slot].T + bias[slot]
            losses.append(cross_entropy(logits, wanted[here], reduction="sum"))
            there = wanted[here] > 0
            right += float((logits.argmax(1) == wanted[here])[there].sum())
            count += int(there.sum())
        parts = targets.kinds > 0
        said: dict[str, Any] = {
            "kinds": float((kind.argmax(1) == targets.kinds)[parts].float().mean()),
            "letters": right / max(1, count),
        }
        spots, said["spots"] = self.spots.loss(cells_seen, targets.spots)
        lines = torch.stack(losses).sum() / len(wanted)
        return cross_entropy(kind, targets.kinds, weight=weights) + lines + spots, said
