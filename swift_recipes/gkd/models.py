"""What of a model matters for distillation: its vocabulary and how it takes a picture in. From a folder, or by name."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.errors import KitError
from swift_recipes.checks import is_local

QWEN = "b65f86ab20da"
"""`fingerprint` of the 151,643 byte-pair tokens that Qwen2, Qwen2.5 and Qwen3 share."""
QWEN_ADDED = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>",
    "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>",
    "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",  # Qwen2-VL ends here
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>",  # Qwen2.5-VL
    "<tool_response>", "</tool_response>", "<think>", "</think>",  # Qwen3-VL
)  # fmt: skip
"""Added after them, from id 151643 on."""
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
SPECIALS = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
QWEN_SPECIALS = dict(zip(SPECIALS, (151655, 151656, 151652, 151653), strict=True))


@dataclass(frozen=True)
class Picture:
    """How a picture becomes patches. Pixel limits are not part of it: in training MAX_PIXELS rules both models."""

    patch: int
    merge: int
    temporal: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def differences(self, other: Picture) -> list[str]:
        """`patch size 16 and 14`, one a difference."""
        names = {"patch": "patch size", "merge": "merge size", "temporal": "temporal patch size"}
        said = [f"{names.get(k, k)} {a} and {getattr(other, k)}" for k, a in vars(self).items() if k in names
                and a != getattr(other, k)]  # fmt: skip
        for k in ("mean", "std"):
            a, b = getattr(self, k), getattr(other, k)
            if len(a) != len(b) or any(abs(x - y) > 1e-4 for x, y in zip(a, b, strict=True)):
                said.append(f"{k} of the colours {_short(a)} and {_short(b)}")
        return said


@dataclass(frozen=True)
class Model:
    """A teacher or a student."""

    name: str
    kind: str  # model_type of config.json
    base: str  # fingerprint of the vocabulary without added tokens
    added: Mapping[str, int]
    picture: Picture
    rows: int  # of the embedding: words, and padding
    specials: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)  # the vocabulary itself, where a folder was read


_FAMILIES: tuple[tuple[str, str, int, Picture], ...] = (  # name on a hub, model_type, added tokens, picture
    (r"qwen2\.5-vl-(3|7|32|72)b", "qwen2_5_vl", 22, Picture(14, 2, 2, *CLIP)),
    (r"(qwen2-vl-(2|7|72)b|qvq-72b)", "qwen2_vl", 14, Picture(14, 2, 2, *CLIP)),
    (r"qwen3-vl-\d+b-a\d+b", "qwen3_vl_moe", 26, Picture(16, 2, 2, *HALF)),
    (r"qwen3-vl-(2|4|8|32)b", "qwen3_vl", 26, Picture(16, 2, 2, *HALF)),
)
_ROWS = {"3b": 151936, "2b": 151936}  # Qwen2-VL-2B and Qwen2.5-VL-3B; their larger sisters are padded further


class Closed(KitError):
    """A model that gives text alone."""


_CLOSED = re.compile(r"(?i)(^|/)(gpt-|chatgpt|o[134](-|$)|claude|gemini|grok|qwen-?vl-(max|plus)|doubao|hunyuan|ernie)")


def is_closed(name: str) -> bool:
    """Whether a name means a model behind an API that gives text alone."""
    return bool(_CLOSED.search(name)) and not Path(name).exists()


def read(name: str) -> Model:
    """A model by folder, by its copy in a hub's cache, or by the family that its hub name tells.

    Raises:
        Closed: it is served behind an API only.
        KitError: a family not known here, or a folder that does not tell.
    """
    if is_closed(name):
        raise Closed(f"{name}: is behind an API that gives text, not the distribution over all words")
    if is_local(name):
        return of_folder(Path(name))
    for pattern, kind, added, picture in _FAMILIES:
        if re.search(rf"(?i)(^|/){pattern}", name):
            size = re.search(r"(?i)-(\d+b)", name)
            rows = 151936 if kind.startswith("qwen3") else _ROWS.get((size.group(1) if size else "").lower(), 152064)
            tokens = {t: 151643 + i for i, t in enumerate(QWEN_ADDED[:added])}
            return Model(name, kind, QWEN, tokens, picture, rows, QWEN_SPECIALS)
    cached = _cached(name)
    if cached is not None:
        return of_folder(cached, name)
    raise KitError(f"{name}: its family is not known here; fetch it and name the folder instead: hf download {name}")


def _cached(name: str) -> Path | None:
    """The folder of a hub name that has been fetched before, by Hugging Face's or ModelScope's client."""
    home = Path.home() / ".cache"
    hub = Path(os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or home / "huggingface") / "hub")
    found = sorted((hub / f"models--{name.replace('/', '--')}" / "snapshots").glob("*/config.json"))
    scope = Path(os.environ.get("MODELSCOPE_CACHE") or home / "modelscope" / "hub") / "models"
    found += [
        p for p in (scope / name / "config.json", scope / name.replace(".", "___") / "config.json") if p.is_file()
    ]
    return found[-1].parent if found else None


def of_folder(folder: Path, name: str = "") -> Model:
    """What the files of a model folder say. Raises KitError naming the file that is missing or says nothing."""
    config = _json(folder / "config.json")
    text = config.get("text_config")
    inner = text if isinstance(text, dict) and "vocab_size" in text else config
    words, added = _vocabulary(folder)
    plain = {t: i for t, i in words.items() if t not in added}
    rows = inner.get("vocab_size")
    if not isinstance(rows, int):
        raise KitError(f"{folder}/config.json: no vocab_size; fetch or build the model again")
    return Model(
        name=name or str(folder), kind=str(config.get("model_type")), base=fingerprint(plain), added=added,
        picture=_picture(folder), rows=rows, words=plain,
        specials={k: config[k] for k in SPECIALS if isinstance(config.get(k), int)},
    )  # fmt: skip


def fingerprint(words: Mapping[str, int]) -> str:
    """The same for the same tokens under the same ids."""
    lines = (f"{i}:{t}" for t, i in sorted(words.items(), key=lambda w: (w[1], w[0])))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _vocabulary(folder: Path) -> tuple[dict[str, int], dict[str, int]]:
    """All tokens, and those added to the byte pairs, each with its id."""
    words: object = None
    added: dict[Any, Any] = {}
    try:
        if (folder / "tokenizer.json").is_file():
            data = _json(folder / "tokenizer.json")
            words = data["model"]["vocab"]
            added = {t["content"]: t["id"] for t in data.get("added_tokens", [])}
        elif (folder / "vocab.json").is_file():
            listed = _json(folder / "tokenizer_config.json").get("added_tokens_decoder", {})
            words = _json(folder / "vocab.json")
            added = {t["content"]: int(i) for i, t in listed.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        words = None
    if not isinstance(words, dict) or not all(type(i) is int for i in (*words.values(), *added.values())):
        raise KitError(f"{folder}: no vocabulary in tokenizer.json or vocab.json; fetch or build the model again")
    return words, added


def _picture(folder: Path) -> Picture:
    path = folder / "preprocessor_config.json"
    if path.is_file():
        data = _json(path)
    else:  # transformers 5 writes one file for text and pictures
        path = folder / "processor_config.json"
        inner = _json(path).get("image_processor") if path.is_file() else None
        data = inner if isinstance(inner, dict) else {}
    try:
        return Picture(
            data["patch_size"], data["merge_size"], data["temporal_patch_size"],
            tuple(map(float, data["image_mean"])), tuple(map(float, data["image_std"])),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as e:
        raise KitError(
            f"{folder}: {path.name} does not say how a picture is cut into patches ({e}), as those of Qwen's models do;"
            " fetch or build the model again"
        ) from e


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as e:
        raise KitError(f"{path}: {e.strerror}; name a model folder, or fetch or build the model again") from e
    except (ValueError, RecursionError) as e:
        raise KitError(f"{path}: not JSON ({e}); fetch or build the model again") from e
    if not isinstance(data, dict):
        raise KitError(f"{path}: not a JSON object; fetch or build the model again")
    return data


def _short(values: tuple[float, ...]) -> str:
    return "/".join(f"{v:.2g}" for v in values)
