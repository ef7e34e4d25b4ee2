"""pictures.jsonl of a dataset folder: every picture that was taken in, with what the checks found."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.dataset import Dataset, write_whole
from qa.jsonl import append_records, read_records

Fault = Literal["unreadable", "small", "blank", "blurred", "duplicate", "near_duplicate", "moderated"]


class Picture(BaseModel):
    """One picture that was offered. With a `fault` it is kept on record and nobody is asked about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    """Copy inside the folder (`images/….png`); empty where there is none (unreadable, duplicate)."""
    source: Literal["images", "pdf"]
    file: str
    """Original, relative to the folder that was given, with `/`."""
    page: int | None = None
    """Page of a PDF, from 1."""
    box: tuple[float, float, float, float] | None = None
    """Part of the page (x0, y0, x1, y1) in points from its top left corner; None: the whole page."""
    caption: str = ""
    """Text beside a figure, at most 500 characters."""
    width: Annotated[int, Field(ge=0)] = 0
    height: Annotated[int, Field(ge=0)] = 0
    """Of the copy, in pixels."""
    digest: str = ""
    """sha256 of the original's bytes (a picture file), or of the copy's (a page): seen before or not."""
    frames: int = 1
    """Pages or frames of the original file; the first one was taken."""
    look: str = ""
    """Perceptual hash in hex."""
    edge_width: float = 0.0
    ink: float = 0.0
    """Width of its edges in pixels, and the share that lines cover: other limits need no second look."""
    group: str = ""
    """Near-duplicates share it, and the Items on them too."""
    licence: str = "unknown"
    fault: Fault | None = None
    why: str = ""
    """The fault in words, for a person."""


WAITING = "waiting for a verdict of the moderation service; run the same command again"


def is_waiting(p: Picture) -> bool:
    """Whether moderation was wanted for it and has not come yet: not usable until then."""
    return p.fault == "moderated" and p.why == WAITING


class Stock:
    """The pictures of a dataset folder. Hold `Dataset.filling()` while writing."""

    def __init__(self, dataset: Dataset) -> None:
        self.path: Path = dataset.root / "pictures.jsonl"

    def read(self) -> list[Picture]:
        """All records in order; none where there is no file. Raises KitError naming the first bad line."""
        return list(self._parsed())

    def usable(self) -> list[Picture]:
        """Those without a fault."""
        return [p for p in self._parsed() if p.fault is None]

    def append(self, pictures: Iterable[Picture]) -> None:
        """Add records, flushed to disk; what a killed run left half-written is cut off first."""
        with self._locked():
            append_records(self.path, pictures)

    def replace(self, change: Callable[[Picture], Picture]) -> None:
        """Rewrite every record through `change`, whole or not at all."""
        with self._locked():
            text = "".join(change(p).model_dump_json(exclude_defaults=True) + "\n" for p in self._parsed())
            write_whole(self.path, text.encode())

    def _parsed(self) -> Iterator[Picture]:
        return read_records(self.path, Picture)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path.parent / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
