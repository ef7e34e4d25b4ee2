"""One decision of a person, as a line of reviews.jsonl, and the version of an Item it was made on."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from qa.errors import KitError
from qa.item import Item

Decision = Literal["accept", "edit", "reject", "undo"]
Reason = Literal["wrong answer", "unclear", "not in the picture", "bad options", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)
EDITABLE = ("question", "options", "answer", "explanation", "level", "topic")
"""Fields a person may change."""
NAME_LENGTH = 40


class Record(BaseModel):
    """One line of reviews.jsonl. Lines are only ever added; `undo` withdraws an earlier one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: Annotated[str, Field(min_length=1, max_length=64)]
    item: str
    """Id of the Item as it was seen."""
    version: str
    """`version(item)` as it was seen: a decision holds for what the person read, nothing else."""
    decision: Decision
    by: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    at: str
    reason: str = ""
    fields: dict[str, Any] = Field(default_factory=dict)
    """edit: what the changed fields became, `accept` among them where a new answer made it void."""
    was: dict[str, Any] = Field(default_factory=dict)
    """edit: what they were."""
    becomes: str = ""
    """edit: id of the Item it makes."""
    becomes_version: str = ""
    undoes: str = ""
    """undo: key of the record withdrawn."""
    over: str = ""
    """Key of another person's decision that this one knowingly replaces."""


class Merged(BaseModel):
    """The line `apply` leaves: every decision above it is in items.jsonl, or was named as stale."""

    merged: Literal[True] = True
    at: str


def version(item: Item) -> str:
    """12 hex digits over question, options, answer and explanation: what a person judges."""
    seen = [item.question, item.options, item.answer, item.explanation]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:12]


def new_key() -> str:
    """A name for a record that no other has."""
    return uuid4().hex[:16]


def now() -> str:
    """The time as reviews.jsonl writes it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reviewer_name(text: str) -> str:
    """A display name without surrounding space. Raises KitError for an empty, long or unprintable one."""
    name = " ".join(text.split())
    if not name:
        raise KitError("a reviewer needs a name; it is noted with every decision")
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise KitError(f"the name must be at most {NAME_LENGTH} printable characters")
    return name
