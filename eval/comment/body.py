"""The comment as text: a section for each run of a commit, all of it in what GitHub takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval.fit import MOST_BYTES, Block, blocks_of, fit

MARK = "<!-- circuit-vqa eval -->"
"""The first line: by it the comment is found again."""
TITLES = {"stand-in": "The stand-in, on CPU", "gpu": "The real model, on a GPU"}
"""Sections in their order."""
_HEADING = re.compile(r"^(\s*)(#{1,2}\s|=+\s*$|-+\s*$)")
"""As large as our titles; the tables' own are of the third level."""
_MENTION = ("@", "@\N{WORD JOINER}")
"""Nobody is called by it."""
_ENDS = {"failure": "it failed", "cancelled": "it was cancelled", "timed_out": "it took too long"}


@dataclass(frozen=True)
class Section:
    """What one run of a workflow has to say."""

    part: str
    """A key of TITLES."""
    url: str
    """Of the run."""
    conclusion: str
    """As GitHub names it: `success`, `failure`, …; empty while the run goes on."""
    table: str = ""
    """What `circuit-vqa eval compare --out` wrote; empty where the run has none."""


def body(commit: str, sections: Sequence[Section], most: int = MOST_BYTES) -> str:
    """The comment in at most `most` bytes of UTF-8; tables that are too long for one comment share the room.

    Tables are written by the code of the pull request: nothing in them becomes HTML, a mention or another section.
    """
    ordered = sorted(sections, key=lambda s: list(TITLES).index(s.part))
    frames = [_frame(s) for s in ordered]
    head = f"{MARK}\nEvaluation of {commit[:10]}\n"
    room = most - len((head + "".join(a + b for a, b in frames)).encode())
    tables = dict(zip((s.part for s in ordered), _shared([s.table for s in ordered], room), strict=True))
    return head + "".join(a + tables[s.part] + b for s, (a, b) in zip(ordered, frames, strict=True))


def _frame(section: Section) -> tuple[str, str]:
    """What stands before a section's table, and after it."""
    title = f"\n## {TITLES[section.part]}\n\n"
    run = f"[run]({section.url})"
    if not section.conclusion:
        return title, f"Not finished yet: {run}.\n"
    end = _ENDS.get(section.conclusion, f"it ended as {section.conclusion}")
    if not section.table:
        return title, f"No table: {end} ({run}).\n"
    failed = "" if section.conclusion == "success" else f"**Not passed**: {end}, by a gate or a later step ({run}).\n\n"
    return title + failed, f"\nGallery and EvalScope's folder: artifacts of the {run}.\n"


def _shared(tables: Sequence[str], room: int) -> list[str]:
    """The tables, inert, in `room` bytes: short ones whole, long ones share what is left."""
    whole = [_parsed(t) for t in tables]
    texts = [fit(*w, most=max(room, 0)) if t else "" for w, t in zip(whole, tables, strict=True)]
    for done, i in enumerate(sorted(range(len(texts)), key=lambda i: len(texts[i].encode()))):
        share = room // (len(texts) - done)
        if len(texts[i].encode()) > share:
            texts[i] = fit(*whole[i], most=share)
        room -= len(texts[i].encode())
    return texts


def _parsed(table: str) -> tuple[str, list[Block]]:
    head, blocks = blocks_of("".join(c for c in table if c == "\n" or c.isprintable()))
    return _inert(head), [
        replace(b, summary=_summary(b.summary), head=[_inert(x) for x in b.head], rows=[_inert(x) for x in b.rows])
        for b in blocks
    ]


def _summary(text: str) -> str:
    """As `compare` writes it: text and `<code>`, which is closed again."""
    return re.sub(r"&lt;(code)>(.*?)&lt;/code>", r"<\1>\2</\1>", _escaped(text)).replace(*_MENTION)


def _inert(text: str) -> str:
    """Text in which only our own code spans keep their `<`, and nothing reaches beyond its line."""
    text = re.sub(r"``+|~~~+", "'", text)  # a fence, or a span that others could end
    return "\n".join(map(_inert_line, text.split("\n"))).replace(*_MENTION)


def _inert_line(line: str) -> str:
    line = _HEADING.sub(r"\1\\\2", line)
    parts = line.split("`")
    if len(parts) % 2 == 0:  # a span that is not closed
        return _escaped(line)
    spans = [p if i % 2 and "|" not in p else _escaped(p) for i, p in enumerate(parts)]
    return "`".join(spans)


def _escaped(text: str) -> str:
    """Without tags and comments; what is escaped already stays so."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)
