"""Text that fits a comment: what must be read first stays whole, lists give way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_BYTES = 60_000
"""GitHub takes 65,536 characters in a comment."""
_CUT = 160
"""Bytes kept free for the line that says what was cut."""
_OPENS = re.compile(r"\n<details><summary>([^\n]*)</summary>\n")
_WAS_CUT = re.compile(r"^… and ([\d,]{1,9}) more rows, cut to fit", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A part that opens on a click. Its rows may be cut from the end."""

    summary: str
    """HTML that is safe."""
    head: Sequence[str]
    rows: Sequence[str] = field(default_factory=list)
    gone: int = 0
    """Rows that were cut before."""

    def text(self, keep: int) -> str:
        """With the first `keep` rows."""
        left = len(self.rows) - keep + self.gone
        cut = [f"… and {left:,} more rows, cut to fit a comment; `--json` has all of them."] if left else []
        lines = [f"<details><summary>{self.summary}</summary>", "", *self.head, *self.rows[:keep], "", *cut]
        return "\n".join([*lines, *([""] if cut else []), "</details>", ""])


def fit(head: str, blocks: Sequence[Block], most: int = MOST_BYTES) -> str:
    """Head and blocks in at most `most` bytes of UTF-8: small blocks stay whole, long ones share what is left."""
    head = _cut(head, most)
    empty = [_size(b.text(0)) + _CUT for b in blocks]
    left = most - _size(head) - sum(empty)
    while left < 0 and blocks:  # more blocks than a comment holds: the last ones go
        left += empty[len(blocks) - 1]
        blocks = blocks[:-1]
    keep = [0] * len(blocks)
    needs = sorted((sum(_size(r) + 1 for r in b.rows), i) for i, b in enumerate(blocks))
    for done, (need, i) in enumerate(needs):
        share = left // (len(blocks) - done)
        keep[i], used = _fitting(blocks[i].rows, min(need, share))
        left -= used
    return head + "".join("\n" + b.text(k) for b, k in zip(blocks, keep, strict=True))


def blocks_of(text: str) -> tuple[str, list[Block]]:
    """Head and blocks of a text that `fit` made, so that it can be made to fit less."""
    head, *parts = _OPENS.split(text)
    return head, [_block(summary, part) for summary, part in zip(parts[::2], parts[1::2], strict=True)]


def _block(summary: str, part: str) -> Block:
    lines = part.split("\n</details>")[0].strip("\n").split("\n")
    table = [x for x in lines if x.startswith("|")] if lines[0].startswith("|") else []
    was_cut = _WAS_CUT.search(part)
    gone = int(was_cut[1].replace(",", "")) if was_cut else 0
    return Block(summary, table[:2], table[2:], gone) if table else Block(summary, lines)


def _fitting(rows: Sequence[str], room: int) -> tuple[int, int]:
    """How many rows go into `room` bytes, and how many bytes they take."""
    used = 0
    for n, row in enumerate(rows):
        if used + _size(row) + 1 > room:
            return n, used
        used += _size(row) + 1
    return len(rows), used


def _cut(text: str, most: int) -> str:
    if _size(text) <= most:
        return text
    lines = text.split("\n")
    kept, _ = _fitting(lines, most - _CUT)
    return "\n".join([*lines[:kept], "", "… cut to fit a comment; `--json` has all of it.", ""])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
