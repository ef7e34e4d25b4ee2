"""Decisions onto Items: pure, the same result however often and in however many steps it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from qa.item import Check, Item
from qa.standing import REVIEW
from synth.review.record import Record, version

Seen = tuple[str, str]
"""An Item as a person saw it: id and version."""
EDITED = "edited: "
"""How the note of a review check begins where the person changed the question."""


@dataclass(frozen=True)
class Merge:
    """What decisions make of a folder's Items."""

    made: dict[str, Item | None]
    """id before -> the Item it is now, None where it is dropped; only those that changed."""
    stale: list[Record] = field(default_factory=list)
    """Decisions on something that is not there (any more), so not applied."""


def standing_records(records: Iterable[Record]) -> tuple[list[Record], list[Record]]:
    """(records that stand, records withdrawn by an undo), each in order."""
    records = list(records)
    undone = {r.undoes for r in records if r.decision == "undo"}
    told = [r for r in records if r.decision != "undo"]
    return [r for r in told if r.key not in undone], [r for r in told if r.key in undone]


def merge(items: Iterable[Item], records: Iterable[Record]) -> Merge:
    """Apply decisions in order; later ones win. An edit puts the new Item in the place of the old."""
    stand, withdrawn = standing_records(records)
    touched = {i for r in (*stand, *withdrawn) for i in (r.item, r.becomes) if i}
    before = {i.id: i for i in items if i.id in touched}
    now = dict(before)
    place = {i: i for i in now}  # id an Item has now -> id it had in `items`
    gone: set[str] = set()
    _take_back(now, place, stand, withdrawn)
    moved_on = {(r.item, r.version): n for n, r in enumerate(stand) if r.decision == "edit"}
    stale = []
    for n, r in enumerate(stand):
        item = now.get(r.item)
        fits = item is not None and version(item) == r.version
        if r.decision == "edit":
            there = now.get(r.becomes)
            if there is not None and version(there) == r.becomes_version and r.becomes != r.item:
                if fits:  # made already, and the old one came back: a source was run again
                    gone.add(place.pop(r.item))
                    del now[r.item]
                now[r.becomes] = signed(there, r)
            elif item is not None and fits and (new := _remade(item, r)) is not None:
                del now[r.item]
                place[new.id] = place.pop(r.item)
                now[new.id] = signed(new, r)
            elif item is not None and r.becomes == r.item and version(item) == r.becomes_version:
                now[r.item] = signed(item, r)
            elif moved_on.get((r.becomes, r.becomes_version), -1) <= n:
                stale.append(r)
        elif item is not None and fits:
            now[r.item] = signed(item, r)
        elif moved_on.get((r.item, r.version), -1) <= n:
            stale.append(r)
    made: dict[str, Item | None] = {old: now[new] for new, old in place.items() if now[new] != before[old]}
    return Merge(made | dict.fromkeys(gone), stale)


def _take_back(
    now: dict[str, Item], place: dict[str, str], stand: Sequence[Record], withdrawn: Sequence[Record]
) -> None:
    """Undo in the Items what withdrawn decisions had done to them, latest first."""
    made = {(r.becomes, r.becomes_version) for r in stand if r.decision == "edit"}
    for r in reversed(withdrawn):
        if r.decision == "edit" and (r.becomes, r.becomes_version) not in made:
            new = now.get(r.becomes)
            back = None if new is None or version(new) != r.becomes_version else _remade(new, r, back=True)
            if back is not None and (r.item == r.becomes or r.item not in now):
                del now[r.becomes]
                place[back.id] = place.pop(r.becomes)
                now[back.id] = unsigned(back)
        elif r.decision != "edit" and (item := now.get(r.item)) is not None and version(item) == r.version:
            now[r.item] = unsigned(item)


def _remade(item: Item, r: Record, back: bool = False) -> Item | None:
    """The Item with an edit's fields, or with those from before it; None where it is no valid Item."""
    data = item.model_dump() | (r.was if back else r.fields) | {"id": r.item if back else r.becomes}
    try:
        new = Item.model_validate(data)
    except ValidationError:
        return None
    return new if version(new) == (r.version if back else r.becomes_version) else None


def signed(item: Item, r: Record) -> Item:
    """The Item with a person's verdict as its last check, in place of an earlier person's."""
    note = r.reason
    if r.decision == "edit":
        note = EDITED + ", ".join(name for name in r.fields if name != "accept") + (f"; {note}" if note else "")
    check = Check(name=REVIEW, verdict="fail" if r.decision == "reject" else "pass", by=f"person:{r.by}", note=note)
    return _with_checks(item, (*_others(item), check), r.by)


def unsigned(item: Item) -> Item:
    """The Item without a person's verdict."""
    return _with_checks(item, _others(item), "")


def _others(item: Item) -> tuple[Check, ...]:
    return tuple(c for c in item.origin.checks if c.name != REVIEW)


def _with_checks(item: Item, checks: tuple[Check, ...], reviewer: str) -> Item:
    origin = item.origin.model_copy(update={"checks": checks, "reviewer": reviewer})
    return item.model_copy(update={"origin": origin})
