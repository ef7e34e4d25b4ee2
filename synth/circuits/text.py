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


SUBSCRIPT = 0.75
"""Size of a subscript, of the font size."""
_INDEXED = re.compile(
    r"(?P<name>[A-Za-z])"
    r"(?P<index>\d{1,2}|in\d?|out|[io]\d?|ab|CC|DD|cc|dd|oc|sc|eq|th|[LFfszBCEbcegdGDS]\d?)(?=$|[ =,])"
)


def runs(line: str, subscript: bool = False) -> list[tuple[str, bool]]:
    """A line as (words, whether they are a subscript): `R1=10kΩ` is `R`, 1 below, `=10kΩ`."""
    found = _INDEXED.match(line) if subscript else None
    if found is None:
        return [(line, False)]
    return [(found["name"], False), (found["index"], True), (line[found.end() :], False)]


@lru_cache(maxsize=4096)
def width(line: str, font: str, size: float = 1.0, subscript: bool = False) -> float:
    """Advance width of a line of text, in units of `size`."""
    return size * sum(_advance(words, font) * (SUBSCRIPT if below else 1.0) for words, below in runs(line, subscript))


def _advance(words: str, font: str) -> float:
    return sum(_glyph_advance(char, font) for char in words)


@cache
def _glyph_advance(char: str, font: str) -> float:
    return _font("china-s" if _is_chinese(char) else font).text_length(char, 1.0)


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


def to_svg(line: str, x: float, y: float, size: float, font: str, ink: str, subscript: bool = False) -> str:
    """One line of text with its baseline starting at (x, y), in px."""
    out = []
    for words, below in runs(line, subscript):
        scaled = size * (SUBSCRIPT if below else 1.0)
        out.append(_words(words, x, y + (0.2 * size if below else 0.0), scaled, font, ink))
        x += _advance(words, font) * scaled
    return "".join(out)


def _words(words: str, x: float, y: float, size: float, font: str, ink: str) -> str:
    out = []
    for chinese, run in groupby(words, _is_chinese):
        word = "".join(run)
        bare = word.lstrip(" ")  # SVG drops spaces at the start of a text
        start = x + _advance(" ", font) * size * (len(word) - len(bare))
        x += _advance(word, font) * size
        if chinese:
            out.append(f'<g aria-label="{word}" fill="{ink}" stroke="none">')
            for i, char in enumerate(word):
                at = start + _advance(word[:i], font) * size
                place = f"matrix({size:.3f} 0 0 {-size:.3f} {at:.2f} {y:.2f})"
                out.append(f'<path transform="{place}" d="{_outline(char)}"/>')
            out.append("</g>")
        elif bare:
            out.append(
                f'<text x="{start:.2f}" y="{y:.2f}" font-family="{font}" font-size="{size:.3f}" '
                f'fill="{ink}" stroke="none">{escape(bare)}</text>'
            )
    return "".join(out)
