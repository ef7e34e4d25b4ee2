"""Rows with replies that exist already: our plain form, and what `swift infer --result_path` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qa.formats import swift_rows
from qa.formats.asked import Asked, asked
from qa.item import LETTERS, Answer
from qa.letters import read_choice
from qa.reply import clean


class BadRow(Exception):
    """A row that cannot be graded: which field, and what is wrong."""


def read_line(line: str) -> tuple[Asked, str]:
    """The question in one JSONL line, and the reply to it. Raises BadRow."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:
        raise BadRow(f"not JSON ({e})") from e
    if not isinstance(row, dict):
        raise BadRow("not a JSON object")
    if "reply" in row:
        return _plain(row)
    if "response" in row:
        return _swift(row)
    raise BadRow("reply: missing (or `response`, as swift infer writes it)")


# -- {"form", "question", "options"?, "answer", "accept"?, "reply"} --------------------------------------------------
def _plain(row: Mapping[str, Any]) -> tuple[Asked, str]:
    for name in ("form", "question", "answer"):
        if row.get(name) is None:
            raise BadRow(f"{name}: missing")
    options, answer = _options(row.get("options")), _answer(row["answer"])
    if row["form"] == "mcq":
        answer = _letter(answer, options)
    accept = row.get("accept")
    if not isinstance(accept, list):
        accept = [] if accept is None else [accept]
    fields = {"form": row["form"], "question": row["question"], "options": options, "answer": answer, "accept": accept}
    try:
        return asked(fields), _reply(row["reply"])
    except ValueError as e:
        raise BadRow(str(e)) from e


def _options(value: Any) -> tuple[str, ...] | None:
    """A list of texts, or a dict by letter, in order."""
    if value is None or value in ({}, []):
        return None
    if isinstance(value, Mapping):
        by_letter = {str(k).strip().upper(): v for k, v in value.items()}
        if sorted(by_letter) != list(LETTERS[: len(by_letter)]):
            raise BadRow(f"options: keys {', '.join(map(str, value))} are not A, B, … in a row")
        value = [by_letter[k] for k in sorted(by_letter)]
    if not isinstance(value, list):
        raise BadRow("options: neither a list nor an object by letter")
    if not 2 <= len(value) <= len(LETTERS):
        raise BadRow(f"options: {len(value)} given, an mcq has two to {len(LETTERS)}")
    return tuple(_text(v, "options") for v in value)


def _answer(value: Any) -> Answer:
    """A text, several in order, or several by name; numbers as JSON numbers are taken as written."""
    if isinstance(value, Mapping):
        answer: Answer = {str(k): _text(v, f"answer.{k}") for k, v in value.items()}
    elif isinstance(value, list):
        answer = tuple(_text(v, "answer") for v in value)
    else:
        answer = _text(value, "answer")
    if not answer or any(not part.strip() for part in _parts(answer)):
        raise BadRow("answer: empty")
    return answer


def _parts(answer: Answer) -> tuple[str, ...]:
    if isinstance(answer, str):
        return (answer,)
    return tuple(answer.values()) if isinstance(answer, dict) else answer


def _letter(answer: Answer, options: tuple[str, ...] | None) -> str:
    """The letter of the right option; the option's own text will do too."""
    given = answer[0] if isinstance(answer, tuple) and len(answer) == 1 else answer
    if isinstance(given, str):
        text = given.strip()
        letters = LETTERS[: len(options)] if options else LETTERS
        if len(text) == 1 and text.upper() in letters:
            return text.upper()
        read = read_choice(clean(text), options or [""] * len(LETTERS)).letter  # `(B)`, `答案:B`, an option's text
        if read:
            return read
    raise BadRow(f"answer: {answer!r} is not the letter of an option")


def _reply(value: Any) -> str:
    """A model that said nothing (null) gave an empty reply."""
    return "" if value is None else _text(value, "reply")


def _text(value: Any, field: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    raise BadRow(f"{field}: {type(value).__name__} instead of a text or number")


# -- {"response", "labels", "messages", …} as ms-swift 4.6 writes it --------------------------------------------------
def _swift(row: Mapping[str, Any]) -> tuple[Asked, str]:
    """The question from the user's turn, the right answer from `labels`, the reply from `response`."""
    label, messages = row.get("labels"), row.get("messages")
    if not isinstance(label, str) or not label.strip():
        raise BadRow("labels: empty; infer on rows that end in the right answer (data/NAME/swift/test.jsonl)")
    if not isinstance(messages, list) or not all(isinstance(m, Mapping) for m in messages):
        raise BadRow("messages: missing, or not a list of turns")
    if messages and messages[-1].get("role") == "assistant":
        messages = messages[:-1]  # swift puts the reply there
    turns = [{**m, "content": _flat(m.get("content"))} for m in messages]
    turns.append({"role": "assistant", "content": label})
    try:
        question = swift_rows.from_row({"messages": turns, "solution": row.get("solution")})
    except ValueError as e:
        raise BadRow(str(e)) from e
    return question, _reply(row["response"])


def _flat(content: Any) -> Any:
    """A turn in parts, as the OpenAI format has it, as one text."""
    if not isinstance(content, list):
        return content
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
