"""Rows of `evalscope/{mcq,fill,…}/test.jsonl`: all that asking, grading and breaking down by level needs.

The columns are those of EvalScope's general_vmcq (`question`, `options`, `answer`, `images`) and ours beside them.
EvalScope's own benches place pictures by `<image N>` in the text: rows made with `stock=True` carry that too, so
that general_vmcq (mcq) and general_vqa (any form, through `messages`) load them as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qa.formats.asked import Asked, asked, mapping
from qa.item import Item
from qa.prompts import user_text

_PLACE = "<image {}>"


def to_row(item: Item, root: Path | None = None, stock: bool = False) -> dict[str, Any]:
    """One row. `root`: write absolute picture paths under it; None: relative to the dataset folder."""
    images = [str(root / p) if root else p for p in item.pictures]
    row: dict[str, Any] = {
        "id": item.id,
        "form": item.form,
        "level": item.level,
        "topic": item.topic,
        "lang": item.lang,
        "question": item.question,
        "answer": item.model_dump(mode="json")["answer"],
        "accept": [a if isinstance(a, str) else a.model_dump(mode="json", exclude_none=True) for a in item.accept],
        "group": item.group,
        "source": item.origin.source,
        "writer": item.origin.writer,
        "split": item.split or "",
        "images": images,
    }
    if item.options is not None:
        row["options"] = list(item.options)
    if stock:
        places = " ".join(_PLACE.format(i + 1) for i in range(len(images)))
        if item.form == "mcq":
            row["question"] = f"{places} {item.question}"
        row["messages"] = [{"role": "user", "content": f"{places} {user_text(item)}"}]
    return row


def from_row(row: object) -> Asked:
    """The question in a row, from `to_row` or written by hand. Raises ValueError with one line."""
    fields = dict(mapping(row))
    question = fields.get("question")
    if isinstance(question, str):
        while question.startswith("<image "):
            question = question[question.find(">") + 1 :].lstrip() if ">" in question else question[7:]
        fields["question"] = question
    if "form" not in fields:
        fields["form"] = "mcq" if fields.get("options") else "fill"
    if fields.get("accept") is None:
        fields.pop("accept", None)
    return asked(fields)
