"""Near-duplicates never cross splits, whatever source they come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Item, Origin, Split, item_id
from synth.pictures import uniting
from synth.split import split_dataset
from tests.synth.pictures.drawings import drawing, jpeg, png, resized


def ask(ds: Dataset, image: Image.Image, group: str, source: str = "import", split: Split | None = None) -> None:
    path = ds.add_image(png(image))
    ds.append([
        Item(id=item_id([path], f"{group} {n}", None), pictures=(path,), form="fill", level=1, topic="count", lang="en",
             question=f"{group} {n}?", answer="1", group=group, split=split,
             origin=Origin(source=source, writer="person:x"))
        for n in range(2)])  # fmt: skip


def splits(ds: Dataset, groups: Sequence[str]) -> list[set[Split | None]]:
    """The splits of the Items that were written under each name."""
    return [{i.split for i in ds.items() if i.question.startswith(f"{g} ")} for g in groups]


def test_copies_from_two_sources_share_a_split(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    for n in range(10):
        ask(ds, drawing(n), f"a{n}")
        ask(ds, jpeg(resized(drawing(n), 0.8), 60), f"b{n}", "netlists")
    split_dataset(ds, 0.2, 0.2, seed=0)
    for n in range(10):
        a, b = splits(ds, [f"a{n}", f"b{n}"])
        assert a == b
        assert len(a) == 1
    assert len({i.group for i in ds.items()}) == 10
    assert {i.split for i in ds.items()} == {"train", "val", "test"}


def test_a_copy_that_comes_later_goes_where_the_first_one_stands(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    for n in range(12):
        ask(ds, drawing(n), f"z{n}")
    split_dataset(ds, 0.2, 0.2, seed=0)
    before = {i.question: (i.group, i.split) for i in ds.items()}
    for n in range(12):
        ask(ds, resized(drawing(n), 0.8), f"a{n}")
    split_dataset(ds, 0.2, 0.2, seed=0)
    after = {i.question: (i.group, i.split) for i in ds.items()}
    assert {q: after[q] for q in before} == before
    assert all(after[f"a{n} 0?"] == before[f"z{n} 0?"] for n in range(12))


def test_copies_in_two_splits_are_named_with_what_mends_it(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    ask(ds, drawing(1), "one", split="train")
    ask(ds, resized(drawing(1), 0.8), "two", split="test")
    for n in range(5, 9):
        ask(ds, drawing(n), f"g{n}")
    before = ds.items_path.read_bytes()
    with pytest.raises(KitError, match=r"one \(train\) and two \(test\).*--again"):
        split_dataset(ds, 0.2, 0.2, seed=0)
    assert ds.items_path.read_bytes() == before
    split_dataset(ds, 0.2, 0.2, seed=0, again=True)
    assert splits(ds, ["one"]) == splits(ds, ["two"])


def test_generated_circuits_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ds = Dataset.create(tmp_path)
    for n in range(6):
        ask(ds, drawing(1, value=f"{n} k"), f"family-{n}", "circuits")
    monkeypatch.setattr(uniting, "_look", None)
    split_dataset(ds, 0.2, 0.2, seed=0)
    assert len({i.group for i in ds.items()}) == 6


def test_hashes_are_kept_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ds = Dataset.create(tmp_path)
    for n in range(6):
        ask(ds, drawing(n), f"g{n}")
    ask(ds, resized(drawing(1), 0.8), "copy")
    split_dataset(ds, 0.2, 0.2, seed=0)
    monkeypatch.setattr(uniting, "_look", None)
    monkeypatch.setattr("synth.pictures.alike.drawing", None)
    split_dataset(ds, 0.2, 0.2, seed=1, again=True)
    (tmp_path / ".alike.json").write_text("[]")
    monkeypatch.undo()
    split_dataset(ds, 0.2, 0.2, seed=1)
