"""One turn of a chat with a model: what teachers are asked, and models that are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Turn:
    """Who speaks, and what; pictures come before the text, as in training."""

    role: Literal["system", "user", "assistant"]
    text: str
    pictures: tuple[Path, ...] = ()
