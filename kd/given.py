"""Answers that exist already, as JSONL: what `swift infer` and `swift sample` write, or `{"item", "reply"}`.

Each is brought to its Item by the words of the question and the names of its pictures, which are hashes of their bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from kd.replies import Reply
from qa.errors import KitError
from qa.item import Item
from qa.prompts import assistant_text, user_text
from qa.wire import sayable

_Asked = tuple[str, tuple[str, ...]]
"""The question without spaces, and the names of its pictures."""


class BadRow(Exception):
    """A line that holds no answer: which field, and what is wrong."""


@dataclass
class Given:
    """What the files hold."""

    replies: list[Reply] = field(default_factory=list)
    """Of the train Items alone, numbered as they come."""
    elsewhere: int = 0
    """Answers to questions of val or test, or that are not accepted: never used."""
    unknown: int = 0
    """Answers to questions that the folder does not hold."""
    own: int = 0
    """The row's own right answer, which `swift sample` puts among its replies where a reward chooses."""
    by_reward: int = 0
    """Rows that a reward chose: only the best are in the file."""
    bad: list[tuple[str, str]] = field(default_factory=list)
    """(file:line, why)."""


def read_given(files: Sequence[Path], train: Sequence[Item], every: Iterable[Item]) -> Given:
    """The answers of these files to the Items in `train`; `every` Item of the folder, to know the others by.

    Raises KitError where a file cannot be read or holds no line.
    """
    index = _Index(train, every)
    given, numbers = Given(), Counter[str]()
    for file in files:
        lines = 0
        try:
            with file.open("rb") as f:
                for number, raw in enumerate(f, 1):
                    if raw.strip():
                        lines += 1
                        _take(raw, f"{file}:{number}", index, given, numbers)
        except OSError as e:
            raise KitError(f"{file}: {e.strerror}; --answers takes what swift infer or swift sample wrote") from e
        if not lines:
            raise KitError(f"{file} is empty; --answers takes what swift infer or swift sample wrote")
    return given


class _Index:
    def __init__(self, train: Sequence[Item], every: Iterable[Item]) -> None:
        self.train = {i.id: i for i in train}
        self.ids: set[str] = set()
        self.by_asked: dict[_Asked, str] = {}
        self.by_words: dict[str, set[str]] = {}
        for item in every:
            words = _squeezed(user_text(item))
            self.ids.add(item.id)
            self.by_asked[words, _names(item.pictures)] = item.id
            self.by_words.setdefault(words, set()).add(item.id)

    def find(self, words: str, pictures: tuple[str, ...]) -> str | None:
        """id of the Item; without pictures only where one Item alone asks in these words."""
        if pictures:
            return self.by_asked.get((words, pictures))
        found = self.by_words.get(words, set())
        return next(iter(found)) if len(found) == 1 else None


def _take(raw: bytes, where: str, index: _Index, given: Given, numbers: Counter[str]) -> None:
    try:
        row = _mapping(raw)
        item_id, texts, by_reward = _plain(row) if "messages" not in row else _swift(row, index)
    except BadRow as e:
        given.bad.append((where, str(e)))
        return
    given.by_reward += by_reward
    if item_id is None or item_id not in index.ids:
        given.unknown += len(texts)
        return
    item = index.train.get(item_id)
    if item is None:
        given.elsewhere += len(texts)
        return
    for text in texts:
        if by_reward and text.strip() in (assistant_text(item), assistant_text(item, explain=True)):
            given.own += 1
            continue
        reply = Reply(item=item.id, sample=numbers[item.id], teacher="file", model="file", prompt="given", text=text)
        numbers[item.id] += 1
        given.replies.append(reply)


def _mapping(raw: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRow("is not JSON") from None
    if not isinstance(row, dict):
        raise BadRow("is no JSON object")
    return row


def _plain(row: Mapping[str, Any]) -> tuple[str | None, list[str], bool]:
    """`{"item": id, "reply": text}`, or `"replies": [texts]`; also a record of samples.jsonl, with its `text`."""
    item = row.get("item", row.get("id"))
    if not isinstance(item, str):
        raise BadRow("item: the id of the question is missing")
    texts = row["replies"] if "replies" in row else [row.get("reply", row.get("text"))]
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise BadRow("reply: missing, or no text")
    return item, [sayable(t) for t in texts], False


def _swift(row: Mapping[str, Any], index: _Index) -> tuple[str | None, list[str], bool]:
    """`swift infer` names the reply `response`; `swift sample` puts it into the last turn."""
    turns = row["messages"]
    if not isinstance(turns, list) or not all(isinstance(t, Mapping) for t in turns):
        raise BadRow("messages: not a list of turns")
    users = [_flat(t.get("content")) for t in turns if t.get("role") == "user"]
    if len(users) != 1:
        raise BadRow(f"messages: {len(users)} turns of the user, one is wanted")
    last = turns[-1]
    text = row.get("response", _flat(last.get("content")) if last.get("role") == "assistant" else None)
    if text is None and "response" not in row:
        raise BadRow("messages: the assistant's turn is missing (or `response`, as swift infer writes it)")
    if text is not None and not isinstance(text, str):
        raise BadRow(f"response: {type(text).__name__} instead of a text")
    words = _squeezed(users[0].replace("<image>", ""))
    return index.find(words, _names(_paths(row.get("images")))), [sayable(text or "")], "rejected_response" in row


def _paths(images: object) -> list[str]:
    if images is None:
        return []
    listed = images if isinstance(images, list) else [images]
    paths = [i.get("path") if isinstance(i, Mapping) else i for i in listed]
    return [p for p in paths if isinstance(p, str)]


def _names(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(PurePosixPath(p.replace("\\", "/")).name for p in paths)


def _flat(content: object) -> str:
    """A turn's text, also one in parts as the OpenAI format has it."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""


def _squeezed(text: str) -> str:
    return "".join(text.split())
