"""How well and how fast near-duplicate pictures are found.

Run as: .venv/bin/python benchmarks/picture_hashes.py [--real FOLDER] [--quick]

First 84,000 hashes, a quarter of them near another, then nasty sets where thousands nearly agree: seconds, and the
ratio to the floor (sorting the hashes once a band). Then copies of real (`FOLDER/netlists`) and generated pictures:
how many are recognised, and how many of the different circuits of one family, some with a single value changed, are
taken for one. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from synth.circuits.draw import family_names, sheet_of, suited
from synth.circuits.drawing import compose
from synth.circuits.render import to_png
from synth.circuits.style import Style
from synth.pictures.alike import DISTANCE
from synth.pictures.copying import flat, opened, within_budget
from synth.pictures.ink import lines
from synth.pictures.look import BITS, look_of
from synth.pictures.near import near_pairs, united
from synth.pictures.same import SAME, cut_out, sameness
from tests.synth.pictures.drawings import blurred, jpeg, noisy, padded, resized, shaded, turned

COUNT, GOAL_S, GOAL_RECALL, GOAL_PRECISION = 84_000, 60.0, 0.95, 0.99


def cropped(image: Image.Image) -> Image.Image:
    """One percent off each side."""
    w, h = image.size
    return image.crop((w // 100, h // 100, w - w // 100, h - h // 100))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "half the size": lambda i: resized(i, 0.5),
    "3/4 of the size": lambda i: resized(i, 0.75),
    "1.5 x the size": lambda i: within_budget(resized(i, 1.5)),
    "JPEG q 20": lambda i: jpeg(i, 20),
    "JPEG q 50": lambda i: jpeg(i, 50),
    "wider margins": padded,
    "1 % off each side": cropped,
    "inverted": ImageOps.invert,
    "turned 0.5 degrees": lambda i: turned(i, 0.5),
    "turned -0.9 degrees": lambda i: turned(i, -0.9),
    "blur sigma 0.7": lambda i: blurred(i, 0.7),
    "grain of 8": lambda i: noisy(i, 8),
    "shadow": shaded,
    "black and white": lambda i: i.convert("1", dither=Image.Dither.NONE).convert("RGB"),
    "half, margins, q 40": lambda i: jpeg(padded(resized(i, 0.5)), 40),
}


def hexes(bits: np.ndarray) -> list[str]:
    return [row.tobytes().hex() for row in np.packbits(bits, axis=1)]


def flipped(bits: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Each row with up to `most` bits turned round."""
    order = rng.random(bits.shape).argsort(1).argsort(1)
    return bits ^ (order < rng.integers(0, most + 1, (len(bits), 1))).astype(np.uint8)


def sets() -> Iterator[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    base = rng.integers(0, 2, (COUNT * 3 // 4, BITS), dtype=np.uint8)
    yield "a quarter near another", np.concatenate([base, flipped(base[: COUNT // 4], 30, rng)])
    centres = rng.integers(0, 2, (10, BITS), dtype=np.uint8)
    yield "ten crowds of near-equals", flipped(centres[rng.integers(0, 10, COUNT)], 17, rng)
    half = rng.integers(0, 2, (COUNT, BITS), dtype=np.uint8)
    half[:, :160] = centres[0, :160]
    yield "160 of 256 bits equal for all", half


def floor(bits: np.ndarray) -> float:
    """Seconds to sort the hashes once a band, which banding cannot do without."""
    start = time.monotonic()
    for n in range(DISTANCE // 2 + 1):
        code = np.packbits(np.roll(bits, n * 14, axis=1), axis=1)[:, :8]
        np.argsort(np.ascontiguousarray(code).view(">u8").ravel(), kind="stable")
    return time.monotonic() - start


def speed(missed: list[str]) -> None:
    print(f"{COUNT:,} hashes of {BITS} bits, up to {DISTANCE} apart")
    for name, bits in sets():
        looks = hexes(bits)
        start = time.monotonic()
        pairs = near_pairs(looks, DISTANCE)
        groups = len(set(united(pairs, len(looks))))
        took = time.monotonic() - start
        print(f"  {name}: {took:.1f} s, {took / floor(bits):.1f} x floor, {len(pairs):,} pairs, {groups:,} groups")
        if took > GOAL_S:
            missed.append(f"{name} in {GOAL_S:g} s")


def variants(family: str, seed: int) -> list[Image.Image]:
    """A generated circuit, then the same drawing with one printed value changed."""
    made = []
    for change in (0, 1, 2):
        rng = random.Random(f"{seed}/{family}/hashes")
        sheet = sheet_of(family, rng)
        style = replace(suited(Style.sample(rng, "en"), sheet), shows="both")
        valued = [n for n, p in enumerate(sheet.parts) if p.value and p.kind in ("resistor", "capacitor", "inductor")]
        if change and not valued:
            break
        if change:
            n = valued[change % len(valued)]
            sheet.parts[n] = replace(sheet.parts[n], value=(sheet.parts[n].value or 0) * (2.2, 4.7)[change - 1])
        made.append(flat(opened(to_png(compose(sheet, style).svg, style, rng))[0]))
    return made


class Looked:
    """A picture ready to be compared."""

    def __init__(self, image: Image.Image) -> None:
        self.look, self.drawn = int(look_of(lines(image)), 16), cut_out(image)

    def alike(self, other: Looked) -> tuple[bool, bool]:
        """(proposed by the hash, the same)."""
        near = (self.look ^ other.look).bit_count() <= DISTANCE
        return near, near and sameness(self.drawn, other.drawn) >= SAME


def quality(real: Path | None, quick: bool, missed: list[str]) -> None:
    step = 9 if quick else 3
    pictures = [variants(f, 7)[0] for f in family_names()[::step]]
    if real is not None:
        files = sorted((real / "netlists").glob("*.png"))[::step]
        pictures += [within_budget(flat(opened(p.read_bytes())[0])) for p in files]
    here = [Looked(p) for p in pictures]
    print(f"copies of {len(pictures)} pictures: proposed by hash, recognised; least likeness of 95 %")
    hits = total = 0
    for name, change in COPIES.items():
        copies = [Looked(change(p)) for p in pictures]
        found = [a.alike(b) for a, b in zip(here, copies, strict=True)]
        worst = np.quantile([sameness(a.drawn, b.drawn) for a, b in zip(here, copies, strict=True)], 0.05)
        hits, total = hits + sum(f[1] for f in found), total + len(found)
        print(f"  {name:20} {np.mean([f[0] for f in found]):4.0%} {np.mean([f[1] for f in found]):4.0%}  {worst:.2f}")
    recall = hits / total
    wrong, tried, worst = 0, 0, []
    for family in family_names()[:: 4 if quick else 1]:
        for seed in (1, 2):
            first, *others = variants(family, seed)
            for other in others:
                if other.size == first.size and not np.any(np.asarray(first) != np.asarray(other)):
                    continue  # the value is not printed in this style
                a, b = Looked(first), Looked(other)
                tried, wrong = tried + 1, wrong + a.alike(b)[1]
                worst.append(sameness(a.drawn, b.drawn))
    print(f"one value changed: {wrong} of {tried} taken for the same; likeness 95 %: {np.quantile(worst, 0.95):.2f}")
    families = [[Looked(variants(f, s)[0]) for s in range(1, 5)] for f in family_names()[:: 6 if quick else 2]]
    pairs = [(a, b) for some in families for n, a in enumerate(some) for b in some[:n]]
    merged = sum(a.alike(b)[1] for a, b in pairs)
    others = [(a, b) for n, a in enumerate(here) for b in here[:n]]
    mixed = sum(a.alike(b)[1] for a, b in others)
    print(
        f"other circuits of the same family: {merged} of {len(pairs)} pairs; of all pictures: {mixed} of {len(others)}"
    )
    precision = hits / (hits + merged + mixed)
    print(f"recall {recall:.1%} (goal {GOAL_RECALL:.0%}), precision {precision:.1%} (goal {GOAL_PRECISION:.0%})")
    if recall < GOAL_RECALL:
        missed.append("recall")
    if precision < GOAL_PRECISION:
        missed.append("precision")


def main() -> None:
    """Prints the figures; exits with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, help="folder with netlists/*.png")
    parser.add_argument("--quick", action="store_true", help="fewer pictures, no timing")
    args = parser.parse_args()
    missed: list[str] = []
    if not args.quick:
        speed(missed)
    quality(args.real, args.quick, missed)
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
