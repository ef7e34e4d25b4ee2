"""A teacher's reply made into checked data, or a reason fit to send back for one correction turn.

Endpoints may ignore a JSON schema, so everything is validated here. What was cut off is never completed by guess: a
number that lost its last digits is still a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from qa.formats.seed_text import SeedQuestion
from qa.formats.seed_text import parse as parse_seed
from synth.teacher.call import Answer, Call, Message

T = TypeVar("T", bound=BaseModel)
_LARGEST = 200_000
_HALF = re.compile(r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
"""A surrogate pair as JSON escapes it, or half of one: no character, and no file or request can hold it."""
_NESTED = re.compile(r"(?:[{\[]\s*){100}")
"""Nonsense; json-repair would take half a minute over it."""
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_HEAD = re.compile("(?im)^[ \t>#-]*(?:\\d{1,3}[.、)\uff09][ \t]*)?(?=(?:问题|题目|Question)\\s*\\d{0,3}\\s*[:\uff1a])")
_RULE = re.compile(r"(?:\n[ \t]*[-*_=]{3,}[ \t]*)+\s*\Z")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """The one object of a reply, or why there is none."""

    value: T | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParsedList(Generic[T]):
    """The good entries of a reply's list; `reasons` says what is wrong with the others, or with the whole."""

    values: tuple[T, ...]
    reasons: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """All reasons as one text; empty when nothing is wrong."""
        return "; ".join(self.reasons)


@dataclass(frozen=True, slots=True)
class ParsedSeed:
    """The good questions of a reply in the plain text form, and what is wrong with the others."""

    values: tuple[SeedQuestion, ...]
    reasons: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)


def read_object(text: str, model: type[T], finish: str = "") -> Parsed[T]:
    """The object of this model in a reply: prose and fences around it, and slips of JSON, are forgiven.

    Args:
        finish: The answer's `finish`; `length` says that it was cut off.
    """
    reason = "the reply holds no JSON object"
    for data, whole in _candidates(text, finish):
        if not isinstance(data, dict):
            continue
        if not whole:
            return Parsed(None, "the JSON is cut off; make it shorter and complete")
        value, why = _checked(data, model)
        if value is not None:
            return Parsed(value)
        reason = why
    return Parsed(None, reason)


def read_list(text: str, model: type[T], field: str, finish: str = "") -> ParsedList[T]:
    """The entries of `{"<field>": [...]}`, or of a bare list, that fit the model; one bad entry spoils no other.

    The last entry of a list that was cut off is dropped, whatever it looks like.
    """
    best: ParsedList[T] = ParsedList((), (f'the reply holds no JSON object with a list "{field}"',))
    for data, whole in _candidates(text, finish):
        entries = data.get(field) if isinstance(data, dict) else data
        if not isinstance(entries, list):
            continue
        found = _entries(entries, model, field, whole)
        if found.values and len(found.values) >= len(best.values):
            return found
        if entries:
            best = found
    return best


def _entries(entries: Sequence[object], model: type[T], field: str, whole: bool) -> ParsedList[T]:
    good: list[T] = []
    bad: list[str] = []
    for n, entry in enumerate(entries if whole else entries[:-1]):
        value, why = _checked(entry, model)
        if value is not None:
            good.append(value)
        else:
            bad.append(f"{field}[{n}]: {why}")
    if not whole:
        bad.append(f"the JSON is cut off in {field}[{max(0, len(entries) - 1)}]")
    return ParsedList(tuple(good), tuple(bad))


def read_seed(text: str, finish: str = "") -> ParsedSeed:
    """The questions of a reply in the plain text form (`问题:… 选项:… 答案:…`); prose before the first is forgiven."""
    blocks = seed_blocks(text)
    if not blocks:
        return ParsedSeed((), ("the reply holds no line that begins with 问题: (Question:)",))
    good: list[SeedQuestion] = []
    bad: list[str] = []
    for n, block in enumerate(blocks, start=1):
        if finish == "length" and n == len(blocks):
            bad.append(f"question {n}: cut off")
            break
        try:
            good += [replace(q, line=n) for q in parse_seed(block)]
        except ValueError as e:
            bad.append(f"question {n}: {str(e).partition(': ')[2] or e}")
    return ParsedSeed(tuple(good), tuple(bad))


def seed_blocks(text: str) -> list[str]:
    """The questions of a reply in the plain text form, unread, each from its head to the next; prose before is left."""
    text = text.replace("**", "").replace("\r\n", "\n")
    fenced = _FENCE.findall(text)
    if fenced and _HEAD.search(fenced[-1]):
        text = fenced[-1]
    heads = list(_HEAD.finditer(text))
    ends = [h.start() for h in heads[1:]] + [len(text)]
    return [_RULE.sub("", text[head.end() : end]).strip() for head, end in zip(heads, ends, strict=False)]


def correction(answer: Answer, reason: str, lang: str = "en") -> Call:
    """The one more turn that shows a teacher its reply and what is wrong with it."""
    ask = (
        f"Your reply is not the form asked for: {reason}. Send the whole reply again in the right form, nothing else."
        if lang == "en"
        else f"你的回答不符合要求的格式：{reason}。请按要求的格式重新给出完整回答，不要输出其他内容。"
    )
    turns = (*answer.call.messages, Message("assistant", answer.text or ""), Message("user", ask))
    return replace(answer.call, messages=turns)


def _checked(data: object, model: type[T]) -> tuple[T | None, str]:
    try:
        return model.model_validate(data), ""
    except ValidationError as e:
        said = [f"{'.'.join(map(str, x['loc'])) or 'it'}: {x['msg']}" for x in e.errors(include_url=False)[:3]]
        return None, "; ".join(said)


def _candidates(text: str, finish: str) -> Iterator[tuple[Any, bool]]:
    """Every JSON value a reply may mean, likeliest first, and whether it is whole: the last fence, then the last value
    in the open, then what json-repair makes of the rest."""
    text = _HALF.sub(lambda m: m[1] or "\ufffd", text[:_LARGEST].removeprefix("\ufeff").strip())
    cut = finish == "length"
    sources = [*reversed(_FENCE.findall(text)), text]
    for source in sources:
        yield from ((data, True) for data in reversed(_strict(source)))
    import json_repair

    for source in sources:
        start = next((i for i, c in enumerate(source) if c in "{["), None)
        if start is None or _NESTED.search(source):
            continue
        # `[` of prose is no list: a brace that comes later is the likelier start
        brace = source.find("{", start)
        for begin in dict.fromkeys(i for i in (brace, start) if i >= 0):
            try:
                data = json_repair.loads(source[begin:])
            except (ValueError, RecursionError, IndexError, TypeError):
                continue
            yield data, not cut and _closed(source[begin:])


def _strict(source: str) -> list[Any]:
    """The JSON objects and lists that stand in a text, in order; those inside others are not counted."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    at = tries = 0
    while tries < 200 and (m := re.compile(r"[{\[]").search(source, at)):
        tries += 1
        try:
            data, at = decoder.raw_decode(source, m.start())
            found.append(data)
        except ValueError:
            if source[m.start()] == "{":  # what stands inside a broken object is not the object
                break
            at = m.end()
        except RecursionError:
            break
    return found


def _closed(source: str) -> bool:
    """Whether every bracket outside strings is closed: what is left open was cut off."""
    open_, quoted, escaped = [], False, False
    for c in source:
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = c == "\\", c != '"'
        elif c == '"':
            quoted = True
        elif c in "{[":
            open_.append(c)
        elif c in "}]" and open_:
            open_.pop()
            if not open_:
                return True
    return False
