"""The lines of a drawing without its paper: shadows, tint and dark mode taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SIDE = 640
"""Pictures are looked at no larger than this."""
_TILE = 32
_FAINT = 0.18
"""Ink is what differs from its surroundings by this share of white."""


def lines(sheet: Image.Image) -> np.ndarray:
    """Ink of every pixel, 0 (paper) to 1, of the picture brought to SIDE px; float32, shape (height, width).

    Paper is what most pixels of a tile and its neighbours look like, so a shadow is paper, and so is a black screen.
    """
    import numpy as np
    from PIL import Image

    grey = sheet.convert("L")
    factor = min(1.0, SIDE / max(grey.size))
    if factor < 1:
        size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
        grey = grey.resize(size, Image.Resampling.BOX)
    values = np.asarray(grey, dtype=np.float32) / 255
    return np.abs(values - _paper(values))


def _paper(values: np.ndarray) -> np.ndarray:
    """Brightness of the paper at every pixel: the median of each tile, smooth in between."""
    import numpy as np
    from PIL import Image

    height, width = values.shape
    rows, columns = max(1, round(height / _TILE)), max(1, round(width / _TILE))
    whole = float(np.median(values))
    medians = np.empty((rows, columns), np.float32)
    down = np.linspace(0, height, rows + 1).round().astype(int)
    across = np.linspace(0, width, columns + 1).round().astype(int)
    for r in range(rows):
        for c in range(columns):
            tile = values[down[r] : down[r + 1], across[c] : across[c + 1]]
            medians[r, c] = np.median(tile) if tile.size else whole
    smooth = Image.fromarray(medians).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(smooth)


def ink_share(drawn: np.ndarray) -> float:
    """Share of the pixels that are ink, 0 to 1."""
    return float((drawn > _FAINT).mean())


def content_box(drawn: np.ndarray) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the ink; the whole picture where there is none. Single specks do not count."""
    import numpy as np

    ink = drawn > _FAINT
    height, width = ink.shape
    rows, columns = np.flatnonzero(ink.sum(1) > 1), np.flatnonzero(ink.sum(0) > 1)
    if not len(rows) or not len(columns):
        return 0, 0, width, height
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
