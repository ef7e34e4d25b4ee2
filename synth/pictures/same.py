"""Do two pictures show the same drawing? Compared piece by piece, after laying one over the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synth.pictures.copying import flat, opened
from synth.pictures.ink import content_box, lines

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SAME = 0.7
"""From here on two drawings count as one (`benchmarks/picture_hashes.py` prints what lies on either side)."""
_SIDE = 640
_PIECE, _COARSE = 12, 32
"""Pixels of a piece, after and before laying over: about a character, so that a changed value shows."""
_REACH, _COARSE_REACH = 2, 4
"""How far a piece is looked for, in pixels, after and before laying over."""
_SHAPE = 0.93
_CALM = 0.04
"""Variance below which a piece hardly counts: no line crosses it, or only a bit of one."""


def drawing(path: Path) -> np.ndarray:
    """The lines of a picture cropped to them, 0..255, uint8. Raises BadPicture, OSError."""
    return cut_out(flat(opened(path.read_bytes())[0]))


def cut_out(sheet: Image.Image) -> np.ndarray:
    """The lines of an RGB picture cropped to them, 0..255, uint8; once more without margins, as large as can be."""
    import numpy as np

    drawn = lines(sheet)
    factor = sheet.width / drawn.shape[1]
    left, top, right, bottom = (round(x * factor) for x in content_box(drawn))
    if factor > 1:
        drawn = lines(sheet.crop((left, top, right, bottom)))
        left, top, right, bottom = content_box(drawn)
    return (drawn[top:bottom, left:right] * 255).round().astype(np.uint8)


def sameness(one: np.ndarray, other: np.ndarray) -> float:
    """Likeness, -1 to 1, of the two pieces that agree least; both are `drawing`s.

    Scale, margins, slight rotation and noise count for little; another value of one resistor counts in full.
    """
    import numpy as np
    from scipy.ndimage import gaussian_filter

    (ha, wa), (hb, wb) = one.shape, other.shape
    if not _SHAPE < (wa / ha) / (wb / hb) < 1 / _SHAPE:
        return 0.0
    side, shape = min(_SIDE, max(ha, wa), max(hb, wb)), ((wa / ha) * (wb / hb)) ** 0.5
    size = (round(side * min(1.0, shape)) or 1, round(side * min(1.0, 1 / shape)) or 1)
    a, b = _sized(one, size), _sized(other, size)
    b = _laid_over(a, b)
    a, b = gaussian_filter(a, 1.0), gaussian_filter(b, 1.0)
    # both ways, so that what stands in one of them only counts, whichever it is
    agreed = [_matched(x, y, _REACH, _PIECE, _CALM)[0].ravel() for x, y in ((a, b), (b, a))]
    return float(np.sort(np.concatenate(agreed))[:2].mean())


def _sized(drawn: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    import numpy as np
    from PIL import Image

    how = Image.Resampling.BOX if size[0] < drawn.shape[1] else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(drawn).resize(size, how), np.float32) / 255


def _laid_over(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`b` turned, stretched and shifted to lie on `a`, by where its pieces are found at half size."""
    import numpy as np
    from scipy.ndimage import affine_transform, gaussian_filter

    half = [gaussian_filter(gaussian_filter(x, 0.8)[::2, ::2], 0.7) for x in (a, b)]
    if min(half[0].shape) < 2 * _COARSE:
        return b
    agree, down, right, variance = _matched(half[0], half[1], _COARSE_REACH, _COARSE)
    known = (variance > 0.3 * np.median(variance)) & (agree > 0.6)
    if known.sum() < 4:
        return b
    rows, columns = np.nonzero(known)
    at = np.stack([np.ones(len(rows)), (rows + 0.5) * _COARSE * 2, (columns + 0.5) * _COARSE * 2], 1)
    moved = np.stack([down[known] * 2.0, right[known] * 2.0], 1)
    weight = np.ones(len(rows))
    for _ in range(3):  # pieces found at a wrong place count less each time
        fit = np.linalg.lstsq(at * weight[:, None], moved * weight[:, None], rcond=None)[0]
        weight = 1 / (1 + np.hypot(*(at @ fit - moved).T))
    matrix = np.eye(2) + fit[1:].T
    laid: np.ndarray = affine_transform(b, matrix, offset=fit[0], order=1)
    return laid


def _matched(
    a: np.ndarray, b: np.ndarray, reach: int, piece: int, calm: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each piece of `a`: best likeness to `b` nearby, how far down and right that is, its variance.

    Likeness is the structural similarity of Wang et al. 2004 with `calm` as its constant; without, correlation.
    """
    import numpy as np

    count = piece * piece
    mean_a = _sums(a, piece) / count
    variance_a = _sums(a * a, piece) / count - mean_a**2
    padded = np.pad(b, reach)
    best = np.full(mean_a.shape, -1.0)
    down, right = np.zeros(mean_a.shape, int), np.zeros(mean_a.shape, int)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            shifted = padded[dy : dy + a.shape[0], dx : dx + a.shape[1]]
            mean = _sums(shifted, piece) / count
            variance = _sums(shifted * shifted, piece) / count - mean**2
            covariance = _sums(a * shifted, piece) / count - mean_a * mean
            if calm:
                agree = (2 * covariance + calm) / (variance_a + variance + calm)
            else:
                agree = covariance / np.sqrt(np.maximum(variance_a * variance, 1e-9))
            better = agree > best
            best[better] = agree[better]
            down[better], right[better] = dy - reach, dx - reach
    return best, down, right, variance_a


def _sums(x: np.ndarray, piece: int) -> np.ndarray:
    import numpy as np

    height, width = (s // piece * piece for s in x.shape)
    sums: np.ndarray = np.add.reduceat(
        np.add.reduceat(x[:height, :width], np.arange(0, height, piece), 0), np.arange(0, width, piece), 1
    )
    return sums
