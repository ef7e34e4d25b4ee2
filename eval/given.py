"""Rows with replies that exist already: our plain form, and what `swift infer --result_path` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from qa.item import LETTERS, Answer, Form, Wanted
from qa.prompts import ASK

_ACCEPT: TypeAdapter[tuple[Wanted | str, ...]] = TypeAdapter(tuple[Wanted | str, ...])
_COLON = r"\s*[:\uff1a]\s*"
_OPTIONS = re.compile(rf"\s*(?:选项|Options){_COLON}(?=A\s*[.\u3001\uff0e])")
_QUESTION = re.compile(rf"^\s*(?:问题|Question){_COLON}")
_LEAD = re.compile(rf"(?:答案|Answer){_COLON}")
_BLANK = re.compile(r"_{2,}|\uff3f+|\(\s+\)|\uff08\s+\uff09")


class BadRow(Exception):
    """A row that cannot be graded: which field, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Given:
    """One reply with all the grader needs."""

    form: Form
    question: str
    options: tuple[str, ...] | None
    answer: Answer
    accept: tuple[Wanted | str, ...]
    reply: str


def read_line(line: str) -> Given:
    """One JSONL line. Raises BadRow."""
    try:
        row = json.loads(line)
    except ValueError as e:
        raise BadRow(f"not JSON ({e})") from e
    if not isinstance(row, dict):
        raise BadRow("not a JSON object")
    if "reply" in row:
        return _plain(row)
    if "response" in row:
        return _swift(row)
    raise BadRow("reply: missing (or `response`, as swift infer writes it)")


# -- {"form", "question", "options"?, "answer", "accept"?, "reply"} --------------------------------------------------
def _plain(row: Mapping[str, Any]) -> Given:
    for name in ("form", "question", "answer"):
        if row.get(name) is None:
            raise BadRow(f"{name}: missing")
    form, question = row["form"], row["question"]
    if form not in get_args(Form):
        raise BadRow(f"form: {form!r} is none of {', '.join(get_args(Form))}")
    if not isinstance(question, str):
        raise BadRow("question: not a text")
    options = _options(row.get("options"))
    answer = _answer(row["answer"])
    if form == "mcq":
        answer = _letter(answer, options)
    return Given(form, question, options, answer, _accept(row.get("accept")), _reply(row["reply"]))


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
        same = [i for i, o in enumerate(options or ()) if o.strip() == text]
        if len(same) == 1:
            return LETTERS[same[0]]
    raise BadRow(f"answer: {answer!r} is not the letter of an option")


def _accept(value: Any) -> tuple[Wanted | str, ...]:
    if value is None:
        return ()
    try:
        return _ACCEPT.validate_python(value if isinstance(value, list) else [value])
    except ValidationError as e:
        raise BadRow(f"accept: {e.errors()[0]['msg']}") from e


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
def _swift(row: Mapping[str, Any]) -> Given:
    label = row.get("labels")
    if not isinstance(label, str) or not label.strip():
        raise BadRow("labels: empty; infer on rows that end in the right answer (data/NAME/swift/test.jsonl)")
    question, options = read_prompt(_asked(row.get("messages")))
    answer = _from_label(label, question)
    letter = isinstance(answer, str) and len(answer) == 1 and answer.upper() in LETTERS
    form: Form = "mcq" if options or (letter and not _BLANK.search(question)) else "fill"
    if form == "mcq":
        answer = _letter(answer, options)
    return Given(form, question, options, answer, _accept(row.get("accept")), _reply(row["response"]))


def _asked(messages: Any) -> str:
    """The text of the last user turn."""
    if not isinstance(messages, list):
        raise BadRow("messages: missing")
    turns = [m for m in messages if isinstance(m, Mapping) and m.get("role") == "user"]
    if not turns:
        raise BadRow("messages: no user turn")
    content = turns[-1].get("content")
    if isinstance(content, list):
        content = "".join(str(p.get("text", "")) for p in content if isinstance(p, Mapping))
    if not isinstance(content, str):
        raise BadRow("messages: the user turn holds no text")
    return content


def read_prompt(text: str) -> tuple[str, tuple[str, ...] | None]:
    """Question and options out of a user turn made by `qa.prompts` (or `问题:… 选项:A. … B. …` on one line)."""
    text = text.replace("<image>", "").strip()
    for ask in ASK.values():
        text = text.removesuffix(ask).rstrip()
    heads = list(_OPTIONS.finditer(text))
    if not heads:
        return _QUESTION.sub("", text), None
    last = heads[-1]
    return _QUESTION.sub("", text[: last.start()]).strip(), _split_options(text[last.end() :])


def _split_options(text: str) -> tuple[str, ...] | None:
    """`A. 10 kΩ B. 22 kΩ` at the letters in order; None where there are fewer than two."""
    starts: list[tuple[int, int]] = []
    for letter in LETTERS:
        mark = re.compile(rf"(?:^|(?<=\s)){letter}\s*[.\u3001\uff0e]\s*").search(text, starts[-1][1] if starts else 0)
        if mark is None:
            break
        starts.append((mark.start(), mark.end()))
    ends = [s for s, _ in starts[1:]] + [len(text)]
    options = tuple(text[begin:end].strip() for (_, begin), end in zip(starts, ends, strict=True))
    return options if len(options) >= 2 else None


def _from_label(label: str, question: str) -> Answer:
    """The right answer out of an assistant turn: what follows the last `答案:`, taken apart as it was put together."""
    text = label.strip()
    leads = list(_LEAD.finditer(text))
    if leads:
        text = text[leads[-1].end() :].strip()
    if not text:
        raise BadRow("labels: nothing after the lead-in of the answer")
    parts = [p.strip() for p in text.split("; ")]
    named = [p.split(" = ", 1) for p in parts]
    if all(len(n) == 2 for n in named):
        return {name.strip(): value.strip() for name, value in named}
    return tuple(parts) if len(parts) > 1 and len(_BLANK.findall(question)) == len(parts) else text
