"""Drawings for tests of pictures: line art that differs by number, and what happens to pictures on their way."""

from __future__ import annotations

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps


def drawing(number: int, size: tuple[int, int] = (640, 480), value: str = "") -> Image.Image:
    """A schematic-like sheet with smooth lines; `value` is printed below."""
    rng = random.Random(f"drawing/{number}")
    width, height = 2 * size[0], 2 * size[1]
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    across, down = range(80, width - 200, 200), range(60, height - 160, 150)
    spots = rng.sample([(x, y) for x in across for y in down], 9)
    for x, y in spots:
        far, low = rng.choice(across), rng.choice(down)
        pen.line((x, y, far, y), "black", 4)
        pen.line((far, y, far, low), "black", 4)
    for x, y in spots:
        pen.rectangle((x - 40, y - 16, x + 40, y + 16), "white", "black", 4)
        pen.text((x - 40, y + 24), f"R{rng.randrange(1, 99)} {rng.randrange(1, 999)}k", "black", font_size=36)
    pen.text((100, height - 80), value, "black", font_size=56)
    return sheet.resize(size, Image.Resampling.LANCZOS)


def png(image: Image.Image, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **how)
    return out.getvalue()


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def resized(image: Image.Image, factor: float) -> Image.Image:
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)


def turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(sigma))


def noisy(image: Image.Image, sigma: float) -> Image.Image:
    grain = np.random.default_rng(0).normal(0, sigma, (image.height, image.width, 1))
    return Image.fromarray((np.asarray(image, float) + grain).clip(0, 255).astype(np.uint8))


def shaded(image: Image.Image) -> Image.Image:
    """A shadow from left to right, as of a photographed page."""
    light = np.linspace(1, 0.5, image.width)[None, :, None]
    return Image.fromarray((np.asarray(image, float) * light).astype(np.uint8))


def padded(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, (60, 20, 30, 50), "white")
