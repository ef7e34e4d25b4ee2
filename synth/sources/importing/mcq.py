"""Flat JSON rows: `{"image", "question", "options": […], "answer": "B"}`; a row without options is a fill-in."""

from __future__ import annotations

from collections.abc import Iterator

from synth.sources.importing.columns import fields_of, question_of
from synth.sources.importing.found import Found, Rows
from synth.sources.importing.records import Record, read

NAME = "mcq"
LOOKS_LIKE = '{"image", "question", "options": [...], "answer"}'


def fits(row: Record) -> bool:
    """Whether a record has this shape."""
    return {"question", "answer"} <= fields_of(row).keys()


def rows(text: str) -> Rows:
    """The questions of a file, and what is wrong with the rest."""
    return read(text, _questions)


def _questions(line: int, row: Record) -> Iterator[Found]:
    yield question_of(line, row)
