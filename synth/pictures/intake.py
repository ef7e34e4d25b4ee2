"""Pictures taken into a dataset folder one by one, on disk as they come; near-duplicates are marked at the end."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType

from qa.dataset import Dataset
from synth.pictures.inspect import Inspected, Limits, judge
from synth.pictures.marking import mark_alike
from synth.pictures.stock import Picture, Stock

_BATCH, _BATCH_S = 32, 2.0
"""Records that go to disk together, at most so many and so old: what a kill may lose."""
_JUDGED = (None, "small", "blank", "blurred", "near_duplicate")
"""Faults that other limits may change."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one run."""

    pictures: tuple[Picture, ...]
    """Those this run offered, as they stand now, in order."""
    fresh: int
    """Of these, how many were not on record before."""

    @property
    def usable(self) -> int:
        return sum(p.fault is None for p in self.pictures)

    @property
    def faults(self) -> Counter[str]:
        return Counter(p.fault for p in self.pictures if p.fault)


@dataclass
class Intake:
    """Holds `Dataset.filling()` while it is open: `with Intake(ds, "images") as intake: …; taken = intake.finish()`.

    Leaving it early, also by Ctrl-C, keeps what was added; the same work again goes on from there.
    """

    dataset: Dataset
    source: str
    """`images` or `pdf`."""
    licence: str = "unknown"
    limits: Limits = field(default_factory=Limits)
    keep_near: bool = False

    def __enter__(self) -> Intake:
        self._stack = ExitStack()
        self._stack.enter_context(self.dataset.filling())
        self._stock = Stock(self.dataset)
        self._records: list[Picture] = self._stock.read()
        self._at = {_place(p): n for n, p in enumerate(self._records)}
        self._digest = {p.digest: n for n, p in reversed(list(enumerate(self._records))) if p.digest}
        self._copies = {p.path: n for n, p in reversed(list(enumerate(self._records))) if p.path}
        there = {f"images/{f.name}" for f in self.dataset.images_dir.iterdir()}
        self._gone = {p.digest for p in self._records if p.path and p.path not in there}
        self._met: dict[int, None] = {}
        self._old = self._on_disk = len(self._records)
        self._since = time.monotonic()
        self._dirty = False
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self._flush()
        finally:
            self._stack.close()

    @property
    def digests(self) -> frozenset[str]:
        """Of everything on record whose copy is there: what need not be decoded again."""
        return frozenset(self._digest.keys() - self._gone)

    def known(self, file: str, page: int | None = None, box: Box | None = None) -> Picture | None:
        """The record of this place, whatever its digest, or None."""
        at = self._at.get((self.source, file, page, box))
        return None if at is None else self._records[at]

    def again(self, digest: str, file: str, page: int | None = None, box: Box | None = None) -> Picture:
        """Meet something whose digest is on record: nothing is stored twice. Raises KeyError for an unknown digest."""
        first = self._digest[digest]
        place = (self.source, file, page, box)
        at = self._at.get(place)
        if at is not None and self._records[at].digest == digest:
            self._met[at] = None
            return self._records[at]
        return self._record(self._duplicate(first, digest, file, page, box))

    def add(
        self, seen: Inspected, file: str, page: int | None = None, box: Box | None = None, caption: str = ""
    ) -> Picture:
        """Store the copy and its record; what is there already is not stored twice. Returns the record."""
        if seen.digest in self._digest:
            if seen.digest in self._gone and self._records[self._digest[seen.digest]].path:
                self.dataset.add_image(seen.png)  # somebody deleted the copy
            return self.again(seen.digest, file, page, box)
        if seen.fault == "unreadable":
            place = {"source": self.source, "file": file, "page": page, "box": box}
            return self._record(
                Picture(**place, path="", digest=seen.digest, licence=self.licence, fault="unreadable", why=seen.why)  # type: ignore[arg-type]
            )
        path = self.dataset.add_image(seen.png)
        if path in self._copies:
            return self._record(self._duplicate(self._copies[path], seen.digest, file, page, box))
        return self._record(
            Picture(
                path=path,
                source=self.source,  # type: ignore[arg-type]
                file=file,
                page=page,
                box=box,
                caption=caption[:500],
                width=seen.width,
                height=seen.height,
                digest=seen.digest,
                frames=seen.frames,
                look=seen.look,
                edge_width=seen.edge_width,
                ink=seen.ink,
                licence=self.licence,
                fault=seen.fault,
                why=seen.why,
            )
        )

    def finish(self) -> Taken:
        """Mark near-duplicates and give every picture its group; returns what this run offered."""
        self._flush()
        for n in self._met:
            self._change(n, self._judged(self._records[n]))
        for n, picture in enumerate(mark_alike(self.dataset, self._records, self._met.keys(), self.keep_near)):
            self._change(n, picture)
        if self._dirty:
            waiting = iter(self._records)
            self._stock.replace(lambda _: next(waiting))
            self._dirty = False
        return Taken(tuple(self._records[n] for n in self._met), sum(n >= self._old for n in self._met))

    def _judged(self, p: Picture) -> Picture:
        if p.fault not in _JUDGED or not p.path:
            return p
        fault, why = judge(p.width, p.height, p.edge_width, p.ink, self.limits)
        if fault is None and p.fault == "near_duplicate":
            return p  # decided when all pictures are known
        return p.model_copy(update={"fault": fault, "why": why})

    def _duplicate(self, first: int, digest: str, file: str, page: int | None, box: Box | None) -> Picture:
        return Picture(
            path="",
            source=self.source,  # type: ignore[arg-type]
            file=file,
            page=page,
            box=box,
            digest=digest,
            licence=self.licence,
            fault="duplicate",
            why=f"the same picture as {named(self._records[first])}",
        )

    def _record(self, picture: Picture) -> Picture:
        """On record under its place; what stood there with another digest stays too, unless it had none."""
        at = self._at.get(_place(picture))
        if at is not None and not self._records[at].digest:
            self._change(at, picture)
        else:
            at = len(self._records)
            self._records.append(picture)
        self._at[_place(picture)] = at
        if picture.digest:
            self._digest.setdefault(picture.digest, at)
        if picture.path:
            self._copies.setdefault(picture.path, at)
        self._met[at] = None
        if len(self._records) - self._on_disk >= _BATCH or time.monotonic() - self._since > _BATCH_S:
            self._flush()
        return picture

    def _change(self, at: int, picture: Picture) -> None:
        if picture != self._records[at]:
            self._records[at] = picture
            self._dirty = self._dirty or at < self._on_disk

    def _flush(self) -> None:
        self._stock.append(self._records[self._on_disk :])
        self._on_disk = len(self._records)
        self._since = time.monotonic()


def named(p: Picture) -> str:
    """Where a picture comes from, for a person: `a/b.png`, `book.pdf page 3`."""
    return p.file if p.page is None else f"{p.file} page {p.page}"


def _place(p: Picture) -> tuple[str, str, int | None, Box | None]:
    return p.source, p.file, p.page, p.box
