"""One picture looked at: the copy the dataset keeps, and whether it is worth asking about. Originals stay untouched."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synth.pictures.copying import BadPicture, flat, opened, within_budget
from synth.pictures.stock import Fault

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["BadPicture", "Inspected", "Limits", "inspect", "judge", "picture_bytes"]

MAX_FILE = 256 * 2**20
"""No larger file is read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture must come up to. Sizes are pixels of the copy, which is what the model sees."""

    min_side: int = 64
    """Shorter side."""
    min_area: int = 16_000
    blur: float = 3.0
    """Widest edges that still count as sharp, in pixels (`sharpness.edge_width`)."""
    ink: float = 0.0008
    """Least share of the picture that lines must cover (`ink.ink_share`)."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found; picklable. Where it is unreadable, only `digest`, `fault` and `why` are set."""

    digest: str
    """sha256 of the original's bytes; of the copy's where an image was given. Empty: the file could not be read."""
    png: bytes = b""
    """The copy: RGB PNG on white, upright, within longest side and pixel budget."""
    width: int = 0
    height: int = 0
    look: str = ""
    """Perceptual hash in hex."""
    edge_width: float = 0.0
    ink: float = 0.0
    frames: int = 1
    """Pages or frames of the file; the first one was taken."""
    fault: Fault | None = None
    why: str = ""


def inspect(source: Path | bytes | Image.Image, limits: Limits | None = None) -> Inspected:
    """The copy of a picture and what the checks say of it. Never raises for what a file holds."""
    data = b""
    try:
        data = file_bytes(source)
        image, frames = opened(data) if data else (source, 1)
        sheet = within_budget(flat(image))  # type: ignore[arg-type]
    except BadPicture as e:
        return Inspected(hashlib.sha256(data).hexdigest() if data else "", fault="unreadable", why=str(e))
    digest = hashlib.sha256(data).hexdigest() if data else ""
    return _seen(sheet, _png(sheet), digest, frames, limits or Limits())


def finished(sheet: Image.Image, png: bytes, limits: Limits | None = None) -> Inspected:
    """What the checks say of an RGB picture that has its final size, `png` being its bytes (a page of a PDF)."""
    return _seen(sheet, png, "", 1, limits or Limits())


def judge(width: int, height: int, edge_width: float, ink: float, limits: Limits) -> tuple[Fault | None, str]:
    """The fault of a picture that could be read, and the fault in words."""
    if min(width, height) < limits.min_side:
        return "small", f"{width} x {height} px: the shorter side is below {limits.min_side} px (--min-side)"
    if width * height < limits.min_area:
        return "small", f"{width} x {height} px: fewer than {limits.min_area} pixels (--min-area)"
    if ink < limits.ink:
        return "blank", f"lines cover {ink:.3%} of it, less than {limits.ink:.3%} (--min-ink)"
    if edge_width > limits.blur:
        return "blurred", f"edges are {edge_width:.1f} px wide, more than {limits.blur:g} px (--max-blur)"
    return None, ""


def picture_bytes(path: Path) -> bytes:
    """The picture as an RGB PNG on white, within longest side and pixel budget, upright. Raises BadPicture."""
    try:
        image, _ = opened(file_bytes(path))
        return _png(within_budget(flat(image)))
    except BadPicture as e:
        raise BadPicture(f"{path.name} {e}") from e


def _seen(sheet: Image.Image, png: bytes, digest: str, frames: int, limits: Limits) -> Inspected:
    from synth.pictures.ink import ink_share, lines
    from synth.pictures.look import look_of
    from synth.pictures.sharpness import edge_width

    drawn = lines(sheet)
    width, ink = edge_width(sheet), ink_share(drawn)
    fault, why = judge(*sheet.size, width, ink, limits)
    return Inspected(
        digest=digest or hashlib.sha256(png).hexdigest(),
        png=png,
        width=sheet.width,
        height=sheet.height,
        look=look_of(drawn),
        edge_width=round(width, 2),
        ink=round(ink, 6),
        frames=frames,
        fault=fault,
        why=why,
    )


def file_bytes(source: Path | bytes | Image.Image) -> bytes:
    """The bytes of a picture file; none of an image that is open already. Raises BadPicture."""
    if isinstance(source, bytes):
        return source
    if not isinstance(source, Path):
        return b""
    try:
        if not source.is_file():
            raise BadPicture("is not there, or no file")
        if source.stat().st_size > MAX_FILE:
            raise BadPicture(f"is larger than {MAX_FILE >> 20} MiB")
        data = source.read_bytes()
    except OSError as e:
        raise BadPicture(f"cannot be read ({e.strerror})") from e
    if not data:
        raise BadPicture("is empty")
    return data


def _png(sheet: Image.Image) -> bytes:
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
