"""Whether a teacher's words may stand in a training row at all, whatever they say."""

from __future__ import annotations

import re
from typing import Literal

from qa.item import Lang

Unfit = Literal["language", "markup", "long"]
LONGEST = 6000
"""Characters: about 4,000 tokens of Chinese."""
_MARKUP = re.compile(
    r"<\|[^|<>]{1,40}\|>|</?(?:image|video|audio|img|think|bbox|ref-object|cot-process|start-image)\b[^<>]{0,40}>", re.I
)
"""Marks of chat templates; `<image>` in a text would cost a row its picture."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{3,}")


def unfit(text: str, lang: Lang) -> Unfit | None:
    """Why the text may not stand in a row of this language, or None."""
    if len(text) > LONGEST:
        return "long"
    if _MARKUP.search(text) or not all(c.isprintable() or c in "\n\t" for c in text):
        return "markup"
    return "language" if _other_language(text, lang) else None


def _other_language(text: str, lang: Lang) -> bool:
    """Words of the other language and none of the wanted; a line of formulas alone is of no language."""
    if lang == "en":
        return len(_CHINESE.findall(text)) > 3
    return not _CHINESE.search(text) and len(_WORD.findall(text)) > 8
