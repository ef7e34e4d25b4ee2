"""One question with all the grader needs, as read back from a row of any format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from qa.grading import Verdict, grade
from qa.item import LETTERS, Answer, Form, Lang, Wanted


class Asked(BaseModel):
    """A question out of a row. Fields a format does not carry keep their defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    form: Form
    question: str
    options: tuple[str, ...] | None = None
    answer: Answer
    accept: tuple[Wanted | str, ...] = ()
    id: str = ""
    lang: Lang = "zh"
    level: int = 0
    topic: str = ""
    group: str = ""
    source: str = ""
    writer: str = ""
    """Who wrote the question: `rule:NAME@VERSION`, `teacher:MODEL@PROMPT`, `person:NAME`."""
    split: str = ""
    images: tuple[str, ...] = ()
    evidence: tuple[int, ...] = ()
    """Which of the pictures show the answer, from 1; empty: not asked for."""

    @model_validator(mode="after")
    def _letter_of_an_option(self) -> Asked:
        if self.form == "mcq" and self.options is not None:
            letters = LETTERS[: len(self.options)]
            if not isinstance(self.answer, str) or len(self.answer) != 1 or self.answer not in letters:
                raise ValueError(f"answer: {self.answer!r} is not the letter of an option")
        return self

    def grade(self, reply: str) -> Verdict:
        """Grade a reply from what the row carries."""
        return grade(self.form, self.question, self.answer, reply, self.options, self.accept)


def asked(fields: Mapping[str, Any]) -> Asked:
    """An Asked from loose fields. Raises ValueError with one line that names the field."""
    try:
        return Asked.model_validate(dict(fields))
    except ValidationError as e:
        first = e.errors()[0]
        field = ".".join(str(x) for x in first["loc"])
        raise ValueError(f"{field or 'row'}: {first['msg']}".replace("\n", " ")) from e


def mapping(row: object) -> Mapping[str, Any]:
    """The row itself, if it is a JSON object. Raises ValueError."""
    if not isinstance(row, Mapping):
        raise ValueError(f"row: {type(row).__name__} instead of a JSON object")
    return row
