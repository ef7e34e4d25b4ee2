"""How wide the edges of a drawing are: a measure of blur that looks at edges only, however few there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_TILE = 16
"""Edges are measured in tiles of so many pixels."""
_STRONG = 0.5
"""Tiles with less contrast than this share of the strongest are paper or noise."""


def edge_width(sheet: Image.Image) -> float:
    """Width in pixels of the sharper edges; 1 is as sharp as pixels can be, 0 there are no edges.

    In each tile: contrast over steepest slope. Empty paper, which fools the variance of the Laplacian, has no say.
    """
    import numpy as np

    grey = np.asarray(sheet.convert("L"), dtype=np.float32)
    if min(grey.shape) < 2 * _TILE:
        return 0.0
    widths, contrast = zip(*(_tiles(grey[o:, o:]) for o in (0, _TILE // 2)), strict=True)
    width, strength = np.concatenate(widths), np.concatenate(contrast)
    strongest = float(np.quantile(strength, 0.98))
    if strongest < 16:
        return 0.0
    return float(np.quantile(width[strength >= _STRONG * strongest], 0.25))


def _tiles(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(edge width, contrast) of every tile."""
    import numpy as np

    height, width = (s // _TILE * _TILE for s in grey.shape)
    grey = grey[:height, :width]
    shape = (height // _TILE, _TILE, width // _TILE, _TILE)
    tiles = grey.reshape(shape).transpose(0, 2, 1, 3).reshape(-1, _TILE, _TILE)
    contrast = tiles.max((1, 2)) - tiles.min((1, 2))
    slope = np.maximum(
        np.abs(np.diff(tiles, axis=1)).max((1, 2)),
        np.abs(np.diff(tiles, axis=2)).max((1, 2)),
    )
    return contrast / np.maximum(slope, 1e-3), contrast
