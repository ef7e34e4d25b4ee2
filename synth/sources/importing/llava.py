"""LLaVA rows: `{"image": "x.png", "conversations": [{"from", "value"}]}`; `image` may be a list."""

from __future__ import annotations

from collections.abc import Iterator

from synth.sources.importing.conversation import found_in, image_list, pairs_of
from synth.sources.importing.found import Found, Rows
from synth.sources.importing.records import Record, read

NAME = "llava"
LOOKS_LIKE = '{"image": "x.png", "conversations": [{"from", "value"}]}'


def fits(row: Record) -> bool:
    """Whether a record has this shape."""
    return "conversations" in row and "image" in row


def rows(text: str) -> Rows:
    """The questions of a file, and what is wrong with the rest."""
    return read(text, _questions)


def _questions(line: int, row: Record) -> Iterator[Found]:
    pairs, inside = pairs_of("conversations", row.get("conversations"), "from", "value")
    yield from found_in(line, "conversations", pairs, image_list("image", row.get("image")) or inside)
