"""Tokens of training rows: the text by Qwen's own vocabulary, the pictures by their real sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from qa.errors import KitError
from qa.picture_size import TOKEN_SIDE
from qa.picture_size import tokens as picture_tokens

SYSTEM = "You are a helpful assistant."
"""swift's default for Qwen2.5-VL and Qwen2-VL; Qwen3-VL has none."""
FRAME = 4
"""Tokens around a turn besides its role's name: <|im_start|>, a line break, <|im_end|>, a line break."""
LEARNT_FRAME = 2
"""Of those, what is learnt with an answer: <|im_end|> and the line break after it."""
PICTURE_FRAME = 2
"""<|vision_start|> and <|vision_end|> around a picture."""


@dataclass(frozen=True)
class Row:
    """One training row: its text in tokens, how many of them are learnt, and (width, height) of its pictures."""

    text: int
    answer: int
    sizes: tuple[tuple[int, int], ...]
    token_side: int = TOKEN_SIDE  # pixels a side of what becomes one token

    def image(self, max_pixels: int) -> int:
        """Tokens of its pictures when each is shown with at most `max_pixels`."""
        whole = max_pixels // self.token_side**2 * self.token_side**2  # swift counts the limit in whole tokens
        return sum(picture_tokens(w, h, whole, self.token_side) for w, h in self.sizes)

    def tokens(self, max_pixels: int) -> int:
        return self.text + self.image(max_pixels)


@cache
def qwen() -> Callable[[str], int]:
    """Counts the tokens of a text as Qwen2.5-VL's tokenizer does (about a second to load).

    Raises:
        KitError: the dashscope package, which ships the vocabulary, is not there.
    """
    try:
        from dashscope.tokenizers import get_tokenizer
    except ImportError as e:
        raise KitError(f"dashscope ships Qwen's vocabulary and cannot be loaded ({e}); run: bash shell/setup.sh") from e
    encode = get_tokenizer("qwen-7b-chat").encode
    return lambda text: len(encode(text, allowed_special=set()))


def read(path: Path, token_side: int = TOKEN_SIDE, system: str = SYSTEM) -> list[Row]:
    """Rows of a swift JSONL, for a model of this token side and default system prompt.

    Raises:
        KitError: the first row or picture that cannot be read, with its line.
    """
    from swift_recipes.checks import rows_of

    if not path.is_file():
        raise KitError(f"{path}: no such file; make it with: circuit-vqa synth export {path.parent.parent}")
    rows = [_row(fields, f"{path}:{number}", token_side, system) for number, fields in rows_of(path)]
    if not rows:
        raise KitError(f"{path}: holds no rows; make it anew: circuit-vqa synth export {path.parent.parent}")
    return rows


def _row(fields: dict[str, Any], where: str, token_side: int, system: str) -> Row:
    turns = [t for t in fields["messages"] if isinstance(t, dict) and isinstance(t.get("content"), str)]
    if system and not any(t.get("role") == "system" for t in turns):
        turns = [{"role": "system", "content": system}, *turns]
    sizes = tuple(_size(picture, where) for picture in fields["images"])
    text = sum(_turn(t) for t in turns) + PICTURE_FRAME * len(sizes)
    answer = qwen()(turns[-1]["content"]) + LEARNT_FRAME if turns[-1].get("role") == "assistant" else 0
    return Row(text, answer, sizes, token_side)


def _turn(turn: dict[str, Any]) -> int:
    return FRAME + qwen()(str(turn["role"])) + qwen()(turn["content"].replace("<image>", ""))


def _size(picture: object, where: str) -> tuple[int, int]:
    from swift_recipes.checks import picture_path

    try:
        return _picture_size(picture_path(picture))
    except (OSError, ValueError) as e:
        path = picture_path(picture)
        raise KitError(
            f"{where}: size of picture {path[:200]} cannot be read ({getattr(e, 'strerror', 0) or e})"
        ) from e


@cache
def _picture_size(path: str) -> tuple[int, int]:
    """(width, height) from the head of the file; its pixels are not read."""
    from PIL import Image

    with Image.open(path) as image:
        return image.size
