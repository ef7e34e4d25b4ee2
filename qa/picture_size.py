"""How large a picture is kept and shown: one budget for dataset copies, PDF pages, training and serving.

Source: `smart_resize` of Qwen2-VL's image processor: sides are multiples of 28, the area stays within a budget.
"""

from __future__ import annotations

import math

TOKEN_SIDE = 28
"""A square of so many pixels becomes one token of Qwen2.5-VL."""
MAX_PIXELS = 1280 * TOKEN_SIDE * TOKEN_SIDE
"""Pixels the model is shown of one picture; the default of the recipes and shell scripts as well."""
MIN_PIXELS = 4 * TOKEN_SIDE * TOKEN_SIDE
"""A smaller picture is shown enlarged to this."""
LONGEST_SIDE = 1280
"""No copy of a picture file in a dataset is longer than this. Pages of PDFs keep to the pixel budget alone."""


def fit(width: float, height: float, max_pixels: int = MAX_PIXELS, longest: int = LONGEST_SIDE) -> float:
    """The factor (at most 1) that brings a picture of this size within longest side and pixel budget."""
    return min(1.0, longest / max(width, height), math.sqrt(max_pixels / (width * height)))


def tokens(width: int, height: int, max_pixels: int = MAX_PIXELS, token_side: int = TOKEN_SIDE) -> int:
    """Tokens the model spends on a picture of this size. Of Qwen3-VL a token is 32 pixels a side."""
    w, h = shown_size(width, height, max_pixels, token_side)
    return (w // token_side) * (h // token_side)


def shown_size(width: int, height: int, max_pixels: int = MAX_PIXELS, token_side: int = TOKEN_SIDE) -> tuple[int, int]:
    """(width, height) at which Qwen2.5-VL sees a picture: multiples of 28 nearest to it within the budget.

    Equal to `smart_resize` of transformers' processor, which raises where one side is more than 200 times the other;
    here such a picture gets a size too.
    """
    least = MIN_PIXELS // TOKEN_SIDE**2 * token_side**2
    w, h = (round(side / token_side) * token_side for side in (width, height))
    if w * h > max_pixels:
        shrink = math.sqrt(width * height / max_pixels)
        w = max(token_side, math.floor(width / shrink / token_side) * token_side)
        h = max(token_side, math.floor(height / shrink / token_side) * token_side)
    elif w * h < least:
        grow = math.sqrt(least / (width * height))
        w = math.ceil(width * grow / token_side) * token_side
        h = math.ceil(height * grow / token_side) * token_side
    return w, h
