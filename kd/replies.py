"""Replies to Items, one record a line: `solutions.jsonl` and `samples.jsonl` of a dataset folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from qa.jsonl import append_records, read_records

ReplyKey = tuple[str, int, str, str, str, float | None]


class Reply(BaseModel):
    """One reply to one Item, as it came."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)

    item: str
    """id of the Item."""
    sample: int = 0
    """The same question asked again has another number."""
    teacher: str
    model: str
    prompt: str
    """Version of the prompt, `solve@1`."""
    temperature: float | None = None
    """None: the teacher's own."""
    text: str
    cut: bool = False
    """It ended because it was long enough, not because it was done."""

    @property
    def key(self) -> ReplyKey:
        """What makes it another reply."""
        return self.item, self.sample, self.teacher, self.model, self.prompt, self.temperature


class ReplyLog:
    """The records of one file. Hold `Dataset.filling()` while writing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Reply]:
        """Every reply, the latest where one stands there twice. Raises KitError naming the first bad line."""
        return list({r.key: r for r in read_records(self.path, Reply)}.values())

    def append(self, replies: Iterable[Reply]) -> None:
        """Add records, flushed to disk; what a killed run left half-written is cut off first."""
        append_records(self.path, replies)
