"""How wide the edges of a drawing are: a measure of blur that looks at edges only, however few there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_TILE = 16
"""Edges are measured in tiles of so many pixels."""
_STRONG = 0.5
"""Tiles with less contrast than this share of the strongest are paper, shadow or noise."""
_NOISY = 1.5
"""Grain of more grey levels than this is smoothed first, or the edges of grains would be measured."""
_SMOOTHED = 1.8
"""Width that smoothing itself adds, in quadrature."""


def edge_width(sheet: Image.Image) -> float:
    """Width in pixels of the sharper edges: 1 is as sharp as pixels can be, about 1.9 x sigma of a Gaussian blur.

    Contrast over steepest slope in each tile that holds a strong edge. Empty paper, which fools the variance of the
    Laplacian on sparse drawings, has no say. 0 where there are no edges.
    """
    import numpy as np

    grey = np.asarray(sheet.convert("L"), dtype=np.float32)
    if min(grey.shape) < 2 * _TILE:
        return 0.0
    noise = grain(grey)
    noisy = noise > _NOISY
    if noisy:
        grey, noise = _smooth(grey), noise / 3
    measured = [_tiles(grey[o:, o:], noise, noisy) for o in (0, _TILE // 2)]
    width, contrast = (np.concatenate(one) for one in zip(*measured, strict=True))
    strongest = float(np.quantile(contrast, 0.98))
    if strongest < 16:
        return 0.0
    found = float(np.quantile(width[contrast >= _STRONG * strongest], 0.25))
    return max(1.0, found**2 - _SMOOTHED**2) ** 0.5 if noisy else found


def grain(grey: np.ndarray) -> float:
    """Standard deviation of noise, in the unit of `grey`, told from neighbours: most of a drawing is flat paper."""
    import numpy as np

    return float(np.median(np.abs(np.diff(grey, axis=1)))) / 0.954 if grey.shape[1] > 1 else 0.0


def _smooth(grey: np.ndarray) -> np.ndarray:
    """Mean of 3 x 3 pixels."""
    grey = (grey[:-2] + grey[1:-1] + grey[2:]) / 3
    return (grey[:, :-2] + grey[:, 1:-1] + grey[:, 2:]) / 3


def _tiles(grey: np.ndarray, noise: float, noisy: bool) -> tuple[np.ndarray, np.ndarray]:
    """(edge width, contrast) of every tile; what noise adds to the extremes of a tile is taken off."""
    import numpy as np

    height, width = (s // _TILE * _TILE for s in grey.shape)
    shape = (height // _TILE, _TILE, width // _TILE, _TILE)
    tiles = grey[:height, :width].reshape(shape).transpose(0, 2, 1, 3).reshape(-1, _TILE, _TILE)
    slope = np.maximum(np.abs(np.diff(tiles, axis=1)).max((1, 2)), np.abs(np.diff(tiles, axis=2)).max((1, 2)))
    contrast = np.maximum(tiles.max((1, 2)) - tiles.min((1, 2)) - 5 * noise, 0)
    return contrast / np.maximum(slope - (2.4 if noisy else 4.0) * noise, 1.0), contrast
