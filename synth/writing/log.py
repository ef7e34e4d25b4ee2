"""writing.jsonl of a dataset folder: what came of each picture that a teacher was asked to write about."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from qa.dataset import Dataset, DatasetError
from qa.item import Lang
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

        Empty where there is no file. Raises DatasetError naming the first bad line.
        """
        latest: dict[tuple[str, str, str, str], Record] = {}
        for record in self._all():
            latest[(record.picture, record.teacher, record.prompt, record.lang)] = record
        return list(latest.values())

    def append(self, records: Iterable[Record]) -> None:
        """Add records, flushed to disk; what a killed run left half-written is cut off first."""
        rows = "".join(r.model_dump_json(exclude_defaults=True) + "\n" for r in records)
        if not rows:
            return
        with self.path.open("ab+") as f:
            f.seek(0, os.SEEK_END)
            if size := f.tell():
                f.seek(max(0, size - 1))
                if f.read(1) != b"\n":
                    f.seek(0)
                    os.truncate(self.path, f.read().rfind(b"\n") + 1)
            f.write(rows.encode())
            f.flush()
            os.fsync(f.fileno())

    def _all(self) -> Iterable[Record]:
        if not self.path.is_file():
            return
        with self.path.open("rb") as f:
            for number, raw in enumerate(f, 1):
                if not raw.endswith(b"\n"):
                    return
                try:
                    yield Record.model_validate_json(raw)
                except ValidationError as e:
                    first = e.errors()[0]
                    field = ".".join(str(x) for x in first["loc"]) or "line"
                    raise DatasetError(f"{self.path}:{number}: {field}: {first['msg']}; delete that line") from e
