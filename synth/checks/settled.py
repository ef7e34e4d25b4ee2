"""What is done without asking anybody, every run anew: letters balanced, rules, twins."""

from __future__ import annotations

from collections.abc import Iterable

from qa.dataset import Dataset
from qa.item import Check, Item
from qa.standing import FORM, REVIEW, SENSE, TWIN, latest, standing
from synth.checks.letters import shuffled
from synth.checks.panel import by_teacher
from synth.checks.rules import VERSION, form_check
from synth.checks.twins import twins


def settle(ds: Dataset, seed: int, dry: bool = False) -> list[Item]:
    """Gives every Item a teacher wrote its letters and its checks by rules; returns all Items as they now stand.

    What a person decided on stays as it is. The folder is written only where something changed, and never if `dry`.
    """
    before = list(ds.items())
    after = _with_twins([_with_form(i) for i in before])
    # What no one will be asked about needs no letter; doubts that name letters are worded anew.
    moved = {i.id: i for i in shuffled([i for i in after if standing(i) != "rejected"], seed)}
    after = [_with_form(moved[i.id]) if i.id in moved else i for i in after]
    changed = {old.id: new for old, new in zip(before, after, strict=True) if old != new}
    if changed and not dry:
        ds.replace(lambda i: changed.get(i.id, i))
    return after


def with_checks(item: Item, checks: Iterable[Check], without: Iterable[str] = ()) -> Item:
    """The Item with these checks at the end, those of the names in `without` taken out first."""
    dropped = set(without)
    kept = tuple(c for c in item.origin.checks if c.name not in dropped)
    return item.model_copy(update={"origin": item.origin.model_copy(update={"checks": (*kept, *checks)})})


def _decided(item: Item) -> bool:
    return REVIEW in latest(item)


def _with_form(item: Item) -> Item:
    if not by_teacher(item) or _decided(item):
        return item
    check = form_check(item)
    had = latest(item).get(FORM)
    if had == check:
        return item
    gone = (FORM,) if had is None or (had.verdict, had.note) == (check.verdict, check.note) else (FORM, SENSE)
    return with_checks(item, [check], gone)  # another doubt: the old word on its sense was about something else


def _with_twins(items: list[Item]) -> list[Item]:
    """An Item whose earlier twin is rejected for another reason is no twin any more."""
    bare = [with_checks(i, (), (TWIN,)) for i in items]
    of = twins([i for i in bare if standing(i) != "rejected"])
    made = []
    for item, plain in zip(items, bare, strict=True):
        first = of.get(item.id)
        if first is None or not by_teacher(item) or _decided(item):
            made.append(item if TWIN not in latest(item) or _decided(item) else plain)
            continue
        check = Check(name=TWIN, verdict="fail", by=VERSION, note=f"asks what {first} asks")
        made.append(item if latest(item).get(TWIN) == check else with_checks(plain, [check]))
    return made
