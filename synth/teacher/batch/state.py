"""What was sent and not yet collected: `state.sqlite` in the folder of batches. Every step is noted before it is taken.

A part is one batch file. Its steps: `writing` (nothing sent; a crash drops it), `sending` (the uploaded file is noted,
a batch may have started), `open` (the batch's id is noted). A part that is collected is forgotten: its answers are in
the journal.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from synth.teacher.call import Call, Request
from synth.teacher.config import Teacher, TeacherError

_VERSION = 1
_TABLES = (
    """CREATE TABLE parts (
    part TEXT PRIMARY KEY,
    teacher TEXT NOT NULL,
    base_url TEXT NOT NULL,
    step TEXT NOT NULL,         -- writing, sending, open
    file TEXT NOT NULL,         -- the provider's id of the uploaded file
    batch TEXT NOT NULL,        -- the provider's id of the batch
    at REAL NOT NULL            -- Unix time of its making
)""",
    """CREATE TABLE rows (
    part TEXT NOT NULL,
    line INTEGER NOT NULL,      -- in the file, from 1
    key TEXT NOT NULL,          -- as in the journal; the row's custom_id
    prompt TEXT NOT NULL,
    row TEXT NOT NULL,
    pictures TEXT NOT NULL,     -- JSON list of sha256
    most_in INTEGER NOT NULL,
    most_out INTEGER NOT NULL,
    PRIMARY KEY (part, line)
)""",
    "CREATE INDEX rows_by_key ON rows (key)",
)


@dataclass(slots=True)
class Part:
    """One batch file."""

    part: str
    teacher: str
    base_url: str
    step: Literal["writing", "sending", "open"]
    file: str
    batch: str
    at: float
    requests: dict[str, Request] = field(default_factory=dict)
    """By key, in the order of the lines; without bodies, and from the state with no messages."""

    @property
    def tokens(self) -> int:
        """Most tokens its rows can count for while they wait."""
        return sum(r.most_in for r in self.requests.values())


class State:
    """The parts that are not collected yet. One run at a time works with a folder."""

    def __init__(self, folder: Path) -> None:
        """Opens or makes the folder. Raises TeacherError when another run uses it, or it cannot be written or read."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder / ".lock")
            self._db = sqlite3.connect(folder / "state.sqlite", timeout=30, isolation_level=None)
        except (OSError, sqlite3.Error) as e:
            raise TeacherError(f"{folder}: the state of batches cannot be kept there: {e}") from None
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")  # a lost note would be paid for
            with self._writing():
                version = self._db.execute("PRAGMA user_version").fetchone()[0]
                if version > _VERSION:
                    raise sqlite3.DatabaseError("made by a newer version of the kit")
                if version == 0:
                    for table in _TABLES:
                        self._db.execute(table)
                    self._db.execute(f"PRAGMA user_version = {_VERSION}")
        except sqlite3.Error as e:
            self.close()
            raise TeacherError(
                f"{folder}/state.sqlite: cannot be read ({e}); it knows of paid batches: mend it"
            ) from None

    def parts(self) -> list[Part]:
        """All parts, oldest first, with their rows."""
        found = self._db.execute("SELECT part, teacher, base_url, step, file, batch, at FROM parts ORDER BY at, part")
        return [Part(p, t, url, s, f, b, at, dict(self._rows(p, t))) for p, t, url, s, f, b, at in found.fetchall()]

    def _rows(self, part: str, teacher: str) -> Iterator[tuple[str, Request]]:
        rows = self._db.execute(
            "SELECT key, prompt, row, pictures, most_in, most_out FROM rows WHERE part = ? ORDER BY line", (part,)
        )
        for key, prompt, row, pictures, most_in, most_out in rows:
            yield (
                key,
                Request(Call(row, teacher, prompt, ()), key, tuple(json.loads(pictures)), most_in, most_out, None),
            )

    def new(self, name: str, teacher: Teacher) -> Part:
        """A part that is about to be written."""
        part = Part(name, teacher.name, teacher.base_url, "writing", "", "", time.time())
        self._do("INSERT INTO parts VALUES (?,?,?,?,?,?,?)", (*_columns(part),))
        return part

    def sending(self, part: Part, file: str) -> None:
        """Notes rows and uploaded file, before a batch is started."""
        part.step, part.file = "sending", file
        rows = (
            (part.part, n, r.key, r.call.prompt, r.call.row, json.dumps(r.pictures), r.most_in, r.most_out)
            for n, r in enumerate(part.requests.values(), start=1)
        )
        with self._writing():
            self._db.executemany("INSERT INTO rows VALUES (?,?,?,?,?,?,?,?)", rows)
            self._db.execute("UPDATE parts SET step = 'sending', file = ? WHERE part = ?", (file, part.part))

    def opened(self, part: Part, batch: str) -> None:
        """Notes the batch that was started."""
        part.step, part.batch = "open", batch
        self._do("UPDATE parts SET step = 'open', batch = ? WHERE part = ?", (batch, part.part))

    def forget(self, part: Part) -> None:
        """The part is collected, or was never sent."""
        with self._writing():
            self._db.execute("DELETE FROM rows WHERE part = ?", (part.part,))
            self._db.execute("DELETE FROM parts WHERE part = ?", (part.part,))
        self.path(part).unlink(missing_ok=True)

    def path(self, part: Part) -> Path:
        """The file of a part; there until its batch has started."""
        return self.folder / f"{part.part}.jsonl"

    def close(self) -> None:
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    def _do(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.Error as e:
            raise TeacherError(f"{self.folder}/state.sqlite: cannot be written: {e}; mend that and run again") from None

    def _writing(self) -> _Transaction:
        return _Transaction(self._db, self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Transaction:
    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db, self._folder = db, folder

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._db.execute("COMMIT" if kind is None else "ROLLBACK")
        except sqlite3.Error as e:
            if kind is None:
                raise TeacherError(f"{self._folder}/state.sqlite: cannot be written: {e}; mend that") from None


def _columns(part: Part) -> tuple[object, ...]:
    return part.part, part.teacher, part.base_url, part.step, part.file, part.batch, part.at


def _locked(path: Path) -> IO[str] | None:
    """An open file that locks others out until it is closed; None where the system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise TeacherError(f"{path.parent}: another run works with these batch files; wait for it, or end it") from None
    return file
