"""A dataset folder with Items of several levels, exported as `synth export` does; for tests of curricula."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from qa.dataset import Dataset
from qa.formats import swift_rows
from qa.item import Item, Origin, item_id


def picture(number: int) -> bytes:
    """A small PNG that differs from all others."""
    image = Image.new("RGB", (168, 112), "white")
    ImageDraw.Draw(image).rectangle((20, 20, 40 + number % 120, 60 + number // 120), outline="black")
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def make(root: Path, train: dict[int, int], held_out: int = 4) -> Path:
    """`train` rows by level, and `held_out` rows each in val and test."""
    ds = Dataset.create(root)
    items = []
    for level, count in train.items():
        items += [_item(ds, level, i, "train") for i in range(count)]
    for split in ("val", "test"):
        items += [_item(ds, 1 + i % 4, i, split) for i in range(held_out)]
    ds.append(items)
    ds.write_manifest()
    for split in ("train", "val", "test"):
        rows = [swift_rows.to_row(i, root.resolve()) for i in items if i.split == split]
        path = root / "swift" / f"{split}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return root


def _item(ds: Dataset, level: int, number: int, split: str) -> Item:
    name = ds.add_image(picture({"train": 0, "val": 1000, "test": 2000}[split] + 100 * level + number))
    question, options = f"电阻R{number}连接的是哪个元件?", ("R1", "R2", "C1", "C2")
    return Item(
        id=item_id([name], question, options),
        pictures=(name,),
        form="mcq",
        level=level,
        topic="connected-to",
        lang="zh",
        question=question,
        options=options,
        answer="ABCD"[number % 4],
        group=f"{split}-{level}-{number}",
        split=split,
        origin=Origin(source="circuits", writer="rule:connected_to@1", licence="Apache-2.0"),
    )
