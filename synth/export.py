"""What `swift sft` and the benches read: swift/{train,val,test}.jsonl and evalscope/{mcq,fill}/test.jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qa.dataset import Dataset, write_whole
from qa.errors import KitError
from qa.formats import evalscope_rows, swift_rows
from qa.item import Item

BENCH_FORMS = ("mcq", "fill")


def export(ds: Dataset, explain: bool = False, relative: bool = False) -> dict[str, int]:
    """Write the files for training and evaluation; returns rows by file.

    train and val rows go to `swift/`; test rows to `evalscope/<form>/`, and to `swift/test.jsonl` for `swift infer`.
    `explain` puts the explanation before the answer; `relative` writes picture paths for `ROOT_IMAGE_DIR`.
    Raises KitError where there are no Items, one has no split or stands there twice, or a picture is in two splits.
    """
    with ds.filling():
        return _export(ds, explain, relative)


def _export(ds: Dataset, explain: bool, relative: bool) -> dict[str, int]:
    items = list(ds.items())
    if not items:
        raise KitError(f"{ds.items_path} is empty; fill it first: circuit-vqa synth circuits --out {ds.root}")
    refuse_twins(ds, items)
    refuse_leaks(ds, items)
    root = None if relative else ds.root.resolve()
    files: dict[str, list[dict[str, Any]]] = {}
    for split in ("train", "val", "test"):
        files[f"swift/{split}.jsonl"] = [swift_rows.to_row(i, root, explain=explain) for i in items if i.split == split]
    for form in BENCH_FORMS:
        files[f"evalscope/{form}/test.jsonl"] = [
            evalscope_rows.to_row(i) for i in items if i.split == "test" and i.form == form
        ]
    for name, rows in files.items():
        _write_rows(ds.root / name, rows)
    counts = {name: len(rows) for name, rows in files.items()}
    ds.write_manifest(export=counts)
    return counts


def refuse_twins(ds: Dataset, items: Iterable[Item]) -> None:
    """Raise KitError if an Item stands there twice: it would count twice."""
    lines: dict[str, int] = {}
    for line, item in enumerate(items, 1):
        if lines.setdefault(item.id, line) != line:
            raise KitError(f"{ds.items_path}:{line}: item {item.id} stands on line {lines[item.id]} too; delete one")


def refuse_leaks(ds: Dataset, items: Iterable[Item]) -> None:
    """Raise KitError if an Item has no split, or a picture or a group stands in two splits."""
    seen: dict[str, str] = {}
    for item in items:
        if item.split is None:
            raise KitError(f"{ds.root}: item {item.id} has no split; run: circuit-vqa synth split {ds.root}")
        for key in (f"group {item.group}", *(f"picture {p}" for p in item.pictures)):
            if seen.setdefault(key, item.split) != item.split:
                raise KitError(
                    f"{ds.root}: {key} stands in both {seen[key]} and {item.split}, so the test would leak;"
                    f" mend with: circuit-vqa synth split {ds.root} --again"
                )


def _write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """The file, or no file where there are no rows: swift and EvalScope both stumble over empty ones."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    write_whole(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode())
