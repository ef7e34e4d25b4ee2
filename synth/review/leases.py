"""Who has which Item open: a small file that all pages on a folder share, so that two people get different Items."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = ".review_open.json"
MINUTES = 10
"""So long an Item is kept for a page that says nothing any more."""

Open = dict[str, tuple[str, str, float]]
"""session -> (Item's id, reviewer, time it was last heard of)."""


class Leases:
    """Open Items by session. Losing the file costs nothing but a chance to see the same Item twice."""

    def __init__(self, root: Path) -> None:
        self.path = root / NAME

    def take(self, session: str, item: str, by: str) -> None:
        """Note that a session shows an Item; what it had open before is free."""
        with self._file() as held:
            held[session] = (item, by, time.time())

    def free(self, session: str) -> None:
        """Note that a session has gone."""
        if self.path.exists():
            with self._file() as held:
                held.pop(session, None)

    def others(self, session: str) -> dict[str, str]:
        """Item's id -> reviewer, of what other sessions have open."""
        with self._file(write=False) as held:
            return {item: by for who, (item, by, _) in held.items() if who != session}

    @contextmanager
    def _file(self, write: bool = True) -> Iterator[Open]:
        with self.path.open("a+") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            f.seek(0)
            held = _read(f.read())
            yield held
            if write:
                f.seek(0)
                f.truncate()
                json.dump(held, f, ensure_ascii=False)


def _read(text: str) -> Open:
    """What is still open; an unreadable file holds nothing."""
    oldest = time.time() - 60 * MINUTES
    try:
        return {
            str(who): (str(item), str(by), float(at))
            for who, (item, by, at) in json.loads(text).items()
            if float(at) > oldest
        }
    except (ValueError, TypeError, AttributeError):
        return {}
