"""The perceptual hash of a drawing: of its lines alone, cropped to them, so that margins and paper do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synth.pictures.ink import content_box

if TYPE_CHECKING:
    import numpy as np

HASH_SIDE = 16
BITS = HASH_SIDE * HASH_SIDE


def look_of(drawn: np.ndarray) -> str:
    """256 bits in hex of `ink.lines`. Equal drawings differ in few bits, whatever their size, margins or paper.

    Source: pHash (DCT of a small grey picture against its median), as in the ImageHash package.
    """
    import imagehash
    import numpy as np
    from PIL import Image

    left, top, right, bottom = content_box(drawn)
    cut = (drawn[top:bottom, left:right].clip(0, 1) * 255).round().astype(np.uint8)
    return str(imagehash.phash(Image.fromarray(255 - cut, "L"), hash_size=HASH_SIDE))
