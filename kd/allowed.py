"""Which Items a teacher may add to: accepted ones of the train split, and nothing that a test could leak through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Item
from synth.export import is_exported, refuse_leaks, refuse_twins


def train_items(ds: Dataset, unchecked: bool = False) -> list[Item]:
    """The accepted Items of train, in order; with `unchecked` also those that no second model confirmed.

    Raises:
        KitError: there are none, Items have no split, or a picture or a group stands in two splits. Rejected Items
            count there too: their pictures are in the folder, and in some split.
    """
    every = list(ds.items())
    if not every:
        raise KitError(f"{ds.items_path} is empty; fill it first: {ds.filled_by}")
    refuse_twins(ds, every)
    refuse_leaks(ds, [i for i in every if i.split is not None or is_exported(i, unchecked)])
    found = [i for i in every if i.split == "train" and is_exported(i, unchecked)]
    if not found:
        raise KitError(
            f"{ds.root}: no accepted item is in the train split ({_splits(every)}); see: circuit-vqa synth report"
            f" {ds.root}" + ("" if unchecked else ", or take unchecked ones too: --unchecked")
        )
    return found


def _splits(items: Sequence[Item]) -> str:
    return ", ".join(f"{n} in {split or 'no split'}" for split, n in Counter(i.split for i in items).most_common())
