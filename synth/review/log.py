"""reviews.jsonl of a dataset folder: every decision of a person, written at once, merged into items.jsonl later."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from qa.dataset import Dataset, DatasetError
from qa.jsonl import first_fault
from synth.review.merge import merge
from synth.review.record import Merged, Record, now

NAME = "reviews.jsonl"
_SHOWN = 5  # stale decisions named one by one


class Taken(Exception):
    """Somebody decided on this Item since it was shown; nothing was written."""

    def __init__(self, last: Record, fresh: list[Record]) -> None:
        super().__init__(f"{last.by} decided meanwhile")
        self.last = last
        self.fresh = fresh
        """What is new in the log since the last look."""


class ReviewLog:
    """The log, read as it grows. Several processes may append: each sees the others' lines before it adds its own."""

    def __init__(self, root: Path) -> None:
        self.path = root / NAME
        self.records: list[Record] = []
        """Every decision so far, undos too."""
        self.merged = 0
        """How many of them the last `apply` had before it."""
        self._read = 0
        self._line = 0
        self._last: dict[str, Record] = {}

    def refresh(self) -> list[Record]:
        """Read what was added since; returns it. Raises DatasetError naming a line that is none of ours."""
        if not self.path.is_file():
            return []
        fresh: list[Record] = []
        with self.path.open("rb") as f:
            f.seek(self._read)
            for raw in f:
                if not raw.endswith(b"\n"):
                    break  # being written, or torn by a kill
                self._line += 1
                self._read += len(raw)
                record = self._parsed(raw)
                if record is None:
                    self.merged = len(self.records)
                    continue
                self.records.append(record)
                fresh.append(record)
                for item in {record.item, record.becomes} - {""}:
                    self._last[item] = record
        return fresh

    def last(self, item_id: str) -> Record | None:
        """The latest word on an Item, an undo too."""
        return self._last.get(item_id)

    def add(self, record: Record, seen: str | None = None) -> list[Record]:
        """Write one decision to disk; returns the records that are new since the last look, this one last.

        `seen` is the key of the last record on the Item when it was shown ("" for none). Raises Taken if there
        is another by now; pass None to write all the same.
        """
        with self._locked():
            fresh = self.refresh()
            last = self.last(record.item)
            if seen is not None and last is not None and last.key != seen:
                raise Taken(last, fresh)
            self._write(record.model_dump_json(exclude_defaults=True))
            return fresh + self.refresh()

    def mark_merged(self, count: int) -> None:
        """Note that the first `count` records are merged, if nothing was added since."""
        with self._locked():
            self.refresh()
            if len(self.records) == count and self.merged < count:
                self._write(Merged(at=now()).model_dump_json())
                self.refresh()

    # -- inside -----------------------------------------------------------------------------------
    def _parsed(self, raw: bytes) -> Record | None:
        try:
            return Record.model_validate_json(raw)
        except ValidationError as e:
            try:
                Merged.model_validate_json(raw)
            except ValidationError:
                field, what = first_fault(e)
                raise DatasetError(f"{self.path}:{self._line}: {field}: {what}; mend or delete that line") from e
            return None

    def _write(self, lines: str) -> None:
        if not lines:
            return
        with self.path.open("ab+") as f:
            size = f.seek(0, os.SEEK_END)
            if size > self._read:  # a killed run left half a line
                os.truncate(self.path, self._read)
            try:
                f.write((lines + "\n").encode())
                f.flush()
                os.fsync(f.fileno())
            except OSError as e:
                os.truncate(self.path, self._read)  # a full disk leaves no half a line
                raise OSError(e.errno, e.strerror, str(self.path)) from e

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path.parent / ".reviews.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def apply(ds: Dataset, say: Callable[[str], None] | None = None) -> int:
    """Merge reviews.jsonl into items.jsonl; returns how many Items changed. May be called any number of times.

    Takes `ds.filling()` for a moment, so call it before you take it. A decision on something that changed or went
    since is not applied; `say` (stderr by default) is told once, and the Item waits for review again.
    Raises DatasetError where another command is working on the folder and there is something to merge.
    """
    log = ReviewLog(ds.root)
    log.refresh()
    if not log.records or not ds.items_path.is_file():
        return 0
    if not merge(ds.items(), log.records).made and log.merged == len(log.records):
        return 0
    with ds.filling():
        log.refresh()
        known = log.merged
        result = merge(ds.items(), log.records)
        if result.made:
            ds.replace(lambda i: result.made.get(i.id, i))
            ds.write_manifest()
        fresh = {r.key for r in log.records[known:]}
        _tell([r for r in result.stale if r.key in fresh], say or _to_stderr)
        log.mark_merged(len(log.records))
    return len(result.made)


def _tell(stale: Sequence[Record], say: Callable[[str], None]) -> None:
    for r in stale[:_SHOWN]:
        say(f"{NAME}: {r.by}'s {r.decision} of item {r.item} was not applied: the item changed or went since")
    if len(stale) > _SHOWN:
        say(f"{NAME}: … and {len(stale) - _SHOWN} more such decisions; these items wait for review again")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)
