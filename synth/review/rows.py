"""Items as a reviewer filters them: what machines said, what people said, and what a filter lets through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from qa.errors import KitError
from qa.item import Item
from qa.standing import REVIEW, Standing, standing
from synth.review.merge import EDITED, unsigned
from synth.review.record import Record

Verdict = Literal["accepted", "edited", "rejected"]
ANY = ""
EVERY = "all"
"""What a filter says that lets everything through."""
_SAID: dict[str, Verdict] = {"accept": "accepted", "edit": "edited", "reject": "rejected"}


@dataclass(frozen=True)
class Filters:
    """What a reviewer wants to see; an empty field lets everything through."""

    standing: tuple[Standing, ...] = ("review", "unchecked")
    """What models and rules came to, whatever people said since."""
    decision: str = "open"
    """`open`, `accepted`, `edited`, `rejected`, `mine`, or empty."""
    check: str = ANY
    """`blind: unsure`: name and verdict of the last check of that name."""
    level: str = ANY
    writer: str = ANY
    topic: str = ANY
    lang: str = ANY
    text: str = ANY
    """Words that must all stand in question, options, answer, explanation, id or file."""

    def whatever_was_decided(self) -> Filters:
        """The same without its decision part."""
        return replace(self, decision=ANY)


@dataclass
class Row:
    """One Item on the desk."""

    item: Item
    before: Standing
    """Its standing without a person's verdict."""
    last: Record | None = None
    """The latest decision on it that stands."""
    text: str = ""
    checks: frozenset[str] = frozenset()

    @property
    def verdict(self) -> Verdict | None:
        """What a person said: in the log, or in items.jsonl already."""
        if self.last is not None:
            return _SAID[self.last.decision]
        check = next((c for c in reversed(self.item.origin.checks) if c.name == REVIEW and c.verdict != "unsure"), None)
        if check is None:
            return None
        if check.verdict == "fail":
            return "rejected"
        return "edited" if check.note.startswith(EDITED) else "accepted"

    @property
    def by(self) -> str:
        """Who said it."""
        return self.last.by if self.last is not None else self.item.origin.reviewer


@dataclass(frozen=True)
class Progress:
    """How far the Items under a filter (whatever was decided) are."""

    total: int = 0
    done: int = 0
    mine: int = 0


def passes(row: Row, filters: Filters, by: str) -> bool:
    """Whether a filter lets a row through."""
    item = row.item
    if filters.standing and row.before not in filters.standing:
        return False
    if filters.level and str(item.level) != filters.level:
        return False
    if filters.writer and item.origin.writer != filters.writer:
        return False
    if filters.topic and item.topic != filters.topic:
        return False
    if filters.lang and item.lang != filters.lang:
        return False
    if filters.check and filters.check not in row.checks:
        return False
    if filters.text and not all(word in row.text for word in filters.text.lower().split()):
        return False
    return _decided_as(row, filters.decision, by)


def _decided_as(row: Row, wanted: str, by: str) -> bool:
    if not wanted:
        return True
    if wanted == "open":
        return row.verdict is None
    if wanted == "mine":
        return row.verdict is not None and row.by == by
    return row.verdict == wanted


def row_of(item: Item) -> Row:
    """An Item on the desk, nothing said of it yet."""
    bare = unsigned(item)
    words = (item.question, *(item.options or ()), item.answer_text, item.explanation, item.id, item.origin.file)
    checks = {c.name: c.verdict for c in bare.origin.checks}
    return Row(item, standing(bare), None, " ".join(words).lower(), frozenset(f"{n}: {v}" for n, v in checks.items()))


def standings(text: str) -> tuple[Standing, ...]:
    """`review,unchecked` as standings; none of them: all. Raises KitError for a word that is none."""
    known: tuple[Standing, ...] = ("review", "unchecked", "accepted", "rejected")
    words = [w.strip() for w in text.split(",") if w.strip() and w.strip() != EVERY]
    for w in words:
        if w not in known:
            raise KitError(f"--standing {w}: must be of {', '.join(known)}, several with commas, or {EVERY}")
    return tuple(k for k in known if k in words)
