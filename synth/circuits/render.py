"""SVG to the bytes of a PNG: MuPDF draws, then the paper, grain and blur of a scan where the style has them."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

from synth.circuits.style import Style

if TYPE_CHECKING:
    from PIL.Image import Image


def to_png(svg: str, style: Style, rng: random.Random) -> bytes:
    """A PNG of the SVG at one px per SVG unit, grey where the ink is grey; same arguments, same bytes."""
    image = _draw(svg, style)
    if style.paper < 255 or style.noise or style.blur:
        image = _scan(image, style, rng)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1 if style.noise else 4)  # grain does not compress
    return out.getvalue()


def _draw(svg: str, style: Style) -> Image:
    import pymupdf
    from PIL import Image

    grey = style.ink[1:3] == style.ink[3:5] == style.ink[5:7]
    # no filetype: told that it is SVG, PyMuPDF first converts the whole page to PDF to see whether it can
    with pymupdf.open(stream=svg.encode()) as document:
        pixels = document[0].get_pixmap(
            matrix=pymupdf.Matrix(style.rotation), colorspace=pymupdf.csGRAY if grey else pymupdf.csRGB
        )
    return Image.frombytes("L" if grey else "RGB", (pixels.width, pixels.height), pixels.samples)


def _scan(image: Image, style: Style, rng: random.Random) -> Image:
    import numpy
    from PIL import Image, ImageFilter

    if style.blur:
        image = image.filter(ImageFilter.GaussianBlur(style.blur))
    grain = numpy.random.Generator(numpy.random.PCG64(rng.getrandbits(64)))
    pixels = numpy.asarray(image, dtype=numpy.float32)
    noise = grain.standard_normal(pixels.shape[:2], dtype=numpy.float32) * numpy.float32(style.noise)
    if pixels.ndim == 3:
        noise = noise[:, :, None]
    pixels = pixels * numpy.float32(style.paper / 255) + noise
    image = Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))
    if style.jpeg:
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=style.jpeg)
        image = Image.open(io.BytesIO(packed.getvalue()))
    # 64 grey levels: nobody sees it in grain, and the file is a third smaller
    return Image.fromarray(numpy.asarray(image) & 0xFC)
