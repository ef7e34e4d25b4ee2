"""Near-duplicates: banding finds what brute force finds, crowds stay linear, drawings are told apart by one value."""

from __future__ import annotations

import time

import numpy as np
import pytest

from synth.pictures.near import near_pairs, united
from synth.pictures.same import SAME, sameness
from tests.synth.pictures.drawings import blurred, drawing, jpeg, noisy, padded, png, resized, shaded, turned

DISTANCE = 35


def hexes(bits: np.ndarray) -> list[str]:
    return [row.tobytes().hex() for row in np.packbits(bits, axis=1)]


def flipped(bits: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    bits = bits.copy()
    for row in bits:
        row[rng.choice(len(row), rng.integers(0, most + 1), replace=False)] ^= 1
    return bits


@pytest.mark.parametrize("seed", range(3))
def test_banding_finds_every_pair_that_brute_force_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 2, (400, 256), dtype=np.uint8)
    bits = np.concatenate([base, flipped(base[:250], 40, rng), base[:9]])
    got = {(i, j): n for i, j, n in near_pairs(hexes(bits), DISTANCE).tolist()}
    apart = (bits[:, None] != bits[None]).sum(2)
    want = {(i, j): int(apart[i, j]) for i, j in zip(*np.nonzero(np.triu(apart <= DISTANCE, 1)), strict=True)}
    first = {text: i for i, text in reversed(list(enumerate(hexes(bits))))}
    own = {(i, j): n for (i, j), n in want.items() if i in first.values() and j in first.values()}
    assert {k: n for k, n in got.items() if n} == own
    assert sum(n == 0 for n in got.values()) == len(bits) - len(first)


def test_nothing_and_one() -> None:
    assert near_pairs([], DISTANCE).shape == (0, 3)
    assert near_pairs(["ab" * 32], DISTANCE).shape == (0, 3)
    assert united(np.empty((0, 3), np.int64), 3) == [0, 1, 2]
    assert united(np.array([[3, 1], [1, 2]]), 4) == [0, 1, 1, 1]


def test_crowds_come_out_connected_and_in_linear_time() -> None:
    rng = np.random.default_rng(0)
    centres = rng.integers(0, 2, (4, 256), dtype=np.uint8)
    took = []
    for count in (2000, 8000):
        which = rng.integers(0, 4, count)
        bits = flipped(centres[which], 14, rng)
        start = time.process_time()
        roots = united(near_pairs(hexes(bits), DISTANCE), count)
        took.append(time.process_time() - start)
        assert len(set(roots)) == 4
        assert all(len({roots[i] for i in np.flatnonzero(which == c)}) == 1 for c in range(4))
    assert took[1] < 10 * took[0] + 1


def lines_of(image: object) -> np.ndarray:
    import tempfile
    from pathlib import Path

    from synth.pictures.same import drawing as cut

    with tempfile.NamedTemporaryFile(suffix=".png") as f:
        f.write(png(image))  # type: ignore[arg-type]
        f.flush()
        return cut(Path(f.name))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_copies_are_the_same_and_another_value_is_not(number: int) -> None:
    sheet = drawing(number, value="R1 10k")
    here = lines_of(sheet)
    for made in (resized(sheet, 0.6), jpeg(sheet, 25), padded(sheet), turned(sheet, 0.8), shaded(sheet),
                 noisy(sheet, 8), blurred(sheet, 0.8)):  # fmt: skip
        assert sameness(here, lines_of(made)) >= SAME
    assert sameness(here, lines_of(drawing(number, value="R1 4.7M"))) < SAME
    assert sameness(here, lines_of(drawing(number + 10))) < SAME
