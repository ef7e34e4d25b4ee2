"""What the check for blur says of sharp and of spoilt drawings.

Run as: .venv/bin/python benchmarks/picture_checks.py [--real FOLDER]

Generated circuits, and with `--real` the pictures of `FOLDER/netlists` and the PDFs of `FOLDER/kicad`: as they are,
and compressed, grainy, photographed, blurred by a known sigma (in pixels of the copy), shrunk and enlarged again.
Exits with 1 when more than 1 % of the sharp ones are called blurred, or fewer than 95 % of those of sigma 2 and more.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from synth.circuits.draw import draw_circuit, family_names
from synth.pictures.copying import flat, opened, within_budget
from synth.pictures.inspect import Limits
from synth.pictures.sharpness import edge_width
from tests.synth.pictures.drawings import blurred, jpeg, noisy, shaded, turned

Change = Callable[[Image.Image], Image.Image]


def shrunk(image: Image.Image, factor: int) -> Image.Image:
    """Made smaller by a factor and large again."""
    small = image.resize((max(1, image.width // factor), max(1, image.height // factor)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.BICUBIC)


SHARP: dict[str, Change] = {
    "as it is": lambda i: i,
    "JPEG q 20": lambda i: jpeg(i, 20),
    "grain of 8": lambda i: noisy(i, 8),
    "grain of 16": lambda i: noisy(i, 16),
    "shadow, turned 2 degrees": lambda i: shaded(turned(i, 2)),
    "photo: both, grain, JPEG": lambda i: jpeg(noisy(shaded(turned(i, 3)), 5), 70),
    "enlarged 2 x": lambda i: shrunk(i, 2),
}
BLURRED: dict[str, Change] = {
    "sigma 2": lambda i: blurred(i, 2),
    "sigma 3": lambda i: blurred(i, 3),
    "sigma 5": lambda i: blurred(i, 5),
    "sigma 3, grain of 8": lambda i: noisy(blurred(i, 3), 8),
    "sigma 3, JPEG q 50": lambda i: jpeg(blurred(i, 3), 50),
    "sigma 3, photo": lambda i: jpeg(noisy(shaded(turned(blurred(i, 3), 3)), 5), 70),
    "enlarged 6 x": lambda i: shrunk(i, 6),
}
BETWEEN: dict[str, Change] = {
    "sigma 1": lambda i: blurred(i, 1),
    "sigma 1.5": lambda i: blurred(i, 1.5),
    "sigma 3, JPEG q 20": lambda i: jpeg(blurred(i, 3), 20),
    "enlarged 3 x": lambda i: shrunk(i, 3),
    "enlarged 4 x": lambda i: shrunk(i, 4),
}


def sheets(real: Path | None) -> list[Image.Image]:
    made = [within_budget(flat(opened(draw_circuit(f, 5, 0, "en").png)[0])) for f in family_names()[::2]]
    if real is None:
        return made
    made += [within_budget(flat(opened(p.read_bytes())[0])) for p in sorted((real / "netlists").glob("*.png"))]
    import pymupdf

    for path in sorted((real / "kicad").glob("*.pdf")):
        for page in pymupdf.open(path):
            pixels = page.get_pixmap(dpi=round(72 * 1280 / max(page.rect.width, page.rect.height)))
            made.append(within_budget(Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)))
    return made


def main() -> None:
    """Prints the table; exits with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, help="folder with netlists/*.png and kicad/*.pdf")
    pictures, limit = sheets(parser.parse_args().real), Limits().blur
    print(f"{len(pictures)} drawings; called blurred from {limit:g} px edge width; width least, median, most")
    shares: dict[str, list[float]] = {"sharp": [], "between": [], "blurred": []}
    for kind, changes in (("sharp", SHARP), ("between", BETWEEN), ("blurred", BLURRED)):
        for name, change in changes.items():
            widths = np.array([edge_width(change(p)) for p in pictures])
            shares[kind].append(float((widths > limit).mean()))
            low, middle, high = np.quantile(widths, [0, 0.5, 1])
            print(f"  {kind:8} {name:26} {shares[kind][-1]:6.1%} called blurred   {low:.1f} {middle:.1f} {high:.1f}")
    false, found = np.mean(shares["sharp"]), np.mean(shares["blurred"])
    print(f"false alarms {false:.2%} (goal < 1 %), found {found:.1%} (goal > 95 %)")
    if false >= 0.01 or found <= 0.95:
        sys.exit("missed")


if __name__ == "__main__":
    main()
