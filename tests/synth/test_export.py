"""Exports: each split in its file, no leak, no empty file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Check, Item, Origin, item_id
from synth.export import export, left_out
from synth.split import split_dataset


def folder(root: Path, groups: int = 20) -> Dataset:
    ds = Dataset.create(root)
    for g in range(groups):
        buffer = io.BytesIO()
        Image.new("L", (32, 32), g).save(buffer, "PNG")
        picture = ds.add_image(buffer.getvalue())
        common = {"pictures": (picture,), "level": 1, "topic": "count", "lang": "zh", "group": f"g{g}",
                  "origin": Origin(source="circuits", writer="rule:count@1"), "explanation": "数一数。"}  # fmt: skip
        options = ("1", "2", "3", "4")
        ds.append([
            Item(id=item_id([picture], "有几个电阻?", options), form="mcq", question="有几个电阻?",
                 options=options, answer="B", **common),  # type: ignore[arg-type]
            Item(id=item_id([picture], "有______个电阻。", None), form="fill", question="有______个电阻。",
                 answer="2", **common),  # type: ignore[arg-type]
        ])  # fmt: skip
    return ds


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_split_lands_in_its_file(tmp_path: Path) -> None:
    ds = folder(tmp_path)
    split_dataset(ds, 0.1, 0.2, seed=0)
    counts = export(ds)
    assert counts == {"swift/train.jsonl": 28, "swift/val.jsonl": 4, "swift/test.jsonl": 8,
                      "swift/grpo.jsonl": 28, "swift/gkd.jsonl": 28,
                      "evalscope/mcq/val.jsonl": 2, "evalscope/fill/val.jsonl": 2,
                      "evalscope/mcq/test.jsonl": 4, "evalscope/fill/test.jsonl": 4}  # fmt: skip
    train = rows(tmp_path / "swift/train.jsonl")
    assert {Path(r["images"][0]).is_file() for r in train} == {True}  # type: ignore[index]
    assert {r["messages"][-1]["content"] for r in train} == {"答案:B", "答案:2"}  # type: ignore[index]
    assert all(r["messages"][0]["content"].count("<image>") == 1 for r in train)  # type: ignore[index]
    in_train = {r["images"][0] for r in train}  # type: ignore[index]
    in_test = {r["images"][0] for r in rows(tmp_path / "swift/test.jsonl")}  # type: ignore[index]
    assert not in_train & in_test


def test_questions_for_rewards_are_those_of_train_without_their_answers(tmp_path: Path) -> None:
    ds = folder(tmp_path)
    split_dataset(ds, 0.1, 0.2, seed=0)
    export(ds, explain=True)
    train, asked = rows(tmp_path / "swift/train.jsonl"), rows(tmp_path / "swift/grpo.jsonl")
    assert [r["messages"] for r in asked] == [r["messages"][:1] for r in train]  # type: ignore[index]
    assert [r["images"] for r in asked] == [r["images"] for r in train]
    solutions = [json.loads(str(r["solution"])) for r in asked]
    assert {(s["form"], s["answer"], s["lang"]) for s in solutions} == {("mcq", "B", "zh"), ("fill", "2", "zh")}


def test_relative_paths_and_explanations(tmp_path: Path) -> None:
    ds = folder(tmp_path)
    split_dataset(ds, 0.0, 0.2, seed=0)
    export(ds, explain=True, relative=True)
    first = rows(tmp_path / "swift/train.jsonl")[0]
    assert first["images"][0].startswith("images/")  # type: ignore[index]
    assert first["messages"][-1]["content"].startswith("数一数。\n答案:")  # type: ignore[index]
    assert not (tmp_path / "swift/val.jsonl").exists()


def test_items_without_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="synth split"):
        export(folder(tmp_path, 2))


def test_a_picture_in_two_splits_is_refused(tmp_path: Path) -> None:
    ds = folder(tmp_path, 4)
    split_dataset(ds, 0.0, 0.5, seed=0)
    shared = next(iter(ds.items())).pictures
    ds.replace(lambda i: i.model_copy(update={"pictures": shared}))
    with pytest.raises(KitError, match="would leak"):
        export(ds)


def test_an_empty_folder_and_a_twin_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    ds = folder(tmp_path)
    split_dataset(ds, 0.1, 0.2, seed=0)
    export(ds)
    before = (tmp_path / "swift/train.jsonl").read_bytes()
    lines = ds.items_path.read_bytes().splitlines(keepends=True)
    ds.items_path.write_bytes(b"".join([*lines, lines[0]]))
    with pytest.raises(KitError, match=f"items.jsonl:{len(lines) + 1}: .* stands on line 1 too"):
        export(ds)
    ds.items_path.write_bytes(b"")
    with pytest.raises(KitError, match="is empty; fill it first"):
        export(ds)
    assert (tmp_path / "swift/train.jsonl").read_bytes() == before


def test_only_accepted_items_are_exported_and_unchecked_ones_on_demand(tmp_path: Path) -> None:
    ds = folder(tmp_path)
    split_dataset(ds, 0.0, 0.2, seed=0)

    def by_teacher(item: Item, checks: tuple[Check, ...]) -> Item:
        origin = item.origin.model_copy(update={"writer": "teacher:m@write@1", "checks": checks})
        return item.model_copy(update={"origin": origin})

    def check(name: str, verdict: str) -> tuple[Check, ...]:
        return (Check.model_validate({"name": name, "verdict": verdict}),)

    kinds = [check("blind", "pass"), (), check("blind", "unsure"), check("form", "fail"), check("review", "fail")]
    order = {i.id: n for n, i in enumerate(ds.items())}
    ds.replace(lambda i: by_teacher(i, kinds[order[i.id] % 5]) if order[i.id] < 20 else i)
    assert left_out(ds.items()) == "8 rejected (4 form, 4 by a person), 4 review (4 blind), 4 unchecked"
    counts = export(ds)
    assert sum(counts[f"swift/{s}.jsonl"] for s in ("train", "val", "test")) == 40 - 16
    more = export(ds, unchecked=True)
    assert sum(more[f"swift/{s}.jsonl"] for s in ("train", "val", "test")) == 40 - 12
    ds.replace(lambda i: by_teacher(i, check("vote", "fail")))
    with pytest.raises(KitError, match=r"none of 40 items is accepted \(40 rejected \(40 vote\)\)"):
        export(ds, unchecked=True)
