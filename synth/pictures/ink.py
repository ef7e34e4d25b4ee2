"""The lines of a drawing without its paper: shadow, tint, grain and dark mode taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synth.pictures.sharpness import grain

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SIDE = 640
"""Pictures are looked at no larger than this."""
_TILE = 32
_FAINT = 0.1
"""Lines differ from their paper by more than this share of white, and by more than five times its grain."""


def lines(sheet: Image.Image) -> np.ndarray:
    """Ink of every pixel, 0 (paper) to 1 (as dark as the lines are), of the picture brought to at most SIDE px.

    float32, shape (height, width). Paper is what most pixels around look like: a shadow is paper, and so is a black
    screen.
    """
    import numpy as np
    from PIL import Image

    grey = sheet.convert("L")
    factor = min(1.0, SIDE / max(grey.size))
    if factor < 1:
        size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
        grey = grey.resize(size, Image.Resampling.BOX)
    values = np.asarray(grey, dtype=np.float32) / 255
    drawn = np.abs(values - _paper(values))
    drawn[drawn <= max(_FAINT, 5 * grain(values))] = 0
    ink = drawn[drawn > 0]
    if not ink.size:
        return drawn
    return (drawn / np.quantile(ink, 0.9)).clip(0, 1)


def ink_share(drawn: np.ndarray) -> float:
    """Share of the pixels that are ink, 0 to 1."""
    return float((drawn > 0).mean())


def content_box(drawn: np.ndarray) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the ink; the whole picture where there is none. Single specks do not count."""
    import numpy as np

    ink = drawn > 0.3
    height, width = ink.shape
    rows, columns = np.flatnonzero(ink.sum(1) > 1), np.flatnonzero(ink.sum(0) > 1)
    if not len(rows) or not len(columns):
        return 0, 0, width, height
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _paper(values: np.ndarray) -> np.ndarray:
    """Brightness of the paper at every pixel: the median of each tile and its neighbours, smooth in between."""
    import numpy as np
    from PIL import Image

    height, width = values.shape
    down = np.linspace(0, height, max(1, round(height / _TILE)) + 1).round().astype(int)
    across = np.linspace(0, width, max(1, round(width / _TILE)) + 1).round().astype(int)
    medians = np.empty((len(down) - 1, len(across) - 1), np.float32)
    for r in range(len(down) - 1):
        for c in range(len(across) - 1):
            top, bottom = down[max(0, r - 1)], down[min(r + 2, len(down) - 1)]
            left, right = across[max(0, c - 1)], across[min(c + 2, len(across) - 1)]
            medians[r, c] = np.median(values[top:bottom:2, left:right:2])
    smooth = Image.fromarray(medians).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(smooth)
