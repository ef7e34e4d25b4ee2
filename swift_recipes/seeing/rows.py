"""From pictures and their truth to tensors: patches, tokens of a compact vocabulary, masks, positions, labels.

A row is one picture and several questions. Each question sees the picture and itself only, and its positions start
right after the picture: exactly what a row with this question alone would give, but the picture is encoded once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import torch

    from swift_recipes.seeing.shards import Picture

PATCH, MERGE = 14, 2
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of the channels, in Qwen2.5-VL's image processor."""
SYSTEM = "You are a helpful assistant."
BEFORE = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n<|vision_start|>"
AFTER = "<|vision_end|>"
PAD = "<|image_pad|>"
TURN, END = "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>"
REST = 0
"""Row of the compact vocabulary that stands for every token that is not in use."""
IGNORED = -100


class Vocabulary:
    """The tokens in use, numbered from 1; 0 is the rest."""

    def __init__(self, tokenizer: Any, ids: Sequence[int]) -> None:
        self.tokenizer = tokenizer
        self.ids = tuple(ids)  # row - 1 -> token id
        self._row = {token: row for row, token in enumerate(self.ids, start=1)}

    def __len__(self) -> int:
        return len(self.ids) + 1

    @classmethod
    def of(cls, tokenizer: Any, texts: Iterable[str]) -> Vocabulary:
        """The tokens of these texts and of the frame around them, in order of their ids."""
        used = set(tokenizer.encode(BEFORE + PAD + AFTER + TURN + "<|endoftext|>"))
        for text in set(texts):
            used.update(tokenizer.encode(text))
        return cls(tokenizer, sorted(used))

    def rows(self, text: str) -> list[int]:
        """Row numbers of a text's tokens."""
        return [self._row.get(t, REST) for t in self.tokenizer.encode(text)]

    def rows_and_ends(self, text: str, ends: Sequence[int]) -> tuple[list[int], tuple[int, ...]]:
        """Row numbers of a text's tokens, and the number of the token in which each of these characters ends."""
        coded = self.tokenizer(text, return_offsets_mapping=bool(ends))
        rows = [self._row.get(t, REST) for t in coded["input_ids"]]
        return rows, tuple(
            max(i for i, (start, _) in enumerate(coded["offset_mapping"]) if start < end) for end in ends
        )


@dataclass
class Batch:
    """Tensors of a few pictures. P patches, C cells (merged patches), B rows of at most L tokens."""

    patches: torch.Tensor  # P x 196, normalised grey
    grids: torch.Tensor  # pictures x 3: 1, patches high, patches wide
    tokens: torch.Tensor  # B x L, rows of the compact vocabulary
    is_picture: torch.Tensor  # B x L, bool
    positions: torch.Tensor  # 3 x B x L
    mask: torch.Tensor  # B x 1 x L x L, bool: who sees whom
    labels: torch.Tensor  # B x L, the token at this place where it is to be learnt, else IGNORED
    weights: torch.Tensor  # B x L, how much the token at this place counts
    options: torch.Tensor  # questions with options x 4: where each option ends, counted over all rows
    right: torch.Tensor  # questions with options: which of them is right


def patches_of(pixels: numpy.ndarray) -> numpy.ndarray:
    """Patches x 196 of a grey picture, normalised, in the order of the image processor (2 x 2 patches together)."""
    import numpy

    scale = float(numpy.mean([1 / s for s in STD])) / 255
    shift = float(numpy.mean([m / s for m, s in zip(MEAN, STD, strict=True)]))
    high, wide = (side // (PATCH * MERGE) for side in pixels.shape)
    cut = (pixels.astype(numpy.float32) * scale - shift).reshape(high, MERGE, PATCH, wide, MERGE, PATCH)
    return cut.transpose(0, 3, 1, 4, 2, 5).reshape(-1, PATCH * PATCH)


def cells(pixels: numpy.ndarray) -> tuple[int, int]:
    """(high, wide) in cells of 28 x 28 pixels, each one token of the language model."""
    return pixels.shape[0] // (PATCH * MERGE), pixels.shape[1] // (PATCH * MERGE)


LETTERS = "ABCD"
_OPTIONS = re.compile(r" ?A\. (?P<A>.+?) B\. (?P<B>.+?) C\. (?P<C>.+?) D\. (?P<D>.+)$", re.MULTILINE)


def ends_of(user: str) -> list[int]:
    """Where the text of each of four options ends, in characters; empty for a question without them."""
    found = _OPTIONS.search(user)
    return [found.end(letter) for letter in LETTERS] if found else []


def options_of(user: str) -> tuple[str, ...]:
    """The texts of the four options; empty for a question without them."""
    found = _OPTIONS.search(user)
    return found.groups() if found else ()


LETTER = 8.0
"""What the letter of an option counts beside other tokens: one letter teaches less than a list."""


@dataclass(frozen=True)
class Segment:
    """A question with its reply: its tokens, which of them are to be learnt, where its options end, the right one."""

    tokens: list[int]
    labels: list[int]
    ends: tuple[int, ...] = ()
    right: int = 0
    letter: int | None = None  # place of the token that is the letter of the right option


@dataclass(frozen=True)
class Row:
    """What stands before the questions, with the cells of the picture in it (none: 0 x 0), and the questions."""

    before: list[int]
    after: list[int]
    high: int
    wide: int
    segments: list[Segment]


def segment_of(asked: dict[str, Any], vocabulary: Vocabulary) -> Segment:
    """A question with its reply as tokens; the reply is what is learnt."""
    user, ends = vocabulary.rows_and_ends(asked["user"], ends_of(asked["user"]))
    question, end = user + vocabulary.rows(TURN), vocabulary.rows(END)
    reply = vocabulary.rows(asked["reply"]) + end
    right = LETTERS.find(asked["reply"][-1]) if ends else 0
    letter = len(question) + len(reply) - len(end) - 1 if ends else None
    return Segment(question + reply, [IGNORED] * len(question) + reply, ends, right, letter)


def collate(pictures: Sequence[Picture], asked: Sequence[Sequence[dict[str, Any]]], vocabulary: Vocabulary) -> Batch:
    """The tensors of a batch: each picture with what is asked of it."""
    import numpy
    import torch

    before, after = vocabulary.rows(BEFORE), vocabulary.rows(AFTER)
    rows = [
        Row(before, after, *cells(picture.pixels), [segment_of(question, vocabulary) for question in questions])
        for picture, questions in zip(pictures, asked, strict=True)
    ]
    return tensors(
        rows,
        vocabulary,
        patches=torch.from_numpy(numpy.concatenate([patches_of(p.pixels) for p in pictures])),
        grids=torch.tensor([(1, MERGE * h, MERGE * w) for h, w in (cells(p.pixels) for p in pictures)]),
    )


def tensors(rows: Sequence[Row], vocabulary: Vocabulary, patches: torch.Tensor, grids: torch.Tensor) -> Batch:
    """Rows of unequal length as one batch: tokens, positions as Qwen2.5-VL counts them, and who sees whom."""
    import numpy
    import torch

    pad = vocabulary.rows(PAD)
    n, length = len(rows), max(_length(row) for row in rows)
    tokens = numpy.zeros((n, length), dtype=numpy.int64)
    labels = numpy.full((n, length), IGNORED, dtype=numpy.int64)
    weights = numpy.ones((n, length), dtype=numpy.float32)
    part = numpy.full((n, length), -1, dtype=numpy.int64)  # 0 before the questions, 1.. the questions, -1 nothing
    positions = numpy.zeros((3, n, length), dtype=numpy.int64)
    is_picture = numpy.zeros((n, length), dtype=bool)
    options: list[list[int]] = []
    right: list[int] = []
    for i, row in enumerate(rows):
        start, count = len(row.before), row.high * row.wide
        at = start + count + len(row.after)
        tokens[i, :at], part[i, :at] = row.before + pad * count + row.after, 0
        is_picture[i, start : start + count] = True
        positions[:, i, :start] = numpy.arange(start)
        positions[0, i, start : start + count] = start
        positions[1, i, start : start + count] = start + numpy.repeat(numpy.arange(row.high), row.wide)
        positions[2, i, start : start + count] = start + numpy.tile(numpy.arange(row.wide), row.high)
        text = start + max(row.high, row.wide)
        positions[:, i, start + count : at] = text + numpy.arange(len(row.after))
        for number, segment in enumerate(row.segments, start=1):
            stop = at + len(segment.tokens)
            tokens[i, at:stop], labels[i, at:stop], part[i, at:stop] = segment.tokens, segment.labels, number
            positions[:, i, at:stop] = text + len(row.after) + numpy.arange(len(segment.tokens))
            if segment.ends:
                options.append([i * length + at + e for e in segment.ends])
                right.append(segment.right)
            if segment.letter is not None:
                weights[i, at + segment.letter] = LETTER
            at = stop
    parts = torch.from_numpy(part)
    same = (parts[:, None, :] == parts[:, :, None]) | ((parts[:, None, :] == 0) & (parts[:, :, None] > 0))
    return Batch(
        patches=patches,
        grids=grids,
        tokens=torch.from_numpy(tokens),
        is_picture=torch.from_numpy(is_picture),
        positions=torch.from_numpy(positions),
        mask=(same & torch.ones(length, length, dtype=torch.bool).tril())[:, None],
        labels=torch.from_numpy(labels),
        weights=torch.from_numpy(weights),
        options=torch.tensor(options, dtype=torch.long).reshape(-1, len(LETTERS)),
        right=torch.tensor(right, dtype=torch.long),
    )


def _length(row: Row) -> int:
    return len(row.before) + row.high * row.wide + len(row.after) + sum(len(s.tokens) for s in row.segments)
