"""Groups of Items whose pictures show the same drawing, wherever they come from: they must not be split."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from qa.dataset import Dataset
from qa.item import Item
from qa.progress import progress
from synth.pictures.alike import Alike
from synth.pictures.near import united
from synth.pictures.stock import Stock
from synth.workers import in_order

_GENERATED = "circuits"
"""Its groups are known by construction: its pictures are not compared, only equal bytes count."""
_SAVED = 64


def joined_groups(dataset: Dataset, items: Sequence[Item]) -> list[set[str]]:
    """Sets of two or more groups that share a picture or show the same drawing. Hashes are kept for the next time."""
    import numpy as np

    number: dict[str, int] = {}
    pairs = []
    for item in items:
        for p in item.pictures:
            pairs.append((number.setdefault(f"group {item.group}", len(number)), number.setdefault(p, len(number))))
    paths, looks = _hashed(dataset, items)
    pairs += [(number[paths[i]], number[paths[j]]) for i, j in Alike(dataset).pairs(paths, looks)]
    roots = united(np.unique(np.array(pairs, np.int64).reshape(-1, 2), axis=0), len(number))
    together: dict[int, set[str]] = {}
    for name, n in number.items():
        if name.startswith("group "):
            together.setdefault(roots[n], set()).add(name.removeprefix("group "))
    return [groups for groups in together.values() if len(groups) > 1]


def _hashed(dataset: Dataset, items: Sequence[Item]) -> tuple[list[str], list[str]]:
    """Pictures of Items that may show the same drawing, and their hashes; those that cannot be read are left out."""
    wanted = sorted({p for i in items if i.origin.source != _GENERATED for p in i.pictures})
    known = {p.path: p.look for p in Stock(dataset).read() if p.path and p.look}
    alike = Alike(dataset)
    todo = [p for p in wanted if p not in known and p not in alike.looks and (dataset.root / p).is_file()]
    if todo:
        with progress("pictures hashed", len(todo)) as advance:
            looked = in_order(partial(_look, root=dataset.root), todo)
            for done, (path, look) in enumerate(zip(todo, looked, strict=True), 1):
                alike.looks[path] = look
                advance(done)
                if done % _SAVED == 0 or done == len(todo):
                    alike.save()
    known |= alike.looks
    paths = [p for p in wanted if known.get(p)]
    return paths, [known[p] for p in paths]


def _look(path: str, root: Path) -> str:
    """The hash of a picture, or nothing where it cannot be read: `synth validate` names it."""
    from synth.pictures.copying import BadPicture, flat, opened
    from synth.pictures.ink import lines
    from synth.pictures.look import look_of

    try:
        return look_of(lines(flat(opened((root / path).read_bytes())[0])))
    except (BadPicture, OSError):
        return ""
