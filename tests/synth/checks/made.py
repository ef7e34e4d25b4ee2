"""Items as a teacher writes them, for tests of the checks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from qa.dataset import Dataset
from qa.item import Item, Origin, item_id

MCQ = ("2", "3", "4", "5")
WRITER = "teacher:writer-model@write@1"


def item(question: str, answer: str, options: tuple[str, ...] | None = None, **given: Any) -> Item:
    """An Item a teacher wrote on one picture."""
    fields: dict[str, Any] = {
        "pictures": ("images/a.png",), "form": "mcq" if options else "fill", "level": 1, "topic": "count",
        "lang": "zh", "group": "g", "origin": Origin(source="images", writer=WRITER, file="a.png"), **given,
    }  # fmt: skip
    fields.setdefault("id", item_id(fields["pictures"], question, options))
    return Item(question=question, answer=answer, options=options, **fields)


def checked(of: Item, *checks: tuple[str, str], by: str = "x") -> Item:
    """The Item with these (name, verdict)."""
    from qa.item import Check

    made = tuple(Check.model_validate({"name": n, "verdict": v, "by": by}) for n, v in checks)
    return of.model_copy(update={"origin": of.origin.model_copy(update={"checks": (*of.origin.checks, *made)})})


def folder(root: Path, items: list[Item]) -> Dataset:
    """A dataset folder with these Items and a picture for each name."""
    ds = Dataset.create(root)
    for n, name in enumerate(sorted({p for i in items for p in i.pictures})):
        data = io.BytesIO()
        Image.new("RGB", (64, 64), (n % 256, n // 256, 90)).save(data, "PNG")
        (root / name).write_bytes(data.getvalue())
    ds.append(items)
    return ds
