"""The journal: every answer a teacher gave, on disk before anything reads it, so that nothing is paid for twice."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from synth.teacher.call import Request
from synth.teacher.config import Teacher, TeacherError

_VERSION = 1
_OF_THE_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
"""What sqlite says where the file itself may be sound."""
_TABLE = """
CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,          -- teacher, model, prompt version, picture bytes, turns, parameters, sample
    teacher TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    row TEXT NOT NULL,          -- the caller's name for it, the first time
    pictures TEXT NOT NULL,     -- JSON list of sha256
    body TEXT NOT NULL,         -- as it came, less the key should a server have echoed it
    tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    cost REAL NOT NULL,         -- US dollars, by the price of that day
    seconds REAL NOT NULL,
    at REAL NOT NULL            -- Unix time of the answer
);
CREATE INDEX answers_by_key ON answers (key, id);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer as it lies in the journal."""

    body: str
    tokens_in: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What one teacher was paid for one version of a prompt."""

    teacher: str
    model: str
    prompt: str
    answers: int
    tokens_in: int
    tokens_out: int
    cost: float


class Journal:
    """`journal.sqlite` of a dataset folder. A killed process loses nothing stored; threads may share one Journal."""

    def __init__(self, path: Path | str) -> None:
        """Opens or makes the journal. Raises TeacherError when the file is none of ours, damaged, or not writable."""
        self.path = Path(path)
        self._lock = threading.Lock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as e:
            raise TeacherError(f"{self.path}: the journal cannot be opened: {e}") from None
        try:
            self._prepare()
        except sqlite3.Error as e:
            self._db.close()
            raise self._unreadable(e) from None

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # With WAL, NORMAL outlives any death of the process; only a power cut may lose the last moments.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("BEGIN IMMEDIATE")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in _TABLE.split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
        self._db.execute("COMMIT")
        if version > _VERSION:
            raise sqlite3.DatabaseError("made by a newer version of the kit")

    def store(self, request: Request, teacher: Teacher, body: str, seconds: float) -> Kept:
        """Writes one answer as it came and returns what was written. On disk when this returns.

        Raises:
            TeacherError: the disk takes no more.
        """
        tokens_in, tokens_out = usage(body)
        if not tokens_in and not tokens_out:  # not told: the most it can be, or a budget would never end
            tokens_in, tokens_out = request.most_in, request.most_out
        kept = Kept(teacher.scrub(body), tokens_in, tokens_out, teacher.price.cost(tokens_in, tokens_out))
        row = (
            request.key, teacher.name, teacher.model, request.call.prompt, request.call.row,
            json.dumps(request.pictures), kept.body, tokens_in, tokens_out, kept.cost, seconds, time.time(),
        )  # fmt: skip
        try:
            with self._lock:
                self._db.execute(
                    "INSERT INTO answers (key, teacher, model, prompt, row, pictures, body,"
                    " tokens_in, tokens_out, cost, seconds, at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                    row,
                )
        except sqlite3.Error as e:
            raise TeacherError(f"{self.path}: an answer could not be stored: {e}; mend that and run again") from None
        return kept

    def find(self, key: str) -> Kept | None:
        """The latest answer under this key. Raises TeacherError where the file is damaged."""
        rows = self._read(
            "SELECT body, tokens_in, tokens_out, cost FROM answers WHERE key = ? ORDER BY id DESC LIMIT 1", key
        )
        return Kept(*rows[0]) if rows else None

    def spent(self) -> list[Spent]:
        """What was paid, by teacher, model and prompt version; every answer counts, also those asked for again.

        Raises TeacherError where the file is damaged.
        """
        rows = self._read(
            "SELECT teacher, model, prompt, count(*), sum(tokens_in), sum(tokens_out), sum(cost) FROM answers"
            " GROUP BY teacher, model, prompt ORDER BY teacher, model, prompt"
        )
        return [Spent(*row) for row in rows]

    def _read(self, query: str, *values: str) -> list[Any]:
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.Error as e:
            raise self._unreadable(e) from None

    def _unreadable(self, error: sqlite3.Error) -> TeacherError:
        if getattr(error, "sqlite_errorname", "").startswith(_OF_THE_DISK):
            return TeacherError(
                f"{self.path}: the journal cannot be used ({error}): the disk is full, or may only be read; free some"
                " space or name another place, and run the same command again"
            )
        return TeacherError(
            f"{self.path}: the journal cannot be read ({error}); it holds paid answers: mend it (sqlite3 FILE .recover)"
            " or move it aside"
        )

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def usage(body: str) -> tuple[int, int]:
    """Tokens in and out that an answer says it used; zeros where it does not say."""
    try:
        used = json.loads(body)["usage"]
        return max(0, int(used["prompt_tokens"])), max(0, int(used["completion_tokens"]))
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return 0, 0
