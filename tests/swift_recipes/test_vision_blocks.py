"""The recipes that train the end of the vision tower name what they mean, in each architecture's own words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from swift_recipes import recipe, stand_in

TEXT = {
    "vocab_size": 64, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1,
}  # fmt: skip
ROPE = {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]}}


def build(model: str) -> Any:
    """The architecture of a model with as many vision blocks as it has, without weights."""
    import torch
    import transformers as t

    with torch.device("meta"):
        if model == "tiny":
            return t.Qwen2_5_VLForConditionalGeneration(stand_in.build_config())
        if model == "qwen3_vl_8b":
            config = t.Qwen3VLConfig(text_config=TEXT | ROPE | {"head_dim": 32})  # its vision tower is the default
            return t.Qwen3VLForConditionalGeneration(config)
        if model == "qwen2_vl_7b":
            return t.Qwen2VLForConditionalGeneration(t.Qwen2VLConfig(text_config=TEXT | ROPE))
        return t.Qwen2_5_VLForConditionalGeneration(t.Qwen2_5_VLConfig(text_config=TEXT | ROPE))


@pytest.mark.parametrize(
    ("model", "blocks", "mergers"),
    [
        ("qwen2_5_vl_3b", {28, 29, 30, 31}, 1),
        ("qwen2_vl_7b", {28, 29, 30, 31}, 1),
        ("qwen3_vl_8b", {23, 24, 25, 26}, 4),
        ("tiny", {2, 3}, 1),
    ],
)
def test_the_last_blocks_and_the_aligner_are_trained(model: str, blocks: set[int], mergers: int) -> None:
    import torch

    net = build(model)
    depth = len(net.model.visual.blocks)
    assert blocks == set(range(depth - len(blocks), depth)), "the last ones"
    linear = {n for n, m in net.named_modules() if isinstance(m, torch.nn.Linear)}
    end = {n for n in linear if (m := re.match(r"model\.visual\.blocks\.(\d+)\.", n)) and int(m[1]) in blocks}
    aligner = {n for n in linear if "merger" in n}
    language = {n for n in linear if n.startswith("model.language_model.layers.")}
    assert len(aligner) == 2 * mergers and len(language) == 7 * len(net.model.language_model.layers)

    pattern = recipe.load(f"{model}/lora+vision").values["target_regex"]
    adapted = {n for n, _ in net.named_modules() if re.fullmatch(pattern, n)}  # as peft matches
    assert adapted == end | aligner | language

    values = recipe.load(f"{model}/full+full_vision").values
    frozen = re.compile(values["freeze_parameters_regex"])
    trained = {n for n, _ in net.named_parameters() if not frozen.search(n)}  # as swift matches
    vision = {n.rsplit(".", 1)[0] for n in trained if n.startswith("model.visual.")}
    assert end | aligner <= vision
    assert all("merger" in n or int(n.split(".")[3]) in blocks for n in vision), vision
    assert values["vit_lr"] < values["aligner_lr"] < values["learning_rate"]
