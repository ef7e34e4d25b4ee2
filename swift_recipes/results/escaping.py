"""Text of others in Markdown tables."""

from __future__ import annotations

import html
import re


def escape(text: str) -> str:
    """Any text as plain text in a cell of a Markdown table: no column, tag, link or formatting of its own."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", html.escape(line, quote=False))
