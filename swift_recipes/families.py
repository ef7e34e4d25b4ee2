"""Which recipes, model type and template fit a model: from its config.json, else from its hub name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import KitError
from swift_recipes import recipe, shapes
from swift_recipes.checks import TYPES, check_model, is_local

TINY = 1024
"""A language model narrower than this is a stand-in."""


@dataclass(frozen=True)
class Family:
    """What a model is: swift's name for it, and the folder of recipes made for its size."""

    model_type: str
    folder: str


def model_type(model: str) -> str:
    """Swift's name of the model's architecture; empty where neither config.json nor hub name tells."""
    if is_local(model):
        kind = str(_config(model).get("model_type", ""))
        return kind if kind in TYPES else ""
    plain = re.sub(r"[._-]", "_", model.lower())
    return next((t for t in TYPES if re.search(rf"(?<![a-z0-9]){t}(?![a-z0-9])", plain)), "")


def of(model: str) -> Family:
    """The family of a local folder or a hub name: recipes of its size, or of the next larger model there is.

    Raises:
        KitError: no model is there, what it is cannot be told, or it is larger than every model with recipes.
    """
    check_model(model)
    kind = model_type(model)
    if not kind:
        raise KitError(
            f"{model}: is none of {', '.join(TYPES)}, as far as its name or config.json tells; name the recipe"
            " yourself, as in: RECIPE=qwen2_5_vl_3b/lora"
        )
    config = _config(model) if is_local(model) else {}
    size = _size_of_config(config) if config else _size_of_name(model)
    if config and (_text(config).get("hidden_size", TINY) < TINY or (Path(model) / "stand_in.json").is_file()):
        return Family(kind, "tiny")
    known = sorted((shapes.SHAPES[n].parameters / 1e9, folder) for n, folder in _with_recipes(kind))
    fitting = [folder for billions, folder in known if size <= billions * 1.1]
    if not fitting:
        raise KitError(
            f"{model}: larger than any {kind} with recipes; take the largest and look at its memory first:"
            f" RECIPE={known[-1][1]}/lora, circuit-vqa recipes plan {known[-1][1]}/lora --model {model} --data …"
        )
    return Family(kind, fitting[0])


def _with_recipes(kind: str) -> list[tuple[str, str]]:
    """(key of SHAPES, folder of recipes) of the models of one architecture."""
    folders = {name.split("/")[0] for name in recipe.names()}
    found = ((name, re.sub(r"[._-]", "_", name.lower())) for name in shapes.SHAPES)
    return [(name, folder) for name, folder in found if folder in folders and folder.startswith(f"{kind}_")]


def _size_of_name(model: str) -> float:
    """Billions of parameters by the name (`…-7B-…`); 0 where it says none, which is taken for the smallest."""
    found = re.search(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])", model.lower())
    return float(found.group(1)) if found else 0.0


def _size_of_config(config: dict[str, Any]) -> float:
    """Billions of parameters, about: the projections of the language layers and its vocabulary."""
    text = _text(config)
    hidden, layers, inner = (int(text.get(k, 0)) for k in ("hidden_size", "num_hidden_layers", "intermediate_size"))
    tied = config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))
    vocabulary = (1 if tied else 2) * hidden * int(text.get("vocab_size", 152064))
    return (layers * (2.5 * hidden * hidden + 3 * hidden * inner) + vocabulary) / 1e9


def _text(config: dict[str, Any]) -> dict[str, Any]:
    """The language model's part; older config.json of Qwen2-VL and Qwen2.5-VL have it on top."""
    inner = config.get("text_config")
    return inner if isinstance(inner, dict) and "hidden_size" in inner else config


def _config(model: str) -> dict[str, Any]:
    try:
        found = json.loads((Path(model) / "config.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
