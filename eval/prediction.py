"""What a model replied to one question, as graded; and a question's result over all its rotations and repeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, model_validator

from qa.formats.asked import Asked
from qa.grading import Outcome


class Prediction(Asked):
    """One question as it was asked, what the model replied, and what the grader made of it."""

    bench: str
    reply: str
    verdict: Outcome
    score: float = Field(ge=0, le=1)
    """1.0 right, 0.0 wrong or unparsed; between them where a bench measures overlap."""
    read: str | None = None
    why: str = ""
    fault: str = ""
    """Kind of error (`wrong prefix`, `wrong letter`, …), empty where the reply is right."""
    scores: dict[str, float] = Field(default_factory=dict)
    """Other measures of the bench, 0 to 1: `char_f1`, `rouge_l`, `precision`, `page`, …"""
    rotation: int = 0
    """By how many places the options were moved on (`--circular`)."""
    repeat: int = 0
    """Which time the question was asked (`--repeats`)."""

    @model_validator(mode="before")
    @classmethod
    def _older_rows_have_no_score(cls, row: Any) -> Any:
        if isinstance(row, dict) and "score" not in row:
            return row | {"score": float(row.get("verdict") == "right")}
        return row


@dataclass(frozen=True, slots=True)
class Result:
    """One question of a run: its score over all the times it was asked."""

    asked: Prediction
    """The question in its own order of options, first repeat."""
    score: float
    """Mean over repeats; under `--circular` a repeat counts as its worst rotation."""
    unparsed: float
    """Share of its replies in which no answer could be read."""
    predictions: tuple[Prediction, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Bench and id: what pairs it with the same question of another run."""
        return self.asked.bench, self.asked.id

    @property
    def group(self) -> str:
        """Questions on one circuit rise and fall together; those without a group stand alone."""
        return self.asked.group or self.asked.id

    @property
    def scores(self) -> dict[str, float]:
        """Other measures of the bench, counted as the score is: mean of repeats, each as its worst rotation."""
        names = {name for p in self.predictions for name in p.scores}
        return {
            name: _score((p.repeat, p.scores[name]) for p in self.predictions if name in p.scores) for name in names
        }

    @property
    def right(self) -> bool:
        """Right more often than not."""
        return self.score > 0.5


def results(predictions: Iterable[Prediction]) -> list[Result]:
    """One Result a question, in the order in which they were first met."""
    by_question: dict[tuple[str, str], list[Prediction]] = {}
    for p in predictions:
        by_question.setdefault((p.bench, p.id), []).append(p)
    return [_result(rows) for rows in by_question.values()]


def _score(scored: Iterable[tuple[int, float]]) -> float:
    """The mean over repeats of the worst of each."""
    repeats: dict[int, list[float]] = {}
    for repeat, score in scored:
        repeats.setdefault(repeat, []).append(score)
    return sum(min(scores) for scores in repeats.values()) / len(repeats)


def _result(rows: Sequence[Prediction]) -> Result:
    return Result(
        asked=min(rows, key=lambda p: (p.repeat, p.rotation)),
        score=_score((p.repeat, p.score) for p in rows),
        unparsed=sum(p.verdict == "unparsed" for p in rows) / len(rows),
        predictions=tuple(rows),
    )
