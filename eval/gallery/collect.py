"""Which questions the gallery shows, what each run replied, and how it was read: data, without files or HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.gallery.inventory import Inventory, inventory, names_the_absent
from eval.prediction import Prediction, Result, results
from eval.report import Report
from qa.faults import FAULTS
from qa.grading import unread
from qa.item import answer_line

Change = Literal["both wrong", "lost", "won", "both right", "one run only", ""]
OTHER = "other"
"""Kind of error of a reply that was graded wrong once and is read otherwise today."""
WHY_OTHER = "graded wrong by an older grader; today's reads it otherwise"


@dataclass(frozen=True, slots=True)
class Run:
    """One report with its graded replies."""

    name: str
    report: Report
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as it was graded."""

    text: str
    right: bool
    reading: str
    """`read as 1592 Hz, wanted 1.59 kHz ± 2 %: right`."""
    fault: str
    score: float
    scores: Mapping[str, float]
    """The bench's other measures."""
    wanted: str
    read: str
    options: tuple[str, ...]
    """As they stood in this rotation; empty where they stood as in the card."""
    rotation: int
    repeat: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What one run made of one question."""

    right: bool
    """Right more often than not, or by more than half of what can be had."""
    score: float
    replies: tuple[Reply, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Kinds of error in its replies, each once."""
        return tuple(dict.fromkeys(r.fault for r in self.replies if r.fault))


@dataclass(frozen=True, slots=True)
class Card:
    """One question and what each run made of it (None: not asked)."""

    asked: Prediction
    wanted: str
    runs: tuple[Answered | None, ...]
    change: Change


@dataclass(frozen=True, slots=True)
class Gallery:
    """All there is to show."""

    runs: tuple[Run, ...]
    cards: tuple[Card, ...]
    left_out: int
    """Cards that `limit` keeps away."""
    differing: tuple[str, ...]
    """Benches in which the runs were asked different questions."""


def collect(runs: Sequence[Run], everything: bool = False, limit: int | None = None) -> Gallery:
    """Every question some reply got wrong (`everything`: all questions); at most `limit` of them, evenly spread."""
    stock = inventory(p for run in runs for p in run.predictions)
    by_run = [{r.key: r for r in results(run.predictions)} for run in runs]
    keys = dict.fromkeys(key for found in by_run for key in found)
    cards = [_card([found.get(key) for found in by_run], stock) for key in keys]
    shown = [c for c in cards if everything or any(r.faults or not r.right for r in c.runs if r)]
    shown.sort(key=lambda c: (c.asked.bench, c.asked.level, c.asked.topic))
    kept = [shown[i * len(shown) // limit] for i in range(limit)] if limit and limit < len(shown) else shown
    return Gallery(tuple(runs), tuple(kept), len(shown) - len(kept), _differing([r.report for r in runs]))


def _differing(reports: Sequence[Report]) -> tuple[str, ...]:
    shared = [name for name in reports[0].benches if all(name in r.benches for r in reports)]
    return tuple(n for n in shared if len({r.benches[n].data_sha256 for r in reports}) > 1)


def _card(found: Sequence[Result | None], stock: Inventory) -> Card:
    asked = next(r.asked for r in found if r)
    runs = tuple(_answered(r, stock) if r else None for r in found)
    return Card(asked, answer_line(asked.answer), runs, _change(runs))


def _change(runs: Sequence[Answered | None]) -> Change:
    if len(runs) < 2:
        return ""
    base, new = runs[0], runs[1]
    if base is None or new is None:
        return "one run only"
    named: Mapping[tuple[bool, bool], Change] = {
        (False, False): "both wrong", (True, False): "lost", (False, True): "won", (True, True): "both right",
    }  # fmt: skip
    return named[base.right, new.right]


def _answered(result: Result, stock: Inventory) -> Answered:
    first = result.asked
    return Answered(result.right, result.score, tuple(_reply(p, first, stock) for p in _in_order(result.predictions)))


def _in_order(predictions: Iterable[Prediction]) -> list[Prediction]:
    return sorted(predictions, key=lambda p: (p.repeat, p.rotation))


def _reply(p: Prediction, first: Prediction, stock: Inventory) -> Reply:
    turned = p.options != first.options
    return Reply(
        text=p.reply,
        right=p.verdict == "right",
        reading=f"{p.why or 'not said why'}: {p.verdict if p.score in (0, 1) else f'score {p.score:.2f}'}",
        fault="" if p.verdict == "right" else fault_of(p, stock),
        score=p.score,
        scores=p.scores,
        wanted=answer_line(p.answer),
        read=p.read or "",
        options=(p.options or ()) if turned else (),
        rotation=p.rotation,
        repeat=p.repeat,
    )


def fault_of(p: Prediction, stock: Inventory) -> str:
    """The kind of error of a reply that is not right; one without (an older report) is graded again."""
    fault = p.fault or _derived(p)
    if fault == "wrong component" and names_the_absent(p, stock):
        return "hallucinated component"
    return fault


def _derived(p: Prediction) -> str:
    if p.why.startswith("the server refused"):
        return "refused by server"
    if p.verdict == "unparsed":
        return unread(p.reply, p.why).fault or "unparsed"
    again = p.grade(p.reply)
    if again.verdict == p.verdict and again.fault:
        return again.fault
    return OTHER


def explained(fault: str) -> str:
    """One line on a kind of error; empty for one of a bench we do not know."""
    if fault == OTHER:
        return WHY_OTHER
    return next((line for name, line in FAULTS.items() if name == fault), "")
