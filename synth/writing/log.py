"""writing.jsonl of a dataset folder: what came of each picture that a teacher was asked to write about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from qa.dataset import Dataset
from qa.item import Lang
from qa.jsonl import append_records, read_records
from synth.writing.reply import Skipped

FailureName = Literal["refused", "empty", "rejected", "gave_up", "picture", "nothing"]
"""As in `synth.teacher.call`; nothing: it answered, and no question of it could be used."""


class Record(BaseModel):
    """What came of one picture. A later record of the same picture, teacher, prompt and language counts instead."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    picture: str
    teacher: str
    model: str
    prompt: str
    """Version, `write@1`."""
    lang: Lang
    items: int = 0
    """Good questions; those that stood in the folder already count too."""
    corrected: bool = False
    """A correction turn was asked for."""
    dropped: tuple[str, ...] = ()
    """Why questions could not be used, one entry each."""
    skipped: tuple[Skipped, ...] = ()
    """Categories the teacher left out, with its reason."""
    failure: FailureName | None = None
    why: str = ""
    """The failure in words."""


class WritingLog:
    """The records of a folder. Hold `Dataset.filling()` while writing."""

    def __init__(self, dataset: Dataset) -> None:
        self.path: Path = dataset.root / "writing.jsonl"

    def read(self) -> list[Record]:
        """The record that counts for each picture, teacher, prompt and language, in order of the first.

        Empty where there is no file. Raises KitError naming the first bad line.
        """
        latest: dict[tuple[str, str, str, str], Record] = {}
        for record in self._all():
            latest[(record.picture, record.teacher, record.prompt, record.lang)] = record
        return list(latest.values())

    def append(self, records: Iterable[Record]) -> None:
        """Add records, flushed to disk; what a killed run left half-written is cut off first."""
        append_records(self.path, records)

    def _all(self) -> Iterable[Record]:
        return read_records(self.path, Record)
