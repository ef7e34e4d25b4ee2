"""Dense pictures: the truth that is written beside them is where the picture shows it."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from qa.errors import KitError
from synth.circuits.draw import family_names
from synth.dense import NOTE, SHARD, make, write

PIXELS = 64 * 28 * 28


@pytest.mark.parametrize("family", family_names())
def test_printed_lines_and_parts_stand_where_the_truth_says(family: str) -> None:
    seen, pixels = make(family, 7, 3, "en", PIXELS)
    assert pixels.shape == (seen.height, seen.width) and pixels.dtype == np.uint8
    assert seen.width % 28 == seen.height % 28 == 0 and pixels.size <= PIXELS
    paper = np.median(pixels)

    def ink(box: tuple[float, float, float, float]) -> float:
        x0, y0, x1, y1 = (round(v) for v in box)
        return float((pixels[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1] < paper - 40).mean())

    for text in seen.texts:
        if len(text.line) > 1:
            assert ink(text.box) > 0.08, f"no ink where {text.line!r} should be"
    for part in seen.parts:
        assert 0 < part.x < seen.width and 0 < part.y < seen.height
        assert ink((part.x - 14, part.y - 14, part.x + 14, part.y + 14)) > 0.01


def test_lists_name_every_part_and_nets_join_them() -> None:
    seen, _ = make("rc_low_pass", 7, 3, "en", PIXELS)
    lists = {a.topic: a.reply for a in seen.lists}
    for part in seen.parts:
        assert all((part.ref or part.kind.split("_")[0]) in lists[k] for k in ("parts", "places", "nets"))
        assert part.value in lists["parts"]
    assert {a.level for a in seen.questions} >= {1, 2}
    assert all(a.reply.startswith("Answer: ") for a in seen.questions)


@pytest.mark.slow  # some 15 seconds of workers that start and stop
def test_shards_are_the_same_again_and_a_stopped_run_goes_on(tmp_path: Path) -> None:
    families = ["rc_low_pass", "two_mesh"]
    count = SHARD + 4
    assert list(write(tmp_path / "a", count, 1, families, PIXELS, 2))[-1] == count
    list(write(tmp_path / "b", count, 1, families, PIXELS, 1))
    first = tmp_path / "b" / "00000.jsonl"
    before = first.stat().st_mtime_ns
    (tmp_path / "b" / "00001.jsonl").unlink()  # as if killed between pixels and lines
    assert list(write(tmp_path / "b", count, 1, families, PIXELS, 1)) == [SHARD, count]
    assert first.stat().st_mtime_ns == before
    for name in sorted(p.name for p in (tmp_path / "a").iterdir()):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    lines = list(chain.from_iterable((tmp_path / "a" / f"0000{i}.jsonl").read_text().splitlines() for i in (0, 1)))
    assert len({json.loads(x)["name"] for x in lines}) == count
    pixels = sum(json.loads(x)["width"] * json.loads(x)["height"] for x in lines)
    assert sum(len(np.load(p)) for p in (tmp_path / "a").glob("*.npy")) == pixels


def test_unknown_family_is_named(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no family 'nonsense'"):
        next(write(tmp_path, 4, 0, ["nonsense"], PIXELS, 1))


@pytest.mark.parametrize(
    "seed, families, pixels", [(2, "two_mesh", PIXELS), (1, "rc_low_pass", PIXELS), (1, "two_mesh", 2352)]
)
def test_shards_of_other_settings_are_not_taken_for_these(
    tmp_path: Path, seed: int, families: str, pixels: int
) -> None:
    list(write(tmp_path, 2, 1, ["two_mesh"], PIXELS, 1))
    before = (tmp_path / "00000.jsonl").read_bytes()
    with pytest.raises(KitError, match="name another --out"):
        next(write(tmp_path, 2, seed, [families], pixels, 1))
    assert (tmp_path / "00000.jsonl").read_bytes() == before
    (tmp_path / NOTE).unlink()  # of a folder from before settings were noted the names tell the seed
    assert list(write(tmp_path, 2, 1, ["two_mesh"], PIXELS, 1)) == [2]
    (tmp_path / NOTE).unlink()
    with pytest.raises(KitError, match="another seed"):
        next(write(tmp_path, 2, 9, ["two_mesh"], PIXELS, 1))


def test_more_pictures_fill_the_last_shard(tmp_path: Path) -> None:
    list(write(tmp_path, 2, 1, ["two_mesh"], PIXELS, 1))
    assert list(write(tmp_path, 5, 1, ["two_mesh"], PIXELS, 1))[-1] == 5
    assert len((tmp_path / "00000.jsonl").read_text("utf-8").splitlines()) == 5
    assert list(write(tmp_path, 3, 1, ["two_mesh"], PIXELS, 1)) == [3], "fewer: what is there is left alone"
    (tmp_path / NOTE).write_text("{", "utf-8")
    with pytest.raises(KitError, match="is broken"):
        next(write(tmp_path, 5, 1, ["two_mesh"], PIXELS, 1))
