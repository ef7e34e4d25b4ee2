"""What a teacher sends back when it writes questions: the form asked for, and how a reply is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from qa.item import Level
from synth.teacher.replies import read_list, read_object

Category = Literal["recognition", "connection", "function", "calculation", "absent"]
CATEGORIES: tuple[Category, ...] = ("recognition", "connection", "function", "calculation", "absent")
LEVELS: dict[Category, Level] = {"recognition": 1, "absent": 1, "connection": 2, "function": 3, "calculation": 4}
ReplyForm = Literal["json", "text"]
_OTHER_NAMES = {
    "识别": "recognition", "连接": "connection", "功能": "function", "分析计算": "calculation", "计算": "calculation",
    "不存在": "absent", "选择": "mcq", "选择题": "mcq", "单选题": "mcq", "单项选择": "mcq", "multiple_choice": "mcq",
    "multiple-choice": "mcq", "multiple choice": "mcq", "填空": "fill", "填空题": "fill", "fill-in": "fill",
    "fill_in": "fill", "fill in": "fill", "fill-in-the-blank": "fill", "fill_in_the_blank": "fill",
}  # fmt: skip
"""What endpoints that do not hold to a schema write instead of the words asked for."""


def _plain_name(value: object) -> object:
    if not isinstance(value, str):
        return value
    name = value.strip().lower()
    return _OTHER_NAMES.get(name, name)


class _Part(BaseModel):
    # A field too many spoils no question; a number where a text belongs is that number as written.
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Question(_Part):
    """One question as the teacher wrote it."""

    category: Category
    form: Literal["mcq", "fill"]
    topic: str = ""
    question: str
    options: tuple[str, ...] | None = None
    answer: str
    explanation: str = ""

    @field_validator("options", mode="before")
    @classmethod
    def _by_letter(cls, value: object) -> object:
        """`{"A": …, "B": …}` is a list too, and so is an empty one none."""
        if isinstance(value, dict):
            return [value[k] for k in sorted(value)]
        return value or None

    @field_validator("topic", "explanation", mode="before")
    @classmethod
    def _may_be_null(cls, value: object) -> object:
        return "" if value is None else value

    @field_validator("category", "form", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return _plain_name(value)


class Skipped(_Part):
    """A category the teacher left out, and why."""

    category: Category
    reason: str

    @field_validator("category", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return _plain_name(value)


@dataclass(frozen=True, slots=True)
class Read:
    """What could be read of one reply; `reasons` says what could not."""

    questions: tuple[Question, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    reasons: tuple[str, ...] = ()


def read_json(text: str, finish: str = "") -> Read:
    """The questions of a reply in JSON; prose around it is forgiven, one bad entry spoils no other."""
    found = read_list(text, Question, "questions", finish)
    whole = read_object(text, _Whole, finish).value if "skipped" in text else None
    skipped = tuple(s for entry in whole.skipped if (s := skipped_of(entry))) if whole else ()
    says_why = whole is not None and not whole.questions and skipped  # nothing to ask about in this picture
    return Read(found.values, skipped, () if says_why else found.reasons)


class _Whole(_Part):
    questions: list[Any] = []
    skipped: list[Any] = []


def skipped_of(entry: object) -> Skipped | None:
    """A category left out, or None for what is none."""
    try:
        return Skipped.model_validate(entry)
    except ValidationError:
        return None


def schema() -> dict[str, Any]:
    """JSON schema of a reply, in the strict form OpenAI asks for: every field named, none beside them."""

    def entry(**fields: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}

    text = {"type": "string"}
    category = {"type": "string", "enum": list(CATEGORIES)}
    options = {"anyOf": [{"type": "array", "items": text}, {"type": "null"}]}
    question = entry(
        category=category,
        form={"type": "string", "enum": ["mcq", "fill"]},
        topic=text,
        question=text,
        options=options,
        answer=text,
        explanation=text,
    )
    return entry(
        questions={"type": "array", "items": question},
        skipped={"type": "array", "items": entry(category=category, reason=text)},
    )
