"""What every format is read into: a question as found, or what is wrong with its row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from qa.item import Answer, Lang, Level, Wanted


class Found(BaseModel):
    """One question of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    images: tuple[str, ...] = Field(min_length=1)
    """As written in the file; not yet looked for."""
    question: str = Field(min_length=1)
    options: tuple[str, ...] | None = None
    answer: Answer
    """A letter where there are options."""
    explanation: str = ""
    line: int
    """Where its row begins, from 1."""
    accept: tuple[Wanted | str, ...] = ()
    level: Level | None = None
    topic: str = ""
    lang: Lang | None = None

    @field_validator("answer")
    @classmethod
    def _says_something(cls, answer: Answer) -> Answer:
        parts = [answer] if isinstance(answer, str) else list(answer.values() if isinstance(answer, dict) else answer)
        if not parts or not all(p.strip() for p in parts):
            raise ValueError("is empty")
        return answer


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be used: its line, the field, and what is wrong there."""

    line: int
    field: str
    what: str


class BadRow(Exception):
    """Raised inside a reader: which field of the row, and what is wrong there."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}")
        self.field, self.what = field, what

    def at(self, line: int) -> Bad:
        """The same, with its line."""
        return Bad(line, self.field, self.what)


Rows = Iterator[Found | Bad]


def found(line: int, fields: Mapping[str, Any]) -> Found:
    """A Found from loose fields. Raises BadRow naming the first that is wrong."""
    try:
        return Found.model_validate({"line": line, **fields})
    except ValidationError as e:
        first = e.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "row"
        if first["type"] in ("too_short", "string_too_short"):
            raise BadRow(field, "is empty") from e
        raise BadRow(field, first["msg"].removeprefix("Value error, ")) from e


def told(e: ValueError, field: str = "row") -> BadRow:
    """A reader's `field: what` as a BadRow."""
    head, colon, rest = str(e).partition(": ")
    return BadRow(head, rest) if colon and head.replace("_", "").isalpha() else BadRow(field, str(e))
