"""Shapes of the models the recipes name: what weights, adapters, activations and key-value caches are counted from.

Source: `config.json` of each model at huggingface.co/Qwen. Heads are 128 wide in all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 128
PATCH_INPUTS = 3 * 2
"""Numbers of a pixel of a patch: colours x frames."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a language model and of its vision tower (depth 0: none)."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocab: int
    tied: bool = False  # output layer and word embeddings are one matrix
    vision_depth: int = 32
    vision_hidden: int = 1280
    vision_intermediate: int = 3420
    vision_matrices: int = 3  # of a feed-forward layer: gate, up and down; 2 without a gate
    patch: int = 14  # pixels a side; 2 x 2 of them become one token
    mergers: int = 1  # from vision tower to language model; Qwen3-VL has three more, from blocks inside the tower
    positions: int = 0  # rows of learnt position embeddings of the vision tower

    @property
    def projections(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of q, k, v, o, gate, up, down: where adapters sit and what QLoRA quantises."""
        h, i, q, kv = self.hidden, self.intermediate, self.heads * HEAD, self.kv_heads * HEAD
        return ((h, q), (h, kv), (h, kv), (q, h), (h, i), (h, i), (i, h))

    @property
    def linear(self) -> int:
        """Weights in the projections of all language layers."""
        return self.layers * sum(a * b for a, b in self.projections)

    @property
    def vision(self) -> int:
        """Parameters of the vision tower and of the layer between it and the language model."""
        if not self.vision_depth:
            return 0
        v, merged = self.vision_hidden, 4 * self.vision_hidden
        ends = (PATCH_INPUTS * self.patch**2 + self.positions) * v
        return self.vision_depth * self.vision_block + ends + self.mergers * merged * (merged + self.hidden)

    @property
    def vision_block(self) -> int:
        """Weights of one block of the vision tower."""
        return 4 * self.vision_hidden**2 + self.vision_matrices * self.vision_hidden * self.vision_intermediate

    @property
    def token_side(self) -> int:
        """Pixels a side of the square that becomes one token."""
        return 2 * self.patch

    @property
    def language(self) -> int:
        """Parameters of the language model, word embeddings and output layer among them (norms and biases left out)."""
        return self.linear + (1 if self.tied else 2) * self.vocab * self.hidden

    @property
    def parameters(self) -> int:
        return self.language + self.vision

    @property
    def cache_bytes(self) -> int:
        """Keys and values of one token of a context in 16 bits, in every layer."""
        return self.layers * self.kv_heads * HEAD * 2 * 2


SHAPES = {
    "Qwen2.5-VL-3B": Shape(2048, 36, 16, 2, 11008, 151936, tied=True),
    "Qwen2.5-VL-7B": Shape(3584, 28, 28, 4, 18944, 152064),
    "Qwen2.5-VL-32B": Shape(5120, 64, 40, 8, 27648, 152064, vision_intermediate=3456),
    "Qwen2.5-VL-72B": Shape(8192, 80, 64, 8, 29568, 152064, vision_intermediate=3456),
    "Qwen2-VL-7B": Shape(3584, 28, 28, 4, 18944, 152064, vision_intermediate=5120, vision_matrices=2),
    "Qwen3-VL-8B": Shape(
        4096,
        36,
        32,
        8,
        12288,
        151936,
        vision_depth=27,
        vision_hidden=1152,
        vision_intermediate=4304,
        vision_matrices=2,
        patch=16,
        mergers=4,
        positions=2304,
    ),
    "Qwen2.5-7B": Shape(3584, 28, 28, 4, 18944, 152064, vision_depth=0),
    "Qwen-7B": Shape(4096, 32, 32, 32, 11008, 151936, vision_depth=0),
}
"""The text-only ones are here for published measurements of them."""


def name_of(model: str) -> str | None:
    """The key of SHAPES for a hub name, a folder or a recipe (`qwen2_5_vl_3b/lora`); None where there is none."""
    plain = _plain(model)
    return next((name for name in SHAPES if re.search(rf"(?<![a-z0-9]){_plain(name)}(?![a-z0-9])", plain)), None)


def _plain(name: str) -> str:
    return re.sub(r"[._-]", "_", name.lower())
