"""Rows for `swift sft` that hold what a teacher added: the question as in training, another assistant's turn."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kd.analysis import ASK, Analysis
from qa.dataset import Dataset, write_whole
from qa.formats import swift_rows
from qa.item import Item, Lang


def answered(item: Item, text: str, root: Path | None) -> dict[str, Any]:
    """The Item's row with this reply; `root` as in `swift_rows.to_row`."""
    row = swift_rows.to_row(item, root)
    return {**row, "messages": [row["messages"][0], {"role": "assistant", "content": text}]}


def analysed(picture: str, lang: Lang, analysis: Analysis, root: Path | None) -> dict[str, Any]:
    """A row that asks for an analysis of a picture and gives it."""
    turns = [{"role": "user", "content": f"<image>{ASK[lang]}"}, {"role": "assistant", "content": analysis.text(lang)}]
    return {"messages": turns, "images": [str(root / picture) if root else picture]}


def write_rows(ds: Dataset, name: str, rows: Iterable[dict[str, Any]]) -> int:
    """Writes `swift/<name>.jsonl` whole, or takes it away where there are no rows: swift stumbles over empty files.

    Notes the count in manifest.json. Returns how many rows.
    """
    lines = [json.dumps(r, ensure_ascii=False) + "\n" for r in rows]
    path = ds.root / "swift" / f"{name}.jsonl"
    if lines:
        write_whole(path, "".join(lines).encode())
    else:
        path.unlink(missing_ok=True)
    noted = ds.manifest().get("kd")
    ds.write_manifest(kd={**(noted if isinstance(noted, dict) else {}), f"swift/{name}.jsonl": len(lines)})
    return len(lines)
