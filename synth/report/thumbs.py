"""Pictures made small enough to lie inside a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_BYTES = 60_000
"""Of one picture."""
# Longest side in pixels and quality: legible when opened, small in the page.
_TRIES = ((900, 70), (900, 40), (640, 40), (400, 30))


@dataclass(frozen=True, slots=True)
class Thumb:
    """One picture for the page: a data URI and its size, or why there is none."""

    uri: str = ""
    width: int = 0
    height: int = 0
    why: str = ""


def thumb(root: Path, name: str) -> Thumb:
    """The picture `name` of the folder as WebP of at most 60 kB; never raises for a bad file."""
    from PIL import Image

    path = root / name
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            return Thumb(why="leads out of the folder")
        with Image.open(path) as opened:
            flat = _flat(opened)
        for longest, quality in _TRIES:
            small = flat.copy()
            small.thumbnail((longest, longest))
            out = io.BytesIO()
            small.save(out, "WEBP", quality=quality, method=2)
            if out.tell() <= MOST_BYTES:
                break
        return Thumb("data:image/webp;base64," + base64.b64encode(out.getvalue()).decode(), *small.size)
    except FileNotFoundError:
        return Thumb(why="is not there")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Thumb(why="cannot be read")


def _flat(picture: Picture) -> Picture:
    """The picture without transparency, on white."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        picture = Image.new("RGBA", over.size, "white")
        picture.alpha_composite(over)
    return picture.convert("RGB")
