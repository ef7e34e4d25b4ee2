"""Random stand-ins of Qwen2-VL and Qwen3-VL: the same tokenizer as the kit's own, other vision towers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from swift_recipes import stand_in

TEXT = {
    "vocab_size": stand_in.VOCAB, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 4096, "tie_word_embeddings": True,
}  # fmt: skip
ROPE = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]}
IDS = {
    "image_token_id": stand_in.IDS["<|image_pad|>"], "video_token_id": stand_in.IDS["<|video_pad|>"],
    "vision_start_token_id": stand_in.IDS["<|vision_start|>"], "vision_end_token_id": stand_in.IDS["<|vision_end|>"],
}  # fmt: skip


def qwen2_vl(folder: Path) -> Path:
    """Qwen2-VL's architecture: vision blocks without windows, feed-forward layers without gates."""
    from transformers import (
        Qwen2VLConfig,
        Qwen2VLForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLProcessor,
        Qwen2VLVideoProcessor,
    )

    vision = {"depth": 4, "embed_dim": 64, "hidden_size": 64, "mlp_ratio": 2, "num_heads": 2}
    config = Qwen2VLConfig(
        vision_config=vision, text_config=TEXT | {"rope_parameters": ROPE}, tie_word_embeddings=True, **IDS
    )
    processor = Qwen2VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=_size(28)),
        video_processor=Qwen2VLVideoProcessor(size=_size(28)),
        tokenizer=stand_in.build_tokenizer(),
        chat_template=stand_in.CHAT_TEMPLATE,
    )
    return _save(folder, Qwen2VLForConditionalGeneration, config, processor)


def qwen3_vl(folder: Path) -> Path:
    """Qwen3-VL's architecture: patches of 16 pixels, learnt positions, three more mergers from inside the tower."""
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    vision = {
        "depth": 4, "hidden_size": 64, "intermediate_size": 128, "num_heads": 2, "out_hidden_size": 64,
        "num_position_embeddings": 64, "deepstack_visual_indexes": [0, 1],
    }  # fmt: skip
    rope = ROPE | {"mrope_interleaved": True}
    text = TEXT | {"head_dim": 32, "rope_parameters": rope}
    config = Qwen3VLConfig(vision_config=vision, text_config=text, tie_word_embeddings=True, **IDS)
    processor = Qwen3VLProcessor(
        image_processor=Qwen2VLImageProcessor(patch_size=16, size=_size(32)),
        video_processor=Qwen3VLVideoProcessor(),
        tokenizer=stand_in.build_tokenizer(),
        chat_template=stand_in.CHAT_TEMPLATE,
    )
    return _save(folder, Qwen3VLForConditionalGeneration, config, processor)


def _size(side: int) -> dict[str, int]:
    return {"shortest_edge": 4 * side * side, "longest_edge": 1280 * side * side}


def _save(folder: Path, kind: Any, config: Any, processor: Any) -> Path:
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        kind(config).to(torch.float32).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
