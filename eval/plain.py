"""Text of a model, a dataset or a file, shown in Markdown as what it is, in a comment on a pull request too.

GitHub makes mentions, issue numbers, commit hashes and addresses into links after Markdown is rendered, so escapes and
character references do not keep them dead; it leaves code alone. So such text becomes a code span.
"""

from __future__ import annotations

import html
import re

NONE = "–"
_WORD = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*")
_LOOKALIKE = str.maketrans({"`": "\N{MODIFIER LETTER GRAVE ACCENT}", "|": "\N{DIVIDES}"})


def line(text: str, most: int = 80) -> str:
    """One line of at most `most` characters, nothing in it that cannot be seen or turns the direction of writing."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text[: most * 4]).split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def code(text: str, most: int = 80) -> str:
    """A code span, fit for a cell of a table: no text ends it, nor the cell."""
    shown = line(text, most).translate(_LOOKALIKE)
    return f"`{shown}`" if shown else NONE


def word(text: str, most: int = 60) -> str:
    """A plain word as it is, anything else as code."""
    return text if len(text) <= most and _WORD.fullmatch(text) else code(text, most)


def tag(text: str, most: int = 60) -> str:
    """For a `<summary>`, where Markdown is not read."""
    return f"<code>{html.escape(line(text, most))}</code>"
