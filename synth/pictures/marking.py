"""Near-duplicates marked: one picture of each is asked about, all share a group, and what stands stays."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from qa.dataset import Dataset
from synth.pictures.alike import Alike
from synth.pictures.near import united
from synth.pictures.stock import Picture, is_waiting


def mark_alike(
    dataset: Dataset, pictures: Sequence[Picture], met: Collection[int], keep_near: bool = False
) -> list[Picture]:
    """The same pictures with `group`, and `near_duplicate` where another one is asked about instead.

    Of those alike, the ones that were kept before stay; else the one of most detail (pixels over edge width) is kept.
    `met` are the places of the pictures whose fault may change. Groups that come to hang together take the oldest name.
    """
    import numpy as np

    rows = [n for n, p in enumerate(pictures) if p.path and p.look]
    pairs = Alike(dataset).pairs([pictures[n].path for n in rows], [pictures[n].look for n in rows])
    roots = united(np.array([(rows[i], rows[j]) for i, j in pairs], np.int64).reshape(-1, 2), len(pictures))
    names: dict[int, str] = {}
    for n in rows:
        if pictures[n].group:
            names.setdefault(roots[n], pictures[n].group)
    marked = list(pictures)
    kept: dict[int, int] = {}
    for n in sorted(rows, key=lambda n: _precedence(pictures[n], n)):
        p, root = pictures[n], roots[n]
        fault, why = p.fault, p.why
        if fault in (None, "near_duplicate") and n in met and not _kept_before(p):
            fault, why = None, ""
            if root in kept and not keep_near:
                fault, why = "near_duplicate", f"resembles {_named(pictures[kept[root]])}"
        if fault is None or is_waiting(p):
            kept.setdefault(root, n)
        name = names.setdefault(root, _group_name(pictures[root]))
        marked[n] = p.model_copy(update={"fault": fault, "why": why, "group": name})
    return marked


def _kept_before(p: Picture) -> bool:
    """Somebody may have been asked about it already."""
    return p.fault is None and bool(p.group)


def _precedence(p: Picture, at: int) -> tuple[bool, int, int]:
    """Who comes first is kept: what was kept before, then what shows more detail, then what came first."""
    return not _kept_before(p), -round(p.width * p.height / max(1.5, p.edge_width) ** 2), at


def _group_name(p: Picture) -> str:
    return f"{p.source}-{hashlib.sha256(p.path.encode()).hexdigest()[:12]}"


def _named(p: Picture) -> str:
    return p.file if p.page is None else f"{p.file} page {p.page}"
