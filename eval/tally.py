"""What a bench came to: counts, accuracy and uncertainty of the whole and of its parts."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Tally(BaseModel):
    """How many questions were asked, what they scored, with what uncertainty."""

    n: int = 0
    right: int = 0
    """Questions with a full score."""
    accuracy: float = 0.0
    """Mean score; unreadable replies count as wrong."""
    interval: tuple[float, float] = (0.0, 1.0)
    """95 %: Wilson's where every score is 0 or 1, else by bootstrap over groups."""
    unparsed_share: float = 0.0
    """Share of replies in which no answer could be read."""
    scores: dict[str, float] = Field(default_factory=dict)
    """Means of the bench's other measures."""
    chance: float | None = None
    """What guessing scores: the mean of 1 / options; None where there are questions without options."""


class BenchReport(BaseModel):
    """One bench: the whole, and by level, topic, language and source of the picture."""

    data_sha256: str
    """Hash of all its rows, prompts and pictures, asked or not."""
    limit: int | None = None
    total: Tally
    by: dict[str, dict[str, Tally]]
