"""Text in SVG as MuPDF will print it: its true width, and Chinese without any font of the system.

MuPDF brings metrics-compatible Helvetica, Times and Courier with Greek, used by their SVG name. Chinese glyphs
come from its own Droid Sans Fallback and go into the SVG as outlines: as SVG text they cost MuPDF 150 ms a
picture, and the font found would depend on the machine.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from itertools import groupby
from typing import Any

ASCENT, DESCENT = 0.74, 0.22
"""Of the font size, above and below the baseline: the tallest and deepest glyphs we print."""

_BUILTIN = {"Helvetica": "helv", "Times": "tiro", "Courier": "cour"}


@cache
def _font(name: str) -> Any:
    import pymupdf

    return pymupdf.Font(_BUILTIN.get(name, name))


def _is_chinese(char: str) -> bool:
    return ord(char) >= 0x2E80


@lru_cache(maxsize=4096)
def width(text: str, font: str, size: float = 1.0) -> float:
    """Advance width of a line of text, in units of `size`."""
    total = 0.0
    for chinese, run in groupby(text, _is_chinese):
        total += _font("china-s" if chinese else font).text_length("".join(run), 1.0)
    return total * size


@cache
def _outline(char: str) -> str:
    """An SVG path of a Chinese glyph at size 1, y upward, from the baseline."""
    import pymupdf

    with pymupdf.open() as document:
        page = document.new_page(width=100, height=100)
        writer = pymupdf.TextWriter(page.rect)
        writer.append((0, 80), char, font=_font("china-s"), fontsize=100)
        writer.write_text(page)
        found = re.search(r'<path id="[^"]*" d="([^"]*)"', page.get_svg_image(text_as_path=True))
    if found is None:
        raise ValueError(f"no glyph for {char!r}")
    return found[1]


def to_svg(text: str, x: float, y: float, size: float, font: str, ink: str) -> str:
    """One line of text with its baseline starting at (x, y), in px."""
    out = []
    for chinese, run in groupby(text, _is_chinese):
        word = "".join(run)
        if not chinese:  # SVG drops spaces at the start of a text
            x += width(" ", font, size) * (len(word) - len(word.lstrip(" ")))
            word = word.strip(" ") if word.strip(" ") else ""
        if not word:
            continue
        if chinese:
            out.append(f'<g aria-label="{word}" fill="{ink}" stroke="none">')
            for char in word:
                out.append(
                    f'<path transform="matrix({size:.3f} 0 0 {-size:.3f} {x:.2f} {y:.2f})" d="{_outline(char)}"/>'
                )
                x += width(char, font, size)
            out.append("</g>")
        else:
            out.append(
                f'<text x="{x:.2f}" y="{y:.2f}" font-family="{font}" font-size="{size:.3f}" fill="{ink}" '
                f'stroke="none" xml:space="preserve">{escape(word)}</text>'
            )
            x += width(word, font, size)
    return "".join(out)
