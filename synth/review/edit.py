"""A person's changes to an Item: texts of a form become a new Item, checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from qa.grading import grade_item
from qa.item import LETTERS, Answer, Item, item_id
from qa.prompts import assistant_text
from synth.review.record import EDITABLE, Record, new_key, now, version


class BadEdit(ValueError):
    """The changed Item cannot stand; the message says which field and why, in one line."""


def answer_as_text(answer: Answer) -> str:
    """An answer of any shape as editable text: several blanks one a line, named ones as `name = value`."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict):
        return "\n".join(f"{k} = {v}" for k, v in answer.items())
    return "\n".join(answer)


def answer_from_text(text: str, like: Answer) -> Answer:
    """The inverse of `answer_as_text`; the shape is that of the old answer. Raises BadEdit."""
    if isinstance(like, str):
        return text.strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not isinstance(like, dict):
        return tuple(lines)
    named = [line.partition("=") for line in lines]
    if any(not equals for _, equals, _ in named):
        raise BadEdit("answer: write one `name = value` a line")
    return {name.strip(): value.strip() for name, _, value in named}


def changes(item: Item, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of `given` (EDITABLE field -> value, `answer` as text) what differs from the Item, as JSON-ready values.

    Raises BadEdit where the answer's text has not the shape it needs.
    """
    found: dict[str, Any] = {}
    for name in EDITABLE:
        if name not in given:
            continue
        value, old = given[name], getattr(item, name)
        if name == "answer":
            if _unix(str(value)) == _unix(answer_as_text(old)):
                continue
            value = answer_from_text(str(value), old)
            if item.form == "mcq" and isinstance(value, str):
                value = value.strip().upper()
        elif name == "options":
            value = None if item.options is None else tuple(_unix(str(v)) for v in value or ())
            if value is not None:
                value = _without_empty_end(value)
        elif isinstance(value, str):
            value = _unix(value)
        if _comparable(value) != _comparable(old):
            found[name] = value
    if "answer" in found and item.accept:
        found["accept"] = ()  # they were other ways to write the old answer
    return found


def _unix(value: Any) -> Any:
    """A text with plain line ends and none of the white space around it that forms and spreadsheets lose."""
    if isinstance(value, tuple):
        return tuple(_unix(v) for v in value)
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(value, str) else value


def _comparable(value: Any) -> Any:
    return _without_empty_end(_unix(value)) if isinstance(value, tuple) else _unix(value)


def _without_empty_end(options: tuple[str, ...]) -> tuple[str, ...]:
    while options and not options[-1]:
        options = options[:-1]
    return options


def edited(item: Item, changed: Mapping[str, Any], digests: Sequence[str]) -> Item:
    """The Item with fields changed and its id anew; `digests` are the sha256 of its pictures.

    Raises BadEdit where it breaks a rule of Items, or where our own grader would mark its answer wrong.
    """
    data = item.model_dump() | dict(changed)
    if not str(data["question"]).strip():
        raise BadEdit("question: is empty")
    if data["options"] and not all(data["options"]):
        empty = LETTERS[list(data["options"]).index("")]
        raise BadEdit(f"options: {empty} is empty")
    if not data["answer"] or (isinstance(data["answer"], str) and not data["answer"].strip()):
        raise BadEdit("answer: is empty")
    if {"question", "options"} & changed.keys():
        data["id"] = item_id(digests, data["question"], data["options"])
    try:
        new = Item.model_validate(data)
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(x) for x in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise BadEdit(f"{where}: {what}" if where else what) from e
    _refuse_ungradable(new)
    return new


def _refuse_ungradable(item: Item) -> None:
    """An answer that our own grader does not take would be marked wrong in every model."""
    try:
        verdict = grade_item(item, assistant_text(item))
    except ValueError as e:  # a tolerance for a blank that is not there
        raise BadEdit(f"answer: {e}") from e
    if verdict.verdict != "right":
        raise BadEdit(f"answer: our grader would mark it wrong ({verdict.why})")


def edit_record(item: Item, changed: Mapping[str, Any], new: Item, by: str, reason: str = "") -> Record:
    """The record of an edit that `edited` let through."""
    fields = {name: getattr(new, name) for name in changed}
    was = {name: getattr(item, name) for name in changed}
    return Record(
        key=new_key(),
        item=item.id,
        version=version(item),
        decision="edit",
        by=by,
        at=now(),
        reason=reason,
        fields=_plain(fields),
        was=_plain(was),
        becomes=new.id,
        becomes_version=version(new),
    )


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them."""

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return [plain(v) for v in value]
        return value.model_dump() if hasattr(value, "model_dump") else value

    return {name: plain(value) for name, value in fields.items()}
