"""Pictures made small enough to lie inside a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# Share of the longest side that is allowed, and WebP quality: legible when opened, small in the page.
_TRIES = ((1.0, 70), (1.0, 40), (0.7, 40), (0.45, 30))


@dataclass(frozen=True, slots=True)
class Thumb:
    """One picture for the page: a data URI and its size, or why there is none."""

    uri: str = ""
    width: int = 0
    height: int = 0
    why: str = ""


def thumb(root: Path, name: str, longest: int = 900, most_bytes: int = 60_000) -> Thumb:
    """The picture `name` of the folder as WebP of at most `longest` pixels a side; never raises for a bad file.

    Quality and size fall until `most_bytes` are kept; a file that is smaller than its WebP is taken as it is.
    """
    from PIL import Image

    path = root / name
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            return Thumb(why="leads out of the folder")
        with Image.open(path) as opened:
            flat = _flat(opened)
            kind = _AS_IT_IS.get(opened.format or "")
        for share, quality in _TRIES:
            small = flat.copy()
            small.thumbnail((round(longest * share),) * 2)
            out = io.BytesIO()
            small.save(out, "WEBP", quality=quality, method=2)
            if out.tell() <= most_bytes:
                break
        if kind and small.size == flat.size and path.stat().st_size <= out.tell():
            return Thumb(_uri(kind, path.read_bytes()), *flat.size)
        return Thumb(_uri("webp", out.getvalue()), *small.size)
    except FileNotFoundError:
        return Thumb(why="is not there")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Thumb(why="cannot be read")


_AS_IT_IS = {"PNG": "png", "WEBP": "webp"}  # a JPEG may be turned by its EXIF


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _flat(picture: Picture) -> Picture:
    """The picture without transparency, on white."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        picture = Image.new("RGBA", over.size, "white")
        picture.alpha_composite(over)
    return picture.convert("RGB")
