"""The stand-in: a Qwen2.5-VL of 22 M parameters with the real Qwen tokenizer and processor.

It has every part of the real model (vision tower with window attention, merger, grouped-query language
model, tied word embeddings, the 151,936-row vocabulary), so whatever runs on it runs on the real one. It comes
with random weights, whose score says only that the path works, or pretrained to see small circuits
(`swift_recipes/seeing/`), so that training can be seen to teach.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import KitError
from swift_recipes.checks import check_disk
from swift_recipes.rundir import write_kit_env

if TYPE_CHECKING:
    import torch

MARK = "stand_in.json"  # tells the scripts that a folder holds the stand-in
# In this order after the 151,643 byte-pair tokens: their ids are hard-coded in swift's template.
SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>",
    "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>",
    "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
IDS = {"<|endoftext|>": 151643, "<|im_start|>": 151644, "<|im_end|>": 151645, "<|vision_start|>": 151652,
       "<|vision_end|>": 151653, "<|image_pad|>": 151655, "<|video_pad|>": 151656, "Hello": 9707}  # fmt: skip
VOCAB = 151936  # rows of the embedding in Qwen2.5-VL-3B; the tokenizer uses 151,657 of them
WIDTH = 128
SIZES = {"student": (WIDTH, 6), "teacher": (2 * WIDTH, 6)}  # width and layers of the language model
# A tied output row of norm sqrt(128) * 0.2 lets a frozen random vocabulary reach confident logits; with the usual
# 0.02 the softmax over 152k words stays flat whatever the layers learn, and training has nothing to descend.
EMBED_STD = 0.2
# With the real 1e6 the columns of a picture turn the heads' 32 numbers by 2e-4 each: the place left to right would
# have to be learnt from the picture's own vectors, for which the real model had 4 trillion tokens. With 50 all numbers
# turn so fast that a text is not found again 60 tokens later. So: 500, and most of the numbers for the columns; the
# first of them tell places apart, the last turn by 0.3 radians in 60 tokens.
ROPE_THETA, ROPE_SECTIONS = 500.0, [2, 4, 10]  # sections: time, rows, columns
DISK_GB = 0.2
_MEND = "free 200 MB or name another --out"
PIXELS, LENGTH = 64 * 28 * 28, 512  # what it is trained and asked with: 64 tokens a picture, 512 a row
MIN_PIXELS, MAX_PIXELS = 4 * 28 * 28, 1280 * 28 * 28

# The dialogue form of Qwen2.5-VL (ChatML, a picture as three tokens), for users of transformers and vLLM;
# swift brings its own.
CHAT_TEMPLATE = r"""
{%- if messages[0].role != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}
{%- for turn in messages %}
    {{- '<|im_start|>' + turn.role + '\n' }}
    {%- if turn.content is string %}
        {{- turn.content }}
    {%- else %}
        {%- for part in turn.content %}
            {%- if part.type in ('image', 'image_url') %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}
            {%- elif part.type == 'video' %}{{ '<|vision_start|><|video_pad|><|vision_end|>' }}
            {%- elif part.type == 'text' %}{{ part.text }}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
    {{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
"""


class StandInError(KitError):
    """The stand-in could not be built; the message says why and how to mend it."""


def build(out: Path | str, seed: int = 0, size: str = "student", weights: Path | None = None) -> dict[str, Any]:
    """Write the stand-in model into folder `out`, whole or not at all. `size` is one of SIZES.

    `weights`: packed ones (`swift_recipes/seeing/weights.py`) instead of random ones; a student only.

    Returns what `stand_in.json` holds: seed, number of parameters, bytes. The same seed gives the same bytes
    of weights. A folder that already holds the same stand-in is left as it is.

    Raises:
        StandInError: `out` holds something else, the tokenizer is not the expected one, or the disk is full.
    """
    out = Path(out)
    there = _read_mark(out)
    if size not in SIZES:
        raise StandInError(f"--size {size}: take one of: {', '.join(SIZES)}")
    if weights and size != "student":
        raise StandInError(f"--size {size}: only the student is pretrained; add --random")
    hashed = _hash(weights)
    if (there.get("seed"), there.get("size", "student"), there.get("weights", "")) == (seed, size, hashed):
        return there
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StandInError(f"{out} exists and is not this stand-in (seed {seed}); name another --out or delete it")
    try:
        check_disk(out, DISK_GB, "--out")
    except KitError as e:
        raise StandInError(f"{e}; it cannot be written there") from e
    tmp: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        tmp = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
        facts = _write(tmp, seed, size, weights, hashed)
        tmp.chmod(0o755)
        if out.exists():
            out.rmdir()
        tmp.rename(out)
        return facts
    except Exception as e:
        if not isinstance(e, OSError) and "os error" not in str(e):  # so safetensors and tokenizers put it
            raise
        raise StandInError(f"{out}: cannot be written ({getattr(e, 'strerror', None) or e}); {_MEND}") from e
    finally:
        if tmp is not None:
            shutil.rmtree(tmp, ignore_errors=True)


def _read_mark(out: Path) -> dict[str, Any]:
    """What MARK says of the stand-in in `out`; empty where none is, or half of one."""
    try:
        facts = json.loads((out / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _hash(file: Path | None) -> str:
    """Of packed weights; empty for random ones. Raises StandInError where they cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file else ""
    except OSError as e:
        raise StandInError(f"{file}: cannot be read ({e.strerror}); name packed weights, or add --random") from e


def _write(folder: Path, seed: int, size: str, weights: Path | None, hashed: str) -> dict[str, Any]:
    processor = build_processor()
    processor.save_pretrained(folder)
    model: Any = build_model(seed, size)
    facts: dict[str, Any] = {"what": "circuit-vqa stand-in: Qwen2.5-VL architecture, random weights"}
    if weights:
        from swift_recipes.seeing.weights import card, put_into

        put_into(model, seed, weights)
        facts = card(weights)
    model.save_pretrained(folder, safe_serialization=True)
    facts |= {"seed": seed, "size": size, "weights": hashed, "parameters": sum(p.numel() for p in model.parameters())}
    for file in folder.iterdir():
        file.chmod(0o644)  # safetensors writes 0600: a server under another user could not read it
    write_kit_env(folder, MAX_PIXELS=PIXELS, MAX_LENGTH=LENGTH)
    (folder / MARK).write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    return facts


def build_tokenizer() -> Any:
    """The Qwen2.5 tokenizer, rebuilt from the vocabulary that the dashscope package ships: no download.

    Raises:
        StandInError: the vocabulary is missing, or gives other ids than Qwen2.5-VL's.
    """
    import dashscope
    from transformers import AddedToken, Qwen2Tokenizer
    from transformers.convert_slow_tokenizer import TikTokenConverter

    ranks = Path(dashscope.__file__).parent / "resources" / "qwen.tiktoken"
    if not ranks.is_file():
        raise StandInError(f"{ranks} is missing: this dashscope has no Qwen vocabulary; run: bash shell/setup.sh")
    vocab, merges = TikTokenConverter(vocab_file=str(ranks)).extract_vocab_merges_from_model(str(ranks))
    # The specials go into the vocabulary first, so that naming one of them as pad or end cannot reorder them.
    vocab |= {token: len(vocab) + i for i, token in enumerate(SPECIAL_TOKENS)}
    tokenizer = Qwen2Tokenizer(
        vocab=vocab, merges=merges, eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token=None,
        model_max_length=32768, chat_template=CHAT_TEMPLATE,
    )  # fmt: skip
    tokenizer.add_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL_TOKENS], special_tokens=True)
    for text, wanted in IDS.items():
        if (got := tokenizer.encode(text)) != [wanted]:
            raise StandInError(f"the rebuilt tokenizer reads {text!r} as {got}, Qwen2.5-VL reads it as [{wanted}]")
    return tokenizer


def build_processor() -> Any:
    """Tokenizer, picture and video processors of Qwen2.5-VL (14-pixel patches merged 2 x 2)."""
    from transformers import Qwen2_5_VLProcessor, Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    size = {"shortest_edge": MIN_PIXELS, "longest_edge": MAX_PIXELS}
    patches: dict[str, Any] = {"patch_size": 14, "merge_size": 2, "temporal_patch_size": 2, "size": size}
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(**patches),
        video_processor=Qwen2VLVideoProcessor(**patches),
        tokenizer=build_tokenizer(),
        chat_template=CHAT_TEMPLATE,
    )


def build_config(size: str = "student") -> Any:
    """The model's shape: 4 vision layers of width 128, and language layers as SIZES says."""
    from transformers import Qwen2_5_VLConfig

    width, layers = SIZES[size]
    std = WIDTH**-0.5  # keeps the signal's size through a layer at this width
    return Qwen2_5_VLConfig(
        vision_config={
            "depth": 4, "hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "num_heads": 4, "out_hidden_size": width,
            "window_size": 112, "fullatt_block_indexes": [1, 3], "tokens_per_second": 2, "initializer_range": std,
        },
        text_config={
            "vocab_size": VOCAB, "hidden_size": width, "intermediate_size": 3 * width, "num_hidden_layers": layers,
            "num_attention_heads": width // 32, "num_key_value_heads": 2, "max_position_embeddings": 32768,
            "rms_norm_eps": 1e-6, "tie_word_embeddings": True, "initializer_range": width**-0.5,
            "bos_token_id": IDS["<|endoftext|>"], "eos_token_id": IDS["<|im_end|>"],
            "rope_parameters": {"rope_type": "default", "rope_theta": ROPE_THETA, "mrope_section": ROPE_SECTIONS},
        },
        image_token_id=IDS["<|image_pad|>"], video_token_id=IDS["<|video_pad|>"],
        vision_start_token_id=IDS["<|vision_start|>"], vision_end_token_id=IDS["<|vision_end|>"],
        tie_word_embeddings=True, dtype="float32",
    )  # fmt: skip


def build_model(seed: int, size: str = "student") -> torch.nn.Module:
    """The model with random weights drawn from `seed`; the caller's random state is left alone."""
    import torch
    from transformers import GenerationConfig, Qwen2_5_VLForConditionalGeneration

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen2_5_VLForConditionalGeneration(build_config(size)).to(torch.float32)
        torch.nn.init.normal_(model.get_input_embeddings().weight, std=EMBED_STD)
    model.generation_config = GenerationConfig(
        do_sample=False,
        eos_token_id=[IDS["<|im_end|>"], IDS["<|endoftext|>"]],
        pad_token_id=IDS["<|endoftext|>"],
    )
    return model.eval()
