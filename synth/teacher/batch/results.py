"""A line of a result file, and a whole batch that failed, made into what becomes of each row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from qa.wire import judge
from synth.teacher.batch.provider import Batch
from synth.teacher.config import Teacher

ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
TOO_MANY_TOKENS = "token_limit_exceeded"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row. ok: `body` is an answer, paid for. again: worth another batch. The others are final."""

    key: str
    kind: Literal["ok", "again", "rejected", "fatal", "cancelled"]
    body: str = ""
    what: str = ""


def read_line(line: str, teacher: Teacher) -> Result | None:
    """The result on a line of an output or error file; None for a line that is none. `what` never holds the key."""
    try:
        row = json.loads(teacher.scrub(line))
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not isinstance(row.get("custom_id"), str):
        return None
    key = row["custom_id"]
    response = row.get("response") if isinstance(row.get("response"), dict) else {}
    assert isinstance(response, dict)
    status, body = response.get("status_code"), response.get("body")
    if status == 200 and isinstance(body, dict):
        return Result(key, "ok", json.dumps(body, ensure_ascii=False))
    error = row.get("error") or (body.get("error") if isinstance(body, dict) else None) or body
    said = json.dumps({"error": error}, ensure_ascii=False)
    if isinstance(error, dict) and error.get("code") == "batch_cancelled":
        return Result(key, "cancelled", what="its batch was cancelled")
    if not isinstance(status, int) or status < 300:  # never reached the model: expired, timed out
        return Result(key, "again", what=_short(error) or "failed without a reason")
    reply = judge(status, said, {}, teacher)
    kinds: dict[str, Literal["again", "rejected", "fatal"]] = {"rejected": "rejected", "fatal": "fatal"}
    return Result(key, kinds.get(reply.kind, "again"), what=reply.what)


def of_missing(batch: Batch, line: int, key: str, teacher: Teacher) -> Result:
    """What becomes of a row that no result file of an ended batch holds."""
    for at, what in batch.errors:
        if at == line:
            return Result(key, "rejected", what=teacher.scrub(what))
    if batch.status == "cancelled":
        return Result(key, "cancelled", what="its batch was cancelled")
    why = "; ".join(what for at, what in batch.errors if at is None)[:200]
    return Result(key, "again", what=teacher.scrub(f"its batch {batch.status}" + (f": {why}" if why else "")))


def too_many_tokens(batch: Batch) -> bool:
    """Whether a batch was turned down because more tokens wait than the account allows."""
    return batch.status == "failed" and any(TOO_MANY_TOKENS in what for _, what in batch.errors)


def _short(error: Any) -> str:
    if isinstance(error, dict):
        error = f"{error.get('code') or ''}: {error.get('message') or ''}".strip(": ")
    return " ".join(str(error or "").split())[:200]
