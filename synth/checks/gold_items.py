"""Making the gold folder: solver-verified questions on generated circuits, in the mix of the set they stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count as numbers
from pathlib import Path
from random import Random

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Item
from qa.standing import BLIND, VOTE
from synth.checks.case import Case
from synth.checks.gold import WRITE
from synth.checks.panel import Panel, by_teacher, teacher_of
from synth.checks.run import writers
from synth.checks.settled import with_checks
from synth.teacher.config import Teacher

Stratum = tuple[int, str, str]
"""(level, language, form)."""
_SEED = 7_000_000
"""Far from the seeds a person gives, so that no gold circuit is one of the set's own."""
_TRIES = 40
"""Circuits drawn for one wanted Item before a mix that cannot be had is given up."""


def make_gold(root: Path, items: Sequence[Item], count: int, seed: int) -> Dataset:
    """The folder `root` with at least `count` gold Items, each on a circuit of its own; those that are there stay.

    Levels, languages and forms are those of the Items teachers wrote, as nearly as whole numbers allow.
    """
    from synth.sources.circuits import jobs, make

    gold = Dataset.create(root)
    had = list(gold.items())
    need = quotas(items, count)
    for item in had:
        need[_stratum(item)] -= 1
    left = count - len(had)
    known = {i.origin.file for i in had}
    fresh: list[Item] = []
    batch = 64
    for start in numbers(0, batch):
        if left <= 0 or start > _TRIES * count + batch * 4:
            break
        langs = {lang for (_, lang, _), n in need.items() if n > 0} or {"zh"}
        lang = "both" if len(langs) > 1 else langs.pop()
        for job in jobs(start + batch, _SEED + seed, lang)[start:]:  # type: ignore[arg-type]
            if left <= 0:
                break
            if job.name in known:
                continue
            made = make(job)
            found = _wanted(made.items, need, job.name, start > _TRIES * count)
            if found is not None:
                gold.add_image(made.png)
                fresh.append(found)
                need[_stratum(found)] -= 1
                left -= 1
    gold.append(fresh)
    gold.write_manifest(gold={"seed": seed, "count": len(had) + len(fresh)})
    return gold


def quotas(items: Iterable[Item], count: int) -> Counter[Stratum]:
    """How many gold Items of each kind: the set's shares by largest remainder; evenly over levels for an empty set."""
    mix = Counter(_stratum(i) for i in items if by_teacher(i) and i.form in ("mcq", "fill"))
    if not mix:
        mix = Counter({(level, "zh", "mcq"): 1 for level in (1, 2, 3, 4)})
    exact = {s: count * n / mix.total() for s, n in mix.items()}
    quota = Counter({s: int(x) for s, x in exact.items()})
    rest = sorted(exact, key=lambda s: (quota[s] - exact[s], s))
    quota.update(rest[: count - quota.total()])
    return quota


def _stratum(item: Item) -> Stratum:
    return (item.level, item.lang, item.form)


def _wanted(made: Sequence[Item], need: Mapping[Stratum, int], name: str, any_will_do: bool) -> Item | None:
    """The Item of a circuit that is needed most; one answer in one text, so that it can be held against another's."""
    fit = [i for i in made if isinstance(i.answer, str) and i.form in ("mcq", "fill")]
    Random(f"gold/{name}").shuffle(fit)
    best = max(fit, key=lambda i: need.get(_stratum(i), 0), default=None)
    return best if best is not None and (any_will_do or need.get(_stratum(best), 0) > 0) else None


def writing_teachers(models: Iterable[str], teachers: Sequence[Teacher]) -> dict[str, Teacher]:
    """The teacher of each model that wrote in this set. Raises KitError where one is no known teacher."""
    found = {model: teacher_of(model, teachers) for model in models}
    if unknown := [model for model, teacher in found.items() if teacher is None]:
        raise KitError(
            f"--gold asks the teachers that wrote the set, and none has the model {unknown[0]}; add it to teachers.yaml"
        )
    return {model: teacher for model, teacher in found.items() if teacher is not None}


def gold_cases(
    gold: Dataset, items: Sequence[Item], panel: Panel, teachers: Sequence[Teacher], again: bool
) -> list[Case]:
    """The gold Items still to be asked, each with the teacher it is a writing test of: by the shares of the writers.

    Raises KitError where a writer of the set is no known teacher.
    """
    shares = writers(items)
    by_model = writing_teachers(shares, teachers)
    had = list(gold.items())
    taken: Counter[str] = Counter()
    chosen: dict[str, str] = {}
    for item in had:
        by = _writer_asked(item)
        model = next((m for m, t in by_model.items() if t.name == by), "")
        if model:
            chosen[item.id] = model
            taken[model] += 1
    for item in had:
        if item.id not in chosen and shares:
            model = max(shares, key=lambda m: (shares[m] * len(had) / sum(shares.values()) - taken[m], m))
            chosen[item.id] = model
            taken[model] += 1
    cases = []
    for item in had:
        if item.id not in chosen or panel.second(f"teacher:{chosen[item.id]}@write") is None:
            continue  # nobody of this panel may confirm that writer
        if again or _is_open(item, panel, chosen[item.id]):
            bare = with_checks(item, (), (c.name for c in item.origin.checks))
            model = chosen[item.id]
            cases.append(Case(bare, gold.root, panel, by_model[model], f"teacher:{model}@write"))
    return cases


def _writer_asked(item: Item) -> str:
    return next((c.by for c in item.origin.checks if c.name == WRITE), "")


def _is_open(item: Item, panel: Panel, model: str) -> bool:
    last = {c.name: c for c in item.origin.checks}
    if WRITE not in last:
        return True
    if last[WRITE].verdict == "unsure" or VOTE in last:
        return False
    if BLIND not in last:
        return True
    writer = f"teacher:{model}@write"
    second = panel.second(writer)
    return last[BLIND].verdict == "unsure" and second is not None and panel.third(writer, second) is not None
