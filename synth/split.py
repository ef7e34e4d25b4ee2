"""Train, val and test: whole groups, seeded, every stratum (source, level) at its share."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Item, Split
from qa.standing import standing
from synth.pictures.uniting import joined_groups

Stratum = tuple[str, int]


def assign(
    items: Iterable[Item], shares: Mapping[Split, float], seed: int, keep: Mapping[str, Split] | None = None
) -> dict[str, Split]:
    """group -> split, by iterative stratification over (source, level).

    Each group goes where its strata are shortest of what they should have; groups in `keep` stay where they are,
    so a test split does not change when a folder grows. Every split with a share gets at least one group of
    every source that has enough groups.

    Source: Sechidis, Tsoumakas, Vlahavas, "On the stratification of multi-label data", ECML PKDD 2011.
    """
    strata: dict[str, Counter[Stratum]] = defaultdict(Counter)
    for item in items:
        strata[item.group][item.origin.source, item.level] += 1
    totals: Counter[Stratum] = sum(strata.values(), Counter())
    room = {split: {s: n * share for s, n in totals.items()} for split, share in shares.items() if share > 0}
    chosen: dict[str, Split] = {}
    for group, split in (keep or {}).items():
        if group in strata:
            chosen[group] = split
            _take(room, split, strata[group])
    todo = sorted(g for g in strata if g not in chosen)
    random.Random(f"split/{seed}").shuffle(todo)
    for group in todo:
        need = strata[group]
        # the share of a split's wanted total still open, weighed by how much this group brings of each stratum
        best = max(room, key=lambda s: sum(n * room[s][k] / (totals[k] * shares[s]) for k, n in sorted(need.items())))
        chosen[group] = best
        _take(room, best, need)
    return chosen


def _take(room: Mapping[Split, dict[Stratum, float]], split: Split, need: Counter[Stratum]) -> None:
    for stratum, n in need.items():
        if split in room:
            room[split][stratum] -= n


def split_dataset(ds: Dataset, val: float, test: float, seed: int, again: bool = False) -> Counter[str]:
    """Give every Item of a folder its split; returns how many Items that are not rejected each has.

    Groups whose pictures show the same drawing become one first. Groups that have a split keep it unless `again`.
    Raises KitError for shares that leave nothing to train on, and where near-duplicates stand in two splits already.
    """
    if not (0 <= val < 1 and 0 <= test < 1 and val + test < 1):
        raise KitError(f"--val {val} and --test {test} must be shares from 0 that leave something to train on")
    with ds.filling():
        items = list(ds.items())
        if not items:
            raise KitError(f"{ds.items_path} is empty; fill it first: {ds.filled_by}")
        keep: dict[str, Split] = {} if again else {i.group: i.split for i in items if i.split}
        name = _united(ds, items, keep)
        items = [i.model_copy(update={"group": name.get(i.group, i.group)}) for i in items]
        kept = {name.get(group, group): split for group, split in keep.items()}
        used = [i for i in items if standing(i) != "rejected"]  # the shares are of what may be exported
        chosen: dict[str, Split] = {i.group: "train" for i in items}
        chosen |= kept | assign(used, {"train": 1 - val - test, "val": val, "test": test}, seed, kept)
        group = {i.id: i.group for i in items}
        ds.replace(lambda i: i.model_copy(update={"group": group[i.id], "split": chosen[group[i.id]]}))
        ds.write_manifest(split={"val": val, "test": test, "seed": seed, "by": "group; source, level"})
    return Counter(chosen[i.group] for i in used)


def _united(ds: Dataset, items: Sequence[Item], keep: Mapping[str, Split]) -> dict[str, str]:
    """Old name -> name of the groups that hang together. Raises KitError where they stand in two splits already."""
    name: dict[str, str] = {}
    torn = []
    for groups in joined_groups(ds, items):
        splits = {keep[g] for g in groups if g in keep}
        if len(splits) > 1:
            torn.append(" and ".join(f"{g} ({keep[g]})" for g in sorted(groups) if g in keep))
        first = min(groups, key=lambda g: (g not in keep, g))
        name.update(dict.fromkeys(groups, first))
    if torn:
        raise KitError(
            f"{ds.root}: {len(torn)} sets of near-duplicate pictures stand in two splits, the first: {torn[0][:300]};"
            f" split anew, which changes the test split: circuit-vqa synth split {ds.root} --again"
        )
    return name
