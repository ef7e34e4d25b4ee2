"""The Items of a folder as reviewers see them: filtered, in order, with every decision made so far."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Item
from synth.pictures.stock import Picture, Stock
from synth.review.edit import BadEdit, changes, edit_record, edited
from synth.review.leases import Leases
from synth.review.log import ReviewLog, Taken
from synth.review.merge import merge, standing_records
from synth.review.record import Decision, Record, new_key, now, version
from synth.review.rows import Filters, Progress, Row, passes, row_of


@dataclass(frozen=True)
class Decided:
    """What came of an attempt to decide: written, or why not."""

    record: Record | None = None
    taken: Record | None = None
    """Another decision came first."""
    fault: str = ""
    item: str = ""
    """Id of the Item now."""


class Desk:
    """All reviewers of one server share it. Threads take turns."""

    def __init__(self, ds: Dataset) -> None:
        self.ds = ds
        self.log = ReviewLog(ds.root)
        self.leases = Leases(ds.root)
        self.rows: list[Row] = []
        self.at: dict[str, int] = {}
        """id -> place in `rows`; ids an Item had before edits too."""
        self.pictures: dict[str, Picture] = {}
        self._shown: set[str] = set()
        self._stamp: tuple[int, int] = (0, 0)
        self._turn = RLock()
        self.reload()

    # -- reading ----------------------------------------------------------------------------------
    def reload(self) -> None:
        """Read items.jsonl and the log anew where they changed on disk. Raises DatasetError."""
        with self._turn:
            stat = self.ds.items_path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self.base = list(self.ds.items())
                self.pictures = {p.path: p for p in Stock(self.ds).read() if p.path}
                self._stamp = stamp
                self.log.refresh()
                self._lay_out()
            else:
                self._fold(self.log.refresh())

    def _lay_out(self) -> None:
        """Every row from items.jsonl and the log."""
        made = merge(self.base, self.log.records).made
        self.rows, self.at = [], {}
        for item in self.base:
            new = made.get(item.id, item)
            if new is None:
                continue
            self.at[item.id] = self.at[new.id] = len(self.rows)
            self.rows.append(row_of(new))
        self._shown = {p for r in self.rows for p in r.item.pictures}
        stand, _ = standing_records(self.log.records)
        for r in stand:
            self._point(r)
            self._note(r)

    def _fold(self, fresh: Iterable[Record]) -> None:
        """New decisions onto the rows they are about."""
        for r in fresh:
            if r.decision == "undo":
                self._lay_out()
                return
            at = self.at.get(r.item)
            if at is None:
                continue
            made = merge([self.rows[at].item], [r]).made
            new = made.get(self.rows[at].item.id)
            if new is not None:
                self.rows[at] = row_of(new)
            self._point(r)
            self._note(r)

    def _point(self, r: Record) -> None:
        for old, new in ((r.item, r.becomes), (r.becomes, r.item)):
            if new and old in self.at:
                self.at.setdefault(new, self.at[old])

    def _note(self, r: Record) -> None:
        """The row's latest decision, if it was made on what the row shows now."""
        at = self.at.get(r.becomes or r.item)
        if at is not None:
            item = self.rows[at].item
            if (item.id, version(item)) == ((r.becomes, r.becomes_version) if r.becomes else (r.item, r.version)):
                self.rows[at].last = r

    # -- looking ----------------------------------------------------------------------------------
    def find(self, item_id: str) -> Row | None:
        """The row of an Item by its id, or by one it had before an edit."""
        at = self.at.get(item_id)
        return None if at is None else self.rows[at]

    def step(self, filters: Filters, session: str, by: str, start: str = "", back: bool = False) -> Row | None:
        """The next row (or the one before) that the filter lets through, not open elsewhere; None where there is none.

        Back means through decided ones as well, so that a slip can be looked at again.
        """
        with self._turn:
            held = self.leases.others(session)
            at = self.at.get(start, -1 if not back else len(self.rows))
            wanted = filters.whatever_was_decided() if back and filters.decision == "open" else filters
            n = len(self.rows)
            order = range(at - 1, at - 1 - n, -1) if back else range(at + 1, at + 1 + n)
            second = None
            for i in order:
                row = self.rows[i % n]
                if i % n == at or not passes(row, wanted, by):
                    continue
                if row.item.id not in held:
                    return row
                second = second or row
            return second if back else None

    def first(self, filters: Filters, session: str, by: str, shown: str = "") -> Row | None:
        """The row shown now if the filter lets it through, else the first that it does."""
        row = self.find(shown)
        if row is not None and passes(row, filters, by):
            return row
        return self.step(filters, session, by)

    def progress(self, filters: Filters, by: str) -> Progress:
        """Counts over the filter without its decision part."""
        with self._turn:
            every = filters.whatever_was_decided()
            rows = [r for r in self.rows if passes(r, every, by)]
            done = [r for r in rows if r.verdict is not None]
            return Progress(len(rows), len(done), sum(r.by == by for r in done))

    def choices(self) -> dict[str, list[str]]:
        """What the folder has to filter by."""
        items = [r.item for r in self.rows]
        return {
            "check": sorted({c for r in self.rows for c in r.checks}),
            "level": sorted({str(i.level) for i in items}),
            "writer": sorted({i.origin.writer for i in items}),
            "topic": sorted({i.topic for i in items}),
            "lang": sorted({i.lang for i in items}),
        }

    # -- deciding ---------------------------------------------------------------------------------
    def decide(
        self,
        item_id: str,
        seen_version: str,
        seen: str,
        decision: Decision,
        by: str,
        reason: str = "",
        given: dict[str, Any] | None = None,
    ) -> Decided:
        """Write a decision on an Item as it was shown; `given` holds the texts of an edit.

        `seen` is the key of the last record on the Item when it was shown. Where somebody decided since, nothing
        is written and `taken` says what; shown that, the person may decide again.
        """
        with self._turn:
            self.reload()
            row = self.find(item_id)
            if row is None:
                return Decided(fault=f"item {item_id} is not in the folder any more")
            item = row.item
            if item.id != item_id or version(item) != seen_version:
                if row.last is not None and row.last.key != seen:
                    return Decided(taken=row.last, item=item.id)
                return Decided(fault="the question changed since it was shown; look at it again", item=item.id)
            try:
                record = self._record(item, decision, by, reason, given)
            except BadEdit as e:
                return Decided(fault=str(e), item=item.id)
            if row.last is not None and row.last.by != by:
                record = record.model_copy(update={"over": row.last.key})
            try:
                self._fold(self.log.add(record, seen))
            except Taken as e:
                self._fold(e.fresh)
                if _same(e.last, record):  # the same press twice
                    return Decided(record=e.last, item=e.last.becomes or e.last.item)
                return Decided(taken=e.last, item=item.id)
            return Decided(record=record, item=record.becomes or record.item)

    def _record(self, item: Item, decision: Decision, by: str, reason: str, given: dict[str, Any] | None) -> Record:
        changed = changes(item, given) if decision == "edit" and given else {}
        if decision == "edit" and changed:
            new = edited(item, changed, [digest(self.ds.root / p) for p in item.pictures])
            twin = self.find(new.id)
            if new.id != item.id and twin is not None and twin.item.id == new.id:
                raise BadEdit(f"question: item {new.id} asks the same already")
            return edit_record(item, changed, new, by, reason)
        said: Decision = "accept" if decision == "edit" else decision
        return Record(key=new_key(), item=item.id, version=version(item), decision=said, by=by, at=now(), reason=reason)

    def undo(self, by: str) -> Decided:
        """Withdraw the reviewer's latest decision that stands, unless somebody decided on the Item after it."""
        with self._turn:
            self.reload()
            stand, _ = standing_records(self.log.records)
            mine = next((r for r in reversed(stand) if r.by == by), None)
            if mine is None:
                return Decided(fault="you have decided nothing that could be undone")
            at = mine.becomes or mine.item
            last = next((r for r in reversed(stand) if at in (r.item, r.becomes)), mine)
            if last.key != mine.key:
                return Decided(fault=f"{last.by} decided on item {at} after you", item=at)
            undo = Record(
                key=new_key(), item=at, version=mine.becomes_version or mine.version,
                decision="undo", by=by, at=now(), undoes=mine.key,
            )  # fmt: skip
            self._fold(self.log.add(undo))
            row = self.find(mine.item)
            return Decided(record=undo, item=row.item.id if row else mine.item)

    def picture(self, name: str) -> Path | None:
        """The file of a picture that some Item shows, by its path in the folder; None for anything else."""
        path = self.ds.root / name
        inside = path.resolve().is_relative_to(self.ds.root.resolve())
        return path if name in self._shown and inside and path.is_file() else None


def _same(a: Record, b: Record) -> bool:
    """Whether two records say the same, whenever they were written."""
    return a.model_copy(update={"key": b.key, "at": b.at, "over": b.over}) == b


@lru_cache(maxsize=4096)
def digest(path: Path) -> str:
    """sha256 of a picture's bytes. Raises KitError where it is not there."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as e:
        raise KitError(f"{path}: {e.strerror}; the picture is needed to name the changed question") from e
