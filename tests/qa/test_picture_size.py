"""The size a picture is shown at is the one the real image processor works out."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from qa.picture_size import MAX_PIXELS, MIN_PIXELS, TOKEN_SIDE, shown_size, tokens

SIDE = st.integers(1, 20_000)
BUDGET = st.sampled_from([MIN_PIXELS, 64 * 28 * 28, 256 * 28 * 28, MAX_PIXELS, 16384 * 28 * 28])


@given(SIDE, SIDE, BUDGET, st.sampled_from([28, 32]))
@example(10, 200, MAX_PIXELS, 28)
@example(13, 13, MAX_PIXELS, 28)
@example(14, 42, MAX_PIXELS, 28)  # halves: rounded to even
@example(16, 48, MAX_PIXELS, 32)
@example(4960, 7016, MAX_PIXELS, 28)
@settings(max_examples=300, deadline=None)
def test_is_smart_resize(width: int, height: int, max_pixels: int, side: int) -> None:
    smart_resize = pytest.importorskip(
        "transformers.models.qwen2_vl.image_processing_qwen2_vl", reason="transformers is not installed"
    ).smart_resize
    assume(max(width, height) <= 200 * min(width, height))
    assume(max_pixels >= 4 * side * side)
    h, w = smart_resize(height, width, side, 4 * side * side, max_pixels)
    assert shown_size(width, height, max_pixels, side) == (w, h)
    assert tokens(width, height, max_pixels, side) == (w // side) * (h // side)


@given(SIDE, SIDE, st.sampled_from([64 * 28 * 28, MAX_PIXELS]))
def test_what_was_shown_once_is_shown_the_same_again(width: int, height: int, max_pixels: int) -> None:
    assume(max(width, height) <= 50 * min(width, height))
    size = shown_size(width, height, max_pixels)
    assert shown_size(*size, max_pixels) == size
    assert size[0] * size[1] <= max_pixels
    assert tokens(width, height, max_pixels) == size[0] * size[1] // TOKEN_SIDE**2


def test_the_real_processor_gives_as_many_tokens() -> None:
    """Not only the function: what comes out of the processor for a picture of our size is that picture."""
    module = pytest.importorskip("transformers.models.qwen2_vl.image_processing_qwen2_vl")
    from PIL import Image

    processor = module.Qwen2VLImageProcessor(size={"shortest_edge": MIN_PIXELS, "longest_edge": MAX_PIXELS})
    for width, height in ((4960, 3508), (612, 792), (30, 400), (1920, 1080)):
        w, h = shown_size(width, height)
        for size in ((width, height), (w, h)):
            grid = processor(images=Image.new("RGB", size), return_tensors="pt")["image_grid_thw"][0].tolist()
            assert grid == [1, h // 14, w // 14]
