"""What swift and the benches read: swift/{train,val,test,grpo,gkd}.jsonl and evalscope/<bench>/{val,test}.jsonl."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qa.dataset import Dataset, write_whole
from qa.errors import KitError
from qa.formats import evalscope_rows, swift_rows
from qa.item import Item
from qa.standing import REVIEW, latest, standing
from synth.documents import document_rows
from synth.pictures.stock import Stock

_ALWAYS_COUNTED = ("swift/", "evalscope/mcq/test", "evalscope/fill/test")
BENCH_FORMS = ("mcq", "fill", "open", "components")


def export(ds: Dataset, explain: bool = False, relative: bool = False, unchecked: bool = False) -> dict[str, int]:
    """Write the files for training and evaluation; returns rows by file.

    train and val rows go to `swift/`; val and test rows to `evalscope/<form>/`, those of pages of a PDF once more to
    `evalscope/doc_qa/` among other pages of their document; test rows to `swift/test.jsonl` for `swift infer` as well.
    `swift/grpo.jsonl` holds the questions of train once more, without answers, for training by reward;
    `swift/gkd.jsonl` with them, for distillation: swift cuts them off itself in the steps in which the student answers.
    `explain` puts the explanation before the answer; `relative` writes picture paths for `ROOT_IMAGE_DIR`.
    Only accepted Items are written (qa.standing), with `unchecked` also those that nobody confirmed.
    Raises KitError where there are no Items, one has no split or stands there twice, or a picture is in two splits.
    """
    with ds.filling():
        return _export(ds, explain, relative, unchecked)


def _export(ds: Dataset, explain: bool, relative: bool, unchecked: bool) -> dict[str, int]:
    every = list(ds.items())
    if not every:
        raise KitError(f"{ds.items_path} is empty; fill it first: {ds.filled_by}")
    refuse_twins(ds, every)
    items = [i for i in every if is_exported(i, unchecked)]
    if not items:
        raise KitError(
            f"{ds.root}: none of {len(every)} items is accepted ({left_out(every, unchecked)}); see what is left to do:"
            f" circuit-vqa synth report {ds.root}"
        )
    refuse_leaks(ds, items)
    root = None if relative else ds.root.resolve()
    files: dict[str, list[dict[str, Any]]] = {}
    for split in ("train", "val", "test"):
        files[f"swift/{split}.jsonl"] = [swift_rows.to_row(i, root, explain=explain) for i in items if i.split == split]
    files["swift/grpo.jsonl"] = [swift_rows.to_grpo_row(i, root) for i in items if i.split == "train"]
    files["swift/gkd.jsonl"] = files["swift/train.jsonl"]
    for split in ("val", "test"):
        asked = [i for i in items if i.split == split]
        for form in BENCH_FORMS:
            files[f"evalscope/{form}/{split}.jsonl"] = [evalscope_rows.to_row(i) for i in asked if i.form == form]
        elsewhere = {p for i in items if i.split != split for p in i.pictures}
        files[f"evalscope/doc_qa/{split}.jsonl"] = list(document_rows(asked, Stock(ds).usable(), elsewhere))
    for name, rows in files.items():
        _write_rows(ds.root / name, rows)
    counts = {name: len(rows) for name, rows in files.items() if rows or name.startswith(_ALWAYS_COUNTED)}
    ds.write_manifest(export=counts)
    return counts


def is_exported(item: Item, unchecked: bool = False) -> bool:
    """Whether an Item may be trained on and tested with."""
    return standing(item) in (("accepted", "unchecked") if unchecked else ("accepted",))


def left_out(items: Iterable[Item], unchecked: bool = False) -> str:
    """How many Items are not exported and why: `44 rejected (33 vote, 11 twin), 2 review (2 vote)`; empty for none."""
    by: dict[str, Counter[str]] = {}
    for item in items:
        if not is_exported(item, unchecked):
            by.setdefault(standing(item), Counter())[_reason(item)] += 1
    said = []
    for name in ("rejected", "review", "unchecked"):
        reasons = by.get(name)
        if reasons:
            why = ", ".join(f"{n} {reason}" for reason, n in reasons.most_common() if reason)
            said.append(f"{reasons.total()} {name}" + (f" ({why})" if why else ""))
    return ", ".join(said)


def _reason(item: Item) -> str:
    """The check that decided, the last of them; empty where none said anything against the Item."""
    wanted = {"rejected": "fail", "review": "unsure"}.get(standing(item))
    name = next((c.name for c in reversed(list(latest(item).values())) if c.verdict == wanted), "")
    return "by a person" if name == REVIEW else name


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
