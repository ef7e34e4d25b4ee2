"""Splits: whole groups, the shares asked for, the same seed the same split, nothing moves when a folder grows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Check, Item, Origin, item_id
from synth.split import assign, split_dataset


def item(group: str, number: int, level: int = 1, source: str = "circuits") -> Item:
    question = f"{group} question {number}?"
    return Item(
        id=item_id([group], question, None), pictures=(f"images/{group}.png",), form="fill", level=level,  # type: ignore[arg-type]
        topic="count", lang="en", question=question, answer="1", group=group,
        origin=Origin(source=source, writer="rule:count@1"),
    )  # fmt: skip


def many(groups: int, source: str = "circuits") -> list[Item]:
    return [item(f"{source}{g}", n, 1 + (g + n) % 4, source) for g in range(groups) for n in range(3 + g % 5)]


def test_every_source_and_level_has_its_share() -> None:
    items = many(300) + many(60, "netlists")
    chosen = assign(items, {"train": 0.8, "val": 0.1, "test": 0.1}, seed=3)
    for source in ("circuits", "netlists"):
        for level in (1, 2, 3, 4):
            of = Counter(chosen[i.group] for i in items if i.origin.source == source and i.level == level)
            total = sum(of.values())
            assert of["train"] / total == pytest.approx(0.8, abs=0.06)
            assert of["test"] / total == pytest.approx(0.1, abs=0.06)


@given(st.integers(1, 40), st.integers(0, 9))
def test_same_seed_same_split_whatever_the_order(groups: int, seed: int) -> None:
    items = many(groups)
    shares = {"train": 0.7, "val": 0.1, "test": 0.2}
    assert assign(items, shares, seed) == assign(items[::-1], shares, seed)  # type: ignore[arg-type]


def test_another_seed_another_split() -> None:
    items = many(100)
    shares = {"train": 0.8, "val": 0.1, "test": 0.1}
    assert assign(items, shares, 1) != assign(items, shares, 2)  # type: ignore[arg-type]


def test_a_grown_folder_keeps_its_test_split(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    ds.append(many(40))
    split_dataset(ds, 0.1, 0.2, seed=0)
    before = {i.group: i.split for i in ds.items()}
    ds.append(many(20, "netlists"))
    split_dataset(ds, 0.1, 0.2, seed=0)
    after = {i.group: i.split for i in ds.items()}
    assert all(after[g] == s for g, s in before.items())
    assert {after[f"netlists{g}"] for g in range(20)} == {"train", "val", "test"}


def test_shares_that_leave_nothing_are_refused(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    ds.append(many(4))
    with pytest.raises(KitError, match="leave something to train on"):
        split_dataset(ds, 0.5, 0.5, seed=0)


def test_no_share_no_items(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    ds.append(many(30))
    assert split_dataset(ds, 0.0, 0.2, seed=0)["val"] == 0


def test_rejected_items_take_no_share(tmp_path: Path) -> None:
    items = many(40)
    out = Check(name="form", verdict="fail")
    bad = {i.group for i in items[: len(items) // 2]}
    ds = Dataset.create(tmp_path)
    ds.append(
        i.model_copy(update={"origin": i.origin.model_copy(update={"checks": (out,)})}) if i.group in bad else i
        for i in items
    )
    counts = split_dataset(ds, 0.1, 0.2, seed=0)
    good = [i for i in ds.items() if i.group not in bad]
    assert counts.total() == len(good)
    assert sum(i.split == "test" for i in good) / len(good) == pytest.approx(0.2, abs=0.08)
    assert all(i.split for i in ds.items())
