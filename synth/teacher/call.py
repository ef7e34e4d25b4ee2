"""What goes to a teacher and what comes back: Call, Answer, and the key under which an answer is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from qa.data_url import data_url
from qa.turn import Turn as Message
from synth.teacher.config import Teacher, TeacherError

MAX_TOKENS = 2048
"""Length of a reply where neither teacher nor call sets `max_tokens`."""

FailureKind = Literal["budget", "refused", "empty", "rejected", "gave_up", "teacher", "picture"]
"""budget: not asked. refused, empty: answered without a text. rejected: the teacher turned this request down (4xx).
gave_up: it failed too often. teacher: nothing can be had from this teacher now. picture: unreadable file."""


@dataclass(frozen=True, slots=True)
class Call:
    """One question to one teacher."""

    row: str
    """The caller's own name for it."""
    teacher: str
    prompt: str
    """Version of the prompt, `write@1`: another version never meets answers to this one."""
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    """JSON schema of the reply."""
    sample: int = 0
    """Ask the same again: another number is another answer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call has no text. Never holds a key."""

    kind: FailureKind
    what: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call: a text, or a failure."""

    call: Call
    key: str
    text: str | None = None
    failure: Failure | None = None
    cached: bool = False
    """From the journal: nothing was paid now."""
    finish: str = ""
    """`stop`, `length` (cut off), … as the teacher says."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    """US dollars, paid when it was asked."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A call made ready: its key and the bytes to send (dropped while it waits for another try)."""

    call: Call
    key: str
    pictures: tuple[str, ...]
    """sha256 of each picture, in order."""
    most_in: int
    most_out: int
    """Upper bounds in tokens, to keep budgets and token rates before the real count is known."""
    body: bytes | None

    def without_body(self) -> Request:
        return replace(self, body=None)


def make_request(call: Call, teacher: Teacher) -> Request:
    """The request of a call.

    Raises:
        TeacherError: a picture cannot be read or is none.
    """
    hashes: list[str] = []
    turns = [_turn(m, hashes) for m in call.messages]
    settings: dict[str, Any] = {"max_tokens": MAX_TOKENS, **teacher.parameters, **call.parameters}
    if "max_completion_tokens" in settings:
        settings.pop("max_tokens")
    form = _form(call, teacher)
    named = {
        "teacher": teacher.name,
        "model": teacher.model,
        "prompt": call.prompt,
        "pictures": hashes,
        "turns": [[m.role, m.text, len(m.pictures)] for m in call.messages],
        "parameters": settings,
        "form": form,
        "sample": call.sample,
    }
    key = hashlib.sha256(json.dumps(named, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    body = {"model": teacher.model, "messages": turns, **settings, **form}
    words = sum(len(m.text.encode()) for m in call.messages) + len(json.dumps(form)) + 64  # a token is a byte or more
    return Request(
        call=call,
        key=key,
        pictures=tuple(hashes),
        most_in=words + teacher.picture_tokens * len(hashes),
        most_out=int(settings.get("max_completion_tokens") or settings.get("max_tokens") or MAX_TOKENS),
        body=json.dumps(body).encode(),
    )


def _form(call: Call, teacher: Teacher) -> dict[str, Any]:
    if call.schema is None or teacher.structured == "none":
        return {}
    if teacher.structured == "json_object":
        return {"response_format": {"type": "json_object"}}
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(call.schema)}}}


def _turn(message: Message, hashes: list[str]) -> dict[str, Any]:
    if not message.pictures:
        return {"role": message.role, "content": message.text}
    parts: list[dict[str, Any]] = []
    for path in message.pictures:
        try:
            data = path.read_bytes()
        except OSError as e:
            raise TeacherError(f"{path}: {e.strerror}") from None
        try:
            url = data_url(data)
        except ValueError as e:
            raise TeacherError(f"{path}: {e}") from None
        hashes.append(hashlib.sha256(data).hexdigest())
        parts.append({"type": "image_url", "image_url": {"url": url}})
    parts.append({"type": "text", "text": message.text})
    return {"role": message.role, "content": parts}
