"""Replies paid for once: a JSONL file keyed by what was asked. A new port or row order loses nothing."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError


class Reply(BaseModel):
    """What a model replied to one request."""

    key: str
    text: str
    stop: str = "stop"
    """Why it ended: `stop`, or `max_tokens` where it was cut off."""
    tokens: int = 0
    seconds: float = 0.0


class ReplyStore:
    """Append-only, safe among threads, and after kill -9: a torn last line is dropped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: dict[str, Reply] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            self._read()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> Reply | None:
        """The reply kept for a request, if any."""
        return self._known.get(key)

    def put(self, reply: Reply) -> None:
        """Keep one reply; it is in the file when this returns. Raises OSError where the disk is full."""
        line = (reply.model_dump_json() + "\n").encode()
        with self._lock, self.path.open("ab", buffering=0) as f:  # a buffer would be written once more on closing
            size = f.tell()
            try:
                written = f.write(line)
                if written < len(line):  # the last bytes of a disk: the next write says why
                    f.write(line[written:])
            except OSError as e:
                os.truncate(self.path, size)
                raise OSError(e.errno, e.strerror, str(self.path)) from e
            self._known[reply.key] = reply

    def clear(self) -> None:
        """Forget every reply, on disk too."""
        with self._lock:
            self.path.unlink(missing_ok=True)
            self._known.clear()

    def _read(self) -> None:
        whole = 0
        with self.path.open("rb") as f:
            for raw in f:
                if not raw.endswith(b"\n"):
                    break
                whole += len(raw)
                try:
                    reply = Reply.model_validate_json(raw)
                except ValidationError:
                    continue  # a line of another version: asked again, nothing lost but the time
                self._known[reply.key] = reply
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)


def request_key(**what: Any) -> str:
    """SHA-256 over all that decides a reply: model, weights, sampling, messages with their pictures."""
    return hashlib.sha256(json.dumps(what, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
