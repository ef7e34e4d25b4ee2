"""Any picture file as the dataset keeps it: RGB on white, upright, no larger than the model is ever shown."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from qa.picture_size import fit

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF")
"""What is opened, whatever a file is called: some of Pillow's other formats start programs."""
MAX_SOURCE_PIXELS = 200_000_000
"""A file that claims more pixels is not decoded: it would fill the memory."""


class BadPicture(Exception):
    """A file cannot be used as a picture; the message says why."""


def opened(data: bytes) -> tuple[Image.Image, int]:
    """The first frame of a picture file, decoded, and how many frames there are. Raises BadPicture."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own, smaller limit, and odd metadata
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > MAX_SOURCE_PIXELS:
                    raise BadPicture(f"claims {width} x {height} pixels; make it smaller first")
                frames = int(getattr(image, "n_frames", 1))
                image.load()
                return ImageOps.exif_transpose(image), frames
    except Image.DecompressionBombError as e:
        raise BadPicture("claims too many pixels; make it smaller first") from e
    except Image.UnidentifiedImageError as e:
        raise BadPicture(f"cannot be read as a picture (none of {', '.join(FORMATS)})") from e
    except MemoryError as e:
        raise BadPicture("does not fit into memory") from e
    except Exception as e:  # decoders raise whatever they like on broken bytes
        if isinstance(e, BadPicture):
            raise
        raise BadPicture(f"cannot be read as a picture ({e})") from e


def flat(image: Image.Image) -> Image.Image:
    """RGB on white. Light lines on nothing would vanish there: they are laid on black."""

    image = _eight_bit(image)
    if "A" not in image.getbands() and "a" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    image = image.convert("RGBA")
    on_white = _on(image, "white")
    alpha = image.getchannel("A").getextrema()
    if alpha[0] != alpha[1] and min(low for low, _ in on_white.getextrema()) > _NEARLY_WHITE:  # type: ignore[misc]
        return _on(image, "black")
    return on_white


_NEARLY_WHITE = 224


def within_budget(sheet: Image.Image) -> Image.Image:
    """No larger than longest side and pixel budget of `qa.picture_size`. Raises BadPicture for a picture of no size."""
    from PIL import Image

    if not (sheet.width and sheet.height):
        raise BadPicture("has no pixels")
    factor = fit(*sheet.size)
    if factor == 1:
        return sheet
    size = (max(1, round(sheet.width * factor)), max(1, round(sheet.height * factor)))
    return sheet.resize(size, Image.Resampling.LANCZOS)


def _on(image: Image.Image, colour: str) -> Image.Image:
    from PIL import Image

    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float greys brought to 0..255: Pillow would cut them off at 255."""
    from PIL import Image

    if not image.mode.startswith(("I", "F")):
        return image
    import numpy as np

    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    low, high = float(values.min()), float(values.max())
    if image.mode.startswith("I") and low >= 0:
        low, high = 0.0, 255.0 if high <= 255 else 65535.0 if high <= 65535 else high
    scaled = (values - low) * (255.0 / max(high - low, 1e-9))
    return Image.fromarray(scaled.round().clip(0, 255).astype(np.uint8), "L")
