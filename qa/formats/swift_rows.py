"""Rows that `swift sft`, `swift infer` and `swift rlhf` read.

    {"messages": [{"role": "user", "content": "<image>问题:…"}, {"role": "assistant", "content": "答案:B"}],
     "images": ["images/….png"]}

`<image>` stands once per picture. A GRPO row has no assistant turn; what the reward needs to grade a reply is in
its `solution` column.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qa.formats.asked import Asked, asked, mapping
from qa.formats.seed_text import split_prompt
from qa.item import LETTERS, Answer, Item
from qa.letters import read_choice
from qa.prompts import ASK, LEAD, assistant_text, user_text
from qa.reply import clean

_GRADED = {"form", "lang", "question", "options", "answer", "accept"}


def to_row(item: Item, root: Path | None = None, explain: bool = False) -> dict[str, Any]:
    """One row of a training set.

    Args:
        item: what is asked.
        root: the dataset folder, for absolute picture paths; None leaves them relative (set ROOT_IMAGE_DIR).
        explain: put the explanation before the answer.
    """
    return {
        "messages": [_user(item), {"role": "assistant", "content": assistant_text(item, explain)}],
        "images": _images(item, root),
    }


def to_grpo_row(item: Item, root: Path | None = None) -> dict[str, Any]:
    """One row of `swift/grpo.jsonl`: the question alone, and `solution` for the reward (see `read_solution`)."""
    solution = item.model_dump_json(include=_GRADED, exclude_none=True)
    return {"messages": [_user(item)], "images": _images(item, root), "solution": solution}


def read_solution(solution: object) -> Asked:
    """What `to_grpo_row` put into `solution`. Raises ValueError with one line."""
    if not isinstance(solution, str):
        raise ValueError(f"solution: {type(solution).__name__} instead of a JSON text")
    try:
        fields = json.loads(solution)
    except (ValueError, RecursionError) as e:
        raise ValueError(f"solution: not JSON ({e})") from e
    return asked(mapping(fields))


def from_row(row: object) -> Asked:
    """The question in a row made by `to_row` (or of the same shape), as far as a row tells.

    The tolerance of a quantity is not in such a row; a grpo row's `solution` is used where there is one.
    Raises ValueError with one line.
    """
    fields = mapping(row)
    images = _image_paths(fields.get("images"))
    if fields.get("solution") is not None:
        return read_solution(fields["solution"]).model_copy(update={"images": images})
    user, assistant = _turns(fields.get("messages"))
    lang = "en" if ASK["mcq", "en"] in user or ASK["fill", "en"] in user or user.isascii() else "zh"
    question, options = split_prompt(_without_instruction(user.replace("<image>", "")))
    answer: Answer = _after_lead(assistant)
    if options is not None:
        letter = read_choice(clean(assistant), options).letter
        if letter is None:
            raise ValueError(f"messages: the assistant's turn names none of the options {LETTERS[: len(options)]}")
        answer = letter
    elif len(parts := str(answer).split("; ")) > 1:
        pairs = [p.split(" = ", 1) for p in parts]
        answer = {p[0]: p[1] for p in pairs} if all(len(p) == 2 for p in pairs) else tuple(parts)
    return asked(
        {
            "form": "mcq" if options else "fill",
            "question": question,
            "options": options,
            "answer": answer,
            "lang": lang,
            "images": images,
        }
    )


def _user(item: Item) -> dict[str, str]:
    return {"role": "user", "content": "<image>" * len(item.pictures) + user_text(item)}


def _images(item: Item, root: Path | None) -> list[str]:
    return [str(root / p) if root else p for p in item.pictures]


def _image_paths(images: object) -> tuple[str, ...]:
    if images is None:
        return ()
    if isinstance(images, str):
        return (images,)
    if not isinstance(images, list | tuple):
        raise ValueError(f"images: {type(images).__name__} instead of a list of paths")
    paths = [i.get("path") if isinstance(i, dict) else i for i in images]
    if not all(isinstance(p, str) for p in paths):
        raise ValueError("images: an entry is no path")
    return tuple(str(p) for p in paths)


def _turns(messages: object) -> tuple[str, str]:
    """The last user turn's text and the assistant's turn after it."""
    if not isinstance(messages, list):
        raise ValueError("messages: missing, or not a list")
    user = assistant = None
    for m in messages:
        if not isinstance(m, dict) or not isinstance(m.get("content"), str):
            raise ValueError("messages: a turn is not {role, content} with a text")
        if m.get("role") == "user":
            user, assistant = m["content"], None
        elif m.get("role") == "assistant":
            assistant = m["content"]
    if user is None or assistant is None:
        raise ValueError(f"messages: no {'user' if user is None else 'assistant'} turn")
    return user, assistant


def _without_instruction(text: str) -> str:
    for ask in ASK.values():
        text = text.strip().removesuffix(ask)
    return text.strip()


def _after_lead(text: str) -> str:
    for lead in LEAD.values():
        _, found, rest = text.rpartition(lead.strip())
        if found:
            return rest.strip()
    return text.strip()
