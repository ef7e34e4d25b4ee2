"""Gold Items: questions whose truth is known, asked in the same run, so that the label error is measured.

A gold Item carries `write` (the writer's answer against the truth), then `blind` and `vote` as every other Item, but
against the answer the writer gave, and `truth` (the second teacher's answer against the truth).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from qa.dataset import Dataset
from qa.item import Check, Item
from qa.standing import BLIND, VOTE

FOLDER = "gold"
WRITE = "write"
"""The teacher that wrote the set answered: pass right, fail wrong, unsure unreadable."""
TRUTH = "truth"
"""The second teacher's answer against the truth; `blind` is the same answer against the writer's."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the interval that holds the true share in 95 of 100 cases (Clopper-Pearson)."""

    of: int
    count: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LabelError:
    """How many labels are wrong among those the checks accept, measured on gold Items."""

    asked: int
    """Gold Items the writers gave a readable answer to."""
    passed: int
    """Of those, accepted by the second teacher or the vote."""
    wrong: int
    """Of the passed, wrong by the truth."""
    rate: float
    low: float
    high: float
    by_level: dict[int, Share] = field(default_factory=dict)
    weighted: float | None = None
    """The rate with each level weighed as in the accepted Items of the set; None where a level was not measured."""
    before: Share | None = None
    """Wrong among all asked: the label error without any check."""


@dataclass(frozen=True, slots=True)
class TeacherAccuracy:
    """How often one teacher is right on gold Items."""

    teacher: str
    asked: int
    right: int
    unparsed: int
    low: float
    high: float


def gold_of(ds: Dataset) -> Dataset | None:
    """The gold folder of a dataset; None where there is none."""
    gold = Dataset(ds.root / FOLDER)
    return gold if gold.items_path.is_file() else None


def share(count: int, of: int) -> Share:
    """`count` of `of` with its Clopper-Pearson interval; nothing measured is 0 to 1.

    Source: Clopper, Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).
    """
    if not of:
        return Share(0, 0, 0.0, 0.0, 1.0)
    from scipy.special import betaincinv  # not scipy.stats, which takes a second to load

    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return Share(of, count, count / of, low, high)


def label_error(ds: Dataset) -> LabelError:
    """The share of wrong labels among accepted ones, measured on the gold Items of this folder.

    It is the error of these teachers on questions of this kind: worded by rules, on generated drawings, in the mix of
    levels, languages and forms of the set. Photographs, crowded pictures and odd wording may be worse.
    """
    gold = gold_of(ds)
    error = measured(gold.items() if gold else ())
    return replace(error, weighted=_weighted(ds, error.by_level))


def measured(gold: Iterable[Item]) -> LabelError:
    """The label error on these gold Items, not weighed."""
    items = [i for i in gold if _labelled(i)]
    passed = [i for i in items if would_be_accepted(i)]
    wrong = [i for i in passed if _label_is_wrong(i)]
    total = share(len(wrong), len(passed))
    of_level = Counter(i.level for i in passed)
    wrong_of = Counter(i.level for i in wrong)
    by_level = {int(level): share(wrong_of[level], n) for level, n in sorted(of_level.items())}
    before = share(sum(_label_is_wrong(i) for i in items), len(items))
    return LabelError(
        len(items),
        len(passed),
        len(wrong),
        total.rate,
        total.low,
        total.high,
        by_level,
        None,
        before,
    )


def _weighted(ds: Dataset, by_level: dict[int, Share]) -> float | None:
    """Post-stratified: each level's rate by its share among the accepted Items that teachers wrote."""
    from qa.standing import standing

    mix = Counter(
        int(i.level) for i in ds.items() if i.origin.writer.startswith("teacher:") and standing(i) == "accepted"
    )
    if not mix or not mix.keys() <= by_level.keys():
        return None
    return sum(n * by_level[level].rate for level, n in mix.items()) / mix.total()


def teacher_accuracy(ds: Dataset) -> list[TeacherAccuracy]:
    """Each teacher that answered gold Items, by name. One that was only asked after disagreements is left out: it saw
    the hard ones alone."""
    gold = gold_of(ds)
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    for item in gold.items() if gold else ():
        for check in last_by(item, (WRITE, TRUTH)):
            verdicts[check.by][check.verdict] += 1
    found = []
    for teacher, counts in sorted(verdicts.items()):
        s = share(counts["pass"], counts.total())
        found.append(TeacherAccuracy(teacher, s.of, s.count, counts["unsure"], s.low, s.high))
    return found


def last_by(item: Item, names: tuple[str, ...]) -> list[Check]:
    """The last check of each of these names and each teacher."""
    return list({(c.name, c.by): c for c in item.origin.checks if c.name in names}.values())


def _last(item: Item, name: str) -> Check | None:
    return next((c for c in reversed(item.origin.checks) if c.name == name), None)


def _labelled(item: Item) -> bool:
    """The writer gave an answer that could be read, and the second teacher was asked."""
    write = _last(item, WRITE)
    return write is not None and write.verdict != "unsure" and _last(item, BLIND) is not None


def _label_is_wrong(item: Item) -> bool:
    write = _last(item, WRITE)
    return write is not None and write.verdict == "fail"


def would_be_accepted(item: Item) -> bool:
    """Whether an ordinary Item with these answers would have been accepted."""
    for check in reversed(item.origin.checks):
        if check.name in (BLIND, VOTE):
            return check.verdict == "pass"
    return False
