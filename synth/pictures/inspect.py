"""A picture as the dataset keeps it: RGB on white, no larger than the model is ever shown. Originals stay untouched."""

from __future__ import annotations

import io
from pathlib import Path

from qa.picture_size import fit


class BadPicture(Exception):
    """A file cannot be used as a picture; the message says why."""


def picture_bytes(path: Path) -> bytes:
    """The picture as an RGB PNG on white, within longest side and pixel budget, upright. Raises BadPicture."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            opened.load()
            image = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as e:
        raise BadPicture(f"{path.name} cannot be read as a picture ({e})") from e
    white = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(white, image).convert("RGB")
    factor = fit(*flat.size)
    if factor < 1:
        size = (max(1, round(flat.width * factor)), max(1, round(flat.height * factor)))
        flat = flat.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "PNG")
    return out.getvalue()
