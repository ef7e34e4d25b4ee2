"""An expert analysis of one picture: what a teacher sends, and how a student is to say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from qa.item import Lang

ASK: dict[Lang, str] = {
    "zh": "请分析这张电路图:说明电路的功能和工作原理,列出关键元件及其作用,并估算能由图中数值得到的主要参数。",
    "en": "Analyse this circuit diagram: what it is for and how it works, the key components and what each does, and"
    " estimates of the main quantities that the printed values give.",
}
"""The user's turn of a training row."""
_HEADS: dict[Lang, tuple[str, str, str, str]] = {
    "zh": ("功能:", "工作原理:", "关键元件:", "估算:"),
    "en": ("Function: ", "How it works: ", "Key components:", "Estimates:"),
}


class _Part(BaseModel):
    # A field too many spoils nothing; a number where a text belongs is that number as written.
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @field_validator("*", mode="before")
    @classmethod
    def _may_be_null(cls, value: object) -> object:
        return "" if value is None else " ".join(value.split()) if isinstance(value, str) else value


class Component(_Part):
    """One key component."""

    ref: str = Field("", max_length=20)
    """Designator as printed; empty where none is."""
    kind: str = Field("", max_length=60)
    value: str = Field("", max_length=60)
    """As printed; empty where none is."""
    role: str = Field(max_length=400)


class Estimate(_Part):
    """One quantity worked out from printed values."""

    name: str = Field(min_length=1, max_length=80)
    value: str = Field(min_length=1, max_length=80)
    how: str = Field("", max_length=600)


class Analysis(_Part):
    """What a teacher sends about one picture."""

    function: str = Field(min_length=2, max_length=400)
    principle: str = Field(min_length=20, max_length=3000)
    components: tuple[Component, ...] = Field(min_length=1, max_length=24)
    estimates: tuple[Estimate, ...] = Field((), max_length=12)

    @field_validator("estimates", mode="before")
    @classmethod
    def _none_is_none(cls, value: object) -> object:
        return value or ()

    def text(self, lang: Lang) -> str:
        """The assistant's turn of a training row."""
        function, principle, components, estimates = _HEADS[lang]
        lines = [f"{function}{self.function}", f"{principle}{self.principle}", components]
        lines += [f"- {_named(c, lang)}" for c in self.components]
        if self.estimates:
            lines.append(estimates)
            lines += [f"- {_estimated(e, lang)}" for e in self.estimates]
        return "\n".join(lines)

    def prose(self) -> Iterator[str]:
        """The texts that may name components."""
        yield self.function
        yield self.principle
        yield from (f"{c.ref} {c.role}" for c in self.components)
        yield from (f"{e.name} {e.how}" for e in self.estimates)


def _named(c: Component, lang: Lang) -> str:
    head = " ".join(x for x in (c.ref, c.kind, c.value) if x)
    colon = ":" if lang == "zh" else ": "
    return f"{head}{colon}{c.role}" if head else c.role


def _estimated(e: Estimate, lang: Lang) -> str:
    if lang == "zh":
        return f"{e.name}:{e.value}" + (f"。{e.how}" if e.how else "")
    return f"{e.name}: {e.value}" + (f". {e.how}" if e.how else "")


def schema() -> dict[str, Any]:
    """JSON schema of a reply, in the strict form OpenAI asks for: every field named, none beside them."""

    def entry(**fields: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}

    text = {"type": "string"}
    return entry(
        function=text,
        principle=text,
        components={"type": "array", "items": entry(ref=text, kind=text, value=text, role=text)},
        estimates={"type": "array", "items": entry(name=text, value=text, how=text)},
    )
