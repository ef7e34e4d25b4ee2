"""Which pictures of a folder are alike: hashes propose pairs, the pictures decide, and nothing is decided twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING

from qa.dataset import Dataset, write_whole
from qa.progress import progress
from synth.pictures.copying import BadPicture
from synth.pictures.near import Joined, near_pairs
from synth.pictures.same import SAME, drawing, sameness

if TYPE_CHECKING:
    import numpy as np

DISTANCE = 35
"""Pictures whose hashes differ in at most so many of 256 bits are compared."""
MOST = 12
"""One picture is compared with at most so many others, nearest hash first: thousands of look-alikes stay affordable."""
_SHOWN, _SAVED = 100, 200
VERSION = 2
"""Of hash and comparison: what another version found is found anew."""


class Alike:
    """Hashes and comparisons of one folder, kept in `.alike.json` (which may be deleted at any time)."""

    def __init__(self, dataset: Dataset) -> None:
        self.root = dataset.root
        self.path = dataset.root / ".alike.json"
        self.looks: dict[str, str] = {}
        """picture -> perceptual hash."""
        self._same: dict[str, bool] = {}
        self._read()

    def pairs(self, paths: Sequence[str], looks: Sequence[str]) -> list[tuple[int, int]]:
        """(i, j), i < j, that join the pictures which show the same drawing: as many as are needed, not all there are.

        Saved as it goes, with a progress bar.
        """
        proposed = sorted(near_pairs(looks, DISTANCE).tolist(), key=lambda p: (p[2], p[0], p[1]))
        told_apart: Counter[int] = Counter()
        joined = Joined()
        found, fresh = [], 0
        kept = lru_cache(maxsize=256)(self._drawing)
        show = progress("look-alikes compared", len(proposed)) if len(proposed) > _SHOWN else nullcontext(None)
        with show as advance:
            for done, (i, j, _) in enumerate(proposed, 1):
                if joined.root(i) != joined.root(j) and max(told_apart[i], told_apart[j]) < MOST:
                    key = " ".join(sorted((paths[i], paths[j])))
                    if key not in self._same:
                        self._same[key] = _same(kept(paths[i]), kept(paths[j]))
                        fresh += 1
                        if fresh % _SAVED == 0:
                            self.save()
                    if self._same[key]:
                        found.append((i, j))
                        joined.join(i, j)
                    else:
                        told_apart.update((i, j))
                if advance:
                    advance(done)
        if fresh or not self.path.exists():
            self.save()
        return found

    def save(self) -> None:
        """Write down what was found, whole or not at all."""
        facts = {"version": VERSION, "looks": self.looks, "same": self._same}
        write_whole(self.path, json.dumps(facts, indent=0).encode())

    def _drawing(self, path: str) -> np.ndarray | None:
        try:
            return drawing(self.root / path)
        except (BadPicture, OSError):
            return None

    def _read(self) -> None:
        try:
            facts = json.loads(self.path.read_text("utf-8"))
            if facts["version"] == VERSION:
                self.looks = {str(k): str(v) for k, v in facts["looks"].items()}
                self._same = {str(k): bool(v) for k, v in facts["same"].items()}
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return  # absent, torn or of another version: found anew


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is not None and other is not None and sameness(one, other) >= SAME
