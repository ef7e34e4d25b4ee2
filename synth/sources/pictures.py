"""A picture as the dataset keeps it: RGB on white, no larger than the model is ever shown. Originals stay untouched."""

from __future__ import annotations

import io
from pathlib import Path

LONGEST_SIDE = 1280
"""Pictures are scaled down to this many pixels: the model is never shown more."""


class BadPicture(Exception):
    """A file cannot be used as a picture; the message says why."""


def picture_bytes(path: Path) -> bytes:
    """The picture as an RGB PNG on white, its longest side at most LONGEST_SIDE, upright. Raises BadPicture."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            opened.load()
            image = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as e:
        raise BadPicture(f"{path.name} cannot be read as a picture ({e})") from e
    white = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(white, image).convert("RGB")
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "PNG")
    return out.getvalue()
