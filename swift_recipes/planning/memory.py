"""How much memory of a GPU a training run takes: an estimate from the model's shape, in parts.

What is counted, and not measured here: weights; what is trained with its gradients and Adam's two states;
activations kept for the backward pass; the picture's way through the vision tower; logits; the CUDA context.
`benchmarks/memory_plan.py` prints the estimate beside published figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from swift_recipes.shapes import HEAD, Shape

GIB = 2**30
NF4_BYTES = (4 + 8 / 64 + 32 / (64 * 256)) / 8
"""A weight in nf4 with double quantisation: 4 bits, 8 bits a block of 64, 32 bits a 256 blocks (QLoRA paper, 3)."""
LOGIT_BYTES = 2 + 4 + 4 + 2
"""A logit: bfloat16, log-softmax in float32, its gradient in float32, that one in bfloat16."""
CONTEXT = 0.8
"""GiB: CUDA context and the workspaces of cuBLAS."""
SLACK = 0.1
"""Share of activations and logits that the allocator holds without using it."""
PATCHES = 4
"""Patches of the vision tower a token of a picture."""


@dataclass(frozen=True)
class Setup:
    """What the memory of a run depends on."""

    shape: Shape
    tokens: int  # of the longest row, picture included
    image_tokens: int = 0  # of the row with most
    batch: int = 1  # rows on a GPU at once
    logit_tokens: int = 0  # positions of a row that get logits; 0: all
    method: str = "lora"  # lora, qlora or full
    rank: int = 16
    dropout: bool = True  # of adapters: keeps a copy of each input
    train_vision: bool = False  # every weight of the vision tower
    vision_blocks: int = 0  # or only of so many blocks from its end; with adapters these alone are trained there
    keep_logits: bool = True  # False: Liger's loss, which never holds the logits of all positions at once
    checkpointing: bool = True
    sharding: str = "none"  # none, zero2, zero3, or map: layers spread over GPUs by device_map
    offload: bool = False  # shards of weights and optimizer states wait in the machine's memory
    gpus: int = 1
    widened: bool = False  # weights that are not quantised in float32 (peft's prepare_model_for_kbit_training)


def estimate(setup: Setup) -> dict[str, float]:
    """GiB of one GPU by part, in the order they are printed; their sum is the peak."""
    parts = {
        "weights": _weights(setup),
        "trained": _trained(setup),
        "activations": _activations(setup),
        "logits or one layer": max(_logits(setup), _one_layer(setup), _vision(setup)),
    }
    parts = {name: size / GIB for name, size in parts.items()}
    parts["context, slack"] = CONTEXT + SLACK * (parts["activations"] + parts["logits or one layer"])
    return parts


def total(setup: Setup) -> float:
    """GiB of one GPU at the peak."""
    return sum(estimate(setup).values())


def adapter_parameters(shape: Shape, rank: int) -> int:
    """Parameters of LoRA on the seven projections of every language layer."""
    return shape.layers * rank * sum(a + b for a, b in shape.projections)


def _weights(s: Setup) -> float:
    if s.offload and s.sharding == "zero3":
        return 0.0
    quantised = s.shape.linear if s.method == "qlora" else 0
    rest = (s.shape.parameters - quantised) * (4 if s.widened else 2)
    return (quantised * NF4_BYTES + rest) / (s.gpus if s.sharding in ("zero3", "map") else 1)


def _trained(s: Setup) -> float:
    """Adapters (float32 in peft) with gradients and Adam's states; of weights trained as they are, all but themselves.

    DeepSpeed keeps a float32 copy of what it trains, and a float32 gradient while it takes a step; without it the
    states of bfloat16 weights are bfloat16.
    """
    adapters = 0 if s.method == "full" else adapter_parameters(s.shape, s.rank)
    vision = s.shape.vision if s.train_vision else s.vision_blocks * s.shape.vision_block
    whole = (s.shape.language + vision) if s.method == "full" else vision if s.train_vision else 0
    if s.sharding in ("zero2", "zero3"):
        buckets = 2e9 if whole else 0.0  # two of 5e8 numbers in 16 bits, DeepSpeed's default
        if s.offload:  # gradients alone, on their way to the machine's memory
            return adapters * 4 + whole * 2 / s.gpus + buckets
        return adapters * (4 + 12 / s.gpus) + whole * (2 + 16) / s.gpus + buckets
    return (adapters * 16 + whole * (2 + 4)) / (s.gpus if s.sharding == "map" else 1)


def _layer_bytes(s: Setup) -> int:
    """Bytes one language layer keeps of a token for the backward pass."""
    h, i, kv = s.shape.hidden, s.shape.intermediate, s.shape.kv_heads * HEAD
    kept = 2 * (4 * h + 2 * kv + 4 * i) + 4 * 4 * h  # inputs of products in bfloat16, two norms in float32
    if s.method != "full":
        kept += 4 * (6 * h + i) if s.dropout else 2 * (2 * h + i)  # what goes into the adapters
    return kept


def _activations(s: Setup) -> float:
    """Kept in all layers: each layer's input, or all of it without gradient checkpointing."""
    a_layer = 2 * s.shape.hidden if s.checkpointing else _layer_bytes(s)
    return s.batch * s.tokens * s.shape.layers * a_layer / (s.gpus if s.sharding == "map" else 1)


def _one_layer(s: Setup) -> float:
    """What is recomputed of one layer in the backward pass; under ZeRO-3 its weights are gathered too."""
    gathered = 2 * 2 * s.shape.linear / s.shape.layers if s.sharding == "zero3" else 0
    widened = 2 * max(a * b for a, b in s.shape.projections) if s.method == "qlora" else 0
    return (s.batch * s.tokens * _layer_bytes(s) * 2 if s.checkpointing else 0) + gathered + widened


def _vision(s: Setup) -> float:
    """Pictures of a batch in the vision tower; where it is frozen, one layer at a time."""
    v, i = s.shape.vision_hidden, s.shape.vision_intermediate
    a_layer = 2 * (8 * v + 3 * i) + 4 * 2 * v
    kept = (s.shape.vision_depth if s.train_vision else s.vision_blocks) * 2 * v
    return s.batch * s.image_tokens * PATCHES * (a_layer + kept)


def _logits(s: Setup) -> float:
    positions = s.batch * (s.logit_tokens or s.tokens)
    return positions * (s.shape.vocab * LOGIT_BYTES if s.keep_logits else 4 * 2 * s.shape.hidden)
