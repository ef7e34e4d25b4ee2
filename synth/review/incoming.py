"""Decisions made elsewhere (a spreadsheet, Label Studio) come to the log by the same rules as those of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from qa.errors import KitError
from synth.review.desk import Desk
from synth.review.edit import BadEdit, changes
from synth.review.merge import standing_records
from synth.review.record import Decision, Record, reviewer_name, version
from synth.review.rows import Row

_WORDS = {
    "accept": ("accept", "accepted", "ok", "yes", "\u63a5\u53d7", "\u901a\u8fc7"),
    "edit": ("edit", "edited", "\u4fee\u6539"),
    "reject": ("reject", "rejected", "no", "\u62d2\u7edd", "\u5220\u9664"),
}
_SAID = {"accept": "accepted", "edit": "edited", "reject": "rejected"}


@dataclass(frozen=True)
class Said:
    """What a file says of one Item."""

    where: str
    """`file:line`, or `task 17`."""
    item: str
    version: str
    seen: str
    """Key of the last decision when the file was written."""
    decision: str
    by: str
    reason: str
    given: dict[str, Any]
    """Fields of the Item as the file has them."""
    fault: str = ""
    """Why nobody can tell what is meant."""


@dataclass
class Taken:
    """What came of a file."""

    written: int = 0
    same: int = 0
    """Rows that say what is known already, or nothing."""
    problems: list[str] = field(default_factory=list)


def take(desk: Desk, said: Iterable[Said]) -> Taken:
    """Write each row's decision; rows that cannot be taken are named and leave no trace."""
    stand, _ = standing_records(desk.log.records)
    known = {(r.item, r.version, r.by): r for r in stand}
    result = Taken()
    for row in said:
        try:
            new = _one(desk, row, known)
        except (BadEdit, KitError) as e:
            result.problems.append(f"{row.where}: {e}")
        else:
            result.written += new
            result.same += not new
    return result


def _one(desk: Desk, said: Said, known: dict[tuple[str, str, str], Record]) -> bool:
    """Whether something was written. Raises BadEdit or KitError for a row that cannot be taken."""
    if said.fault:
        raise KitError(said.fault)
    decision = decision_of(said.decision)
    row = desk.find(said.item)
    if row is None:
        raise KitError(f"id: item {said.item} is not in this folder")
    if row.item.id != said.item or version(row.item) != said.version:
        before = known.get((said.item, said.version, said.by))
        if not decision or (before is not None and before.decision == decision):
            return False
        raise KitError(f"stale: item {said.item} changed since this file was written; write it out again")
    diff = changes(row.item, said.given)
    if not decision:
        if diff:
            raise KitError(f"decision: is empty, but {', '.join(diff)} changed; write edit to keep the change")
        return False
    if decision == "accept" and diff:
        raise KitError(f"decision: is accept, but {', '.join(diff)} changed; write edit to keep the change")
    if not diff and _known(row, decision, said):
        return False
    by = reviewer_name(said.by)
    reason = said.reason.strip()
    got = desk.decide(said.item, said.version, said.seen, decision, by, reason, said.given)
    if got.taken is not None:
        raise KitError(f"{got.taken.by} decided on item {said.item} meanwhile ({got.taken.decision}); not replaced")
    if got.record is None:
        raise KitError(got.fault)
    return True


def _known(row: Row, decision: Decision, said: Said) -> bool:
    if row.verdict != _SAID[decision] or row.by != (said.by.strip() or row.by):
        return False
    return row.last is None or row.last.reason == said.reason.strip()


def decision_of(text: str) -> Decision | None:
    """A cell as a decision, None for an empty one. Raises KitError for anything else."""
    word = text.strip().lower()
    if not word:
        return None
    for decision, words in _WORDS.items():
        if word in words:
            return cast("Decision", decision)
    raise KitError(f"decision: {text.strip()[:30]!r} is none of accept, edit, reject")


def said_so_far(row: Row) -> tuple[str, str, str]:
    """(decision, reviewer, reason) as a file has them."""
    word = {"accepted": "accept", "edited": "edit", "rejected": "reject"}.get(row.verdict or "", "")
    return word, row.by if word else "", row.last.reason if row.last is not None else ""


def checks_line(row: Row) -> str:
    """What the checks said, in one line, for people to read; not read back."""
    checks = row.item.origin.checks
    return "; ".join(f"{c.name} {c.verdict}" + (f" ({c.note})" if c.note else "") for c in checks)
