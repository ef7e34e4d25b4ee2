"""A provider's files and batches over HTTP: OpenAI's form, which DashScope takes too. No retries here.

Sources: OpenAI API reference, Files and Batch; Alibaba Cloud Model Studio, "OpenAI compatible - Batch".
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from qa.wire import judge
from synth.teacher.config import Teacher

_CHUNK = 2**20
_LARGEST = 16 * 2**20
"""Of an answer, and of a line of a result file."""
_MOST_PAGES = 50
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Unavailable(Exception):
    """Worth another try."""

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class Refused(Exception):
    """Turned down. `fatal`: so will be whatever else is asked of this teacher; `gone`: there is no such thing (404)."""

    def __init__(self, what: str, fatal: bool, gone: bool = False) -> None:
        super().__init__(what)
        self.fatal, self.gone = fatal, gone


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the provider tells it."""

    id: str
    status: str
    input_file: str
    results: tuple[str, ...]
    """Files of rows that were answered and of rows that failed."""
    done: int
    total: int
    errors: tuple[tuple[int | None, str], ...]
    """Why the whole was turned down: line of the input file (from 1) where told, and reason."""
    created: float


class _Body(NamedTuple):
    """What a request carries."""

    data: bytes | Iterator[bytes] | None
    headers: dict[str, str]
    timeout_s: float | None = None
    """None: the teacher's own."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:  # a redirect would carry the key to another host
        return None


class Provider:
    """The files and batches of one teacher. Every method raises Unavailable or Refused; neither holds the key."""

    def __init__(self, teacher: Teacher) -> None:
        self.teacher = teacher
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if urlsplit(teacher.base_url).hostname in _LOOPBACK:
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def upload(self, file: Path, name: str) -> str:
        """Sends a file, a piece at a time; returns its id."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/jsonl\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        size = len(head) + file.stat().st_size + len(tail)

        def pieces() -> Iterator[bytes]:
            yield head
            with file.open("rb") as f:
                while piece := f.read(_CHUNK):
                    yield piece
            yield tail

        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(size)}
        timeout_s = self.teacher.timeout_s + size / 1e5  # a slow line needs its time: 200 MB at 100 kB/s
        return _text(self._json("POST", "/files", _Body(pieces(), headers, timeout_s)), "id")

    def create(self, file: str, window: str, part: str) -> Batch:
        """Starts the batch of an uploaded file. Unavailable: it may have started all the same, see `started`."""
        body = {
            "input_file_id": file,
            "endpoint": "/v1/chat/completions",
            "completion_window": window,
            "metadata": {"circuit_vqa": part},
        }
        sent = _Body(json.dumps(body).encode(), {"Content-Type": "application/json"})
        return _batch(self._json("POST", "/batches", sent))

    def get(self, batch: str) -> Batch:
        return _batch(self._json("GET", f"/batches/{quote(batch, safe='')}"))

    def started(self, file: str, since: float) -> Batch | None:
        """The batch of this input file, if there is one; the list, newest first, is read back to `since`."""
        after = ""
        for _ in range(_MOST_PAGES):
            page = self._json("GET", "/batches?limit=100" + (f"&after={quote(after, safe='')}" if after else ""))
            batches = [_batch(b) for b in page.get("data") or []]
            for batch in batches:
                if batch.input_file == file:
                    return batch
            if not page.get("has_more") or not batches or batches[-1].created < since - 86_400:
                break
            after = batches[-1].id
        return None

    def lines(self, file: str) -> Iterator[str]:
        """The lines of a result file as they come, not scrubbed; one longer than any answer may be is left out."""
        with closing(self._open("GET", f"/files/{quote(file, safe='')}/content")) as response:
            size, length = 0, response.headers.get("Content-Length")
            while line := self._read(lambda: response.readline(_LARGEST)):
                size += len(line)
                whole = True
                while not line.endswith(b"\n") and (more := self._read(lambda: response.readline(_LARGEST))):
                    size, whole = size + len(more), False
                    line = more
                if whole:
                    yield line.decode("utf-8", "replace").strip()
        if length and length.isdigit() and size < int(length):
            raise Unavailable("the connection broke off in a result file")

    def _json(self, method: str, path: str, body: _Body | None = None) -> dict[str, Any]:
        with closing(self._open(method, path, body)) as response:
            raw = self._read(lambda: response.read(_LARGEST))
        try:
            found = json.loads(self.teacher.scrub(raw.decode("utf-8", "replace")))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Unavailable(f"{method} {path.partition('?')[0]}: an answer that is no JSON object")
        return found

    def _open(self, method: str, path: str, body: _Body | None = None) -> Any:
        data, headers, timeout_s = body or _Body(None, {})
        request = urllib.request.Request(self.teacher.base_url + path, data, headers, method=method)
        if key := self.teacher.key():
            request.add_unredirected_header("Authorization", f"Bearer {key}")
        try:
            return self._opener.open(request, timeout=timeout_s or self.teacher.timeout_s)
        except urllib.error.HTTPError as e:
            read = e.read  # `e` is gone when a lambda over it would be called
            with closing(e):
                said = self._read(lambda: read(_LARGEST))
            reply = judge(e.code, said.decode("utf-8", "replace"), dict(e.headers.items()), self.teacher)
            where = f"{method} {path.partition('?')[0]}: {reply.what}"
            if reply.kind in ("fatal", "rejected"):
                raise Refused(where, reply.kind == "fatal", e.code == 404) from None
            raise Unavailable(where, reply.retry_after) from None
        except (OSError, http.client.HTTPException) as e:
            raise self._broken(e) from None

    def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (OSError, http.client.HTTPException, ValueError) as e:
            raise self._broken(e) from None

    def _broken(self, e: Exception) -> Unavailable:
        return Unavailable(self.teacher.scrub(f"{type(e).__name__}: {e}")[:200])


def _batch(data: Any) -> Batch:
    if not isinstance(data, dict):
        raise Unavailable("a batch that is no JSON object")
    counts = data.get("request_counts") if isinstance(data.get("request_counts"), dict) else {}
    assert isinstance(counts, dict)
    errors = data.get("errors")
    listed = errors.get("data") if isinstance(errors, dict) else errors
    created = data.get("created_at")
    return Batch(
        id=_text(data, "id"),
        status=_text(data, "status"),
        input_file=str(data.get("input_file_id") or ""),
        results=tuple(str(data[f]) for f in ("output_file_id", "error_file_id") if data.get(f)),
        done=_count(counts.get("completed")) + _count(counts.get("failed")),
        total=_count(counts.get("total")),
        errors=tuple(_error(e) for e in listed) if isinstance(listed, list) else (),
        created=float(created) if isinstance(created, int | float) else float("inf"),
    )


def _error(error: Any) -> tuple[int | None, str]:
    if not isinstance(error, dict):
        return None, str(error)[:200]
    line = error.get("line")
    what = " ".join(f"{error.get('code') or ''}: {error.get('message') or ''}".split())[:200]
    return (line if isinstance(line, int) else None), what.strip(": ")


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _text(data: dict[str, Any], field: str) -> str:
    value = data.get(field)
    if not isinstance(value, str) or not value:
        raise Unavailable(f"an answer without {field}")
    return value
