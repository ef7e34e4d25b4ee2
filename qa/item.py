"""The Item: a question on one or more pictures, its right answer, and where that answer comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Form = Literal["mcq", "fill", "open", "components", "json", "yaml", "schematic"]
Lang = Literal["zh", "en"]
Split = Literal["train", "val", "test"]
Level = Literal[1, 2, 3, 4]

LETTERS = "ABCD"
REL_TOL = 0.02
"""Relative tolerance of a quantity whose Item names none."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Wanted(_Frozen):
    """One right quantity: its value in `unit`, and how far off an answer may be."""

    value: float
    unit: str = ""
    """Base unit without prefix (`V`, `Hz`, `Ω`, `rad/s`), empty for a bare number."""
    rel_tol: Annotated[float, Field(ge=0, lt=1)] = REL_TOL
    abs_tol: Annotated[float, Field(ge=0)] = 0.0
    blank: int | str | None = None
    """Which blank (0, 1, …) or which key of a named answer this belongs to; None: the only one."""


class Check(_Frozen):
    """What one check said of an Item."""

    name: str
    verdict: Literal["pass", "fail", "unsure"]
    by: str = ""
    note: str = ""


class Origin(_Frozen):
    """Where an Item's picture and answer come from."""

    source: str
    """Source kind: `circuits`, `netlists`, `images`, `pdf`, `kicad`, `import`, …"""
    writer: str
    """`rule:NAME@VERSION`, or `teacher:MODEL@PROMPT_VERSION`, or `person:NAME`."""
    licence: str = ""
    file: str = ""
    page: int | None = None
    family: str = ""
    checks: tuple[Check, ...] = ()
    reviewer: str = ""


Answer = str | tuple[str, ...] | dict[str, str]


class Item(_Frozen):
    """One question. See docs/data.md for every field with an example."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12,64}$")]
    pictures: tuple[str, ...]
    form: Form
    level: Level
    topic: Annotated[str, Field(min_length=1)]
    lang: Lang
    question: Annotated[str, Field(min_length=1)]
    options: tuple[str, ...] | None = None
    answer: Answer
    """A letter (mcq), a text or quantity as written, several in order, or several by name."""
    accept: tuple[Wanted | str, ...] = ()
    explanation: str = ""
    group: Annotated[str, Field(min_length=1)]
    split: Split | None = None
    origin: Origin

    @field_validator("pictures")
    @classmethod
    def _pictures_stay_inside(cls, pictures: tuple[str, ...]) -> tuple[str, ...]:
        for p in pictures:
            if p.startswith(("/", "\\")) or ".." in p.replace("\\", "/").split("/"):
                raise ValueError(f"{p!r} must be a path inside the dataset folder")
        return pictures

    @model_validator(mode="after")
    def _options_fit_form(self) -> Self:
        if self.form != "mcq":
            if self.options is not None:
                raise ValueError("options: only an mcq has options")
            return self
        if self.options is None or not 2 <= len(self.options) <= len(LETTERS):
            raise ValueError("options: an mcq needs two to four")
        if len({o.strip() for o in self.options}) != len(self.options):
            raise ValueError("options: two are equal")
        if not (isinstance(self.answer, str) and self.answer in LETTERS[: len(self.options)] and self.answer):
            raise ValueError(f"answer: {self.answer!r} is not the letter of an option")
        return self

    @property
    def answer_text(self) -> str:
        """The answer as one line of text: `B`, `1592 Hz`, `3; 5`, `I = -0.5 A; U_ab = 2 V`."""
        return answer_line(self.answer)


def answer_line(answer: Answer) -> str:
    """An answer of any shape as one line of text."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict):
        return "; ".join(f"{k} = {v}" for k, v in answer.items())
    return "; ".join(answer)


def item_id(picture_hashes: Sequence[str], question: str, options: Sequence[str] | None) -> str:
    """12 hex digits over pictures (by content hash), question and options: the same question, the same id."""
    payload = json.dumps([list(picture_hashes), question, list(options or ())], ensure_ascii=False)
    return hashlib.sha256(payload.encode()).hexdigest()[:12]
