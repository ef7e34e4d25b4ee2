"""Rows with named columns (CSV, flat JSON): which name means what, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa.item import LETTERS
from synth.sources.importing.conversation import image_list
from synth.sources.importing.found import BadRow, Found, found
from synth.sources.importing.prompt import asked_in, letter, options_of, scalar, split_reply

_NAMES = {
    "image": "image images img picture pictures image_path image_name image_file file_name filename"
    " 图像名称 图像 图像名 图片 图片名称 图片名 图像路径 图片路径 文件名",
    "question": "question query prompt text 问题 题目 提问",
    "options": "options choices 选项",
    "answer": "answer label response 答案 正确答案 标准答案 回答",
    "explanation": "explanation rationale reason solution 解析 解释 说明",
    "accept": "accept",
    "level": "level 级别",
    "topic": "topic category 主题 类别 题型",
    "lang": "lang language 语言",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
_FIELD_OF |= {f"{head}{x.lower()}": f"option {x}" for x in "ABCDE" for head in ("", "option", "option_", "选项")}


def field_of(name: object) -> str:
    """Which field a column holds; empty for a column that is not read."""
    return _FIELD_OF.get(str(name).strip().lower().replace(" ", "_"), "")


def fields_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The row by field; the first column of a kind counts."""
    fields: dict[str, Any] = {}
    for name, value in row.items():
        field = field_of(name)
        if field and fields.get(field) in (None, ""):
            fields[field] = value
    return fields


def question_of(line: int, row: Mapping[Any, Any]) -> Found:
    """The question of a row. Raises BadRow."""
    fields = fields_of(row)
    question, inside = asked_in(scalar("question", fields.get("question")))
    options = options_of(fields.get("options")) or _by_letter(fields) or inside
    answer = fields.get("answer")
    explanation = scalar("explanation", fields.get("explanation") or "")
    if not isinstance(answer, list | dict):
        answer, around = split_reply(scalar("answer", answer))
        explanation = explanation or around
    if options:
        if isinstance(answer, list) and len(answer) == 1:
            answer = scalar("answer", answer[0])
        if not isinstance(answer, str):
            raise BadRow("answer", "an item has one right option")
        answer = letter(answer, options)
    elif isinstance(answer, list):
        answer = tuple(scalar("answer", a) for a in answer)
    elif isinstance(answer, dict):
        answer = {str(k): scalar("answer", v) for k, v in answer.items()}
    return found(
        line,
        {
            "images": image_list("images", fields.get("image")),
            "question": question,
            "options": options,
            "answer": answer,
            "explanation": explanation,
            "accept": fields.get("accept") or (),
            "level": _level(fields.get("level")),
            "topic": scalar("topic", fields.get("topic") or ""),
            "lang": fields.get("lang") if fields.get("lang") in ("zh", "en") else None,
        },
    )


def _by_letter(fields: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Options with a column each; empty cells at the end are none."""
    texts = [fields.get(f"option {x}") for x in "ABCDE"]
    while texts and texts[-1] in (None, ""):
        texts.pop()
    if len(texts) > len(LETTERS):
        raise BadRow("options", "more than four; an item holds two to four")
    return options_of(texts)


def _level(value: object) -> int | None:
    if value in (None, ""):
        return None
    if str(value).strip() not in ("1", "2", "3", "4"):
        raise BadRow("level", f"{value!r} is not 1, 2, 3 or 4")
    return int(str(value))
