"""Which teacher writes about a picture, and in which language: by the picture and the seed, whatever else is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

from qa.item import Lang

LangChoice = Literal["zh", "en", "both"]


def order(picture: str, teachers: Iterable[str], seed: int) -> tuple[str, ...]:
    """The teachers in the order in which they are asked about this picture (rendezvous hashing).

    Pictures that come later move none of the others; a teacher that comes later takes over its share only.
    """
    return tuple(sorted(teachers, key=lambda t: (_digest(seed, picture, t), t)))


def language(picture: str, choice: LangChoice, seed: int) -> Lang:
    """The language of the questions on this picture; `both`: half of the pictures each."""
    if choice != "both":
        return choice
    return "zh" if int(_digest(seed, picture, "language")[:8], 16) % 2 else "en"


def _digest(seed: int, picture: str, what: str) -> str:
    return hashlib.sha256(f"{seed}\n{picture}\n{what}".encode()).hexdigest()
