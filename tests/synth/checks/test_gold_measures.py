"""The label error measured on gold Items: right on average, and its interval holds the true one."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from qa.dataset import Dataset
from qa.item import Item, Origin
from qa.standing import latest, standing
from synth.checks.gold import label_error, measured, share, teacher_accuracy, would_be_accepted
from synth.checks.gold_items import make_gold, quotas
from tests.synth.checks.driven import RULE, Crowd, driven, gold_items, panel
from tests.synth.checks.made import MCQ, WRITER, folder, item


@pytest.mark.parametrize(
    ("writer", "others", "copied"), [(0.15, 0.1, 0.0), (0.15, 0.1, 0.4), (0.3, 0.2, 0.2), (0.02, 0.05, 0)]
)
def test_the_interval_holds_the_true_label_error(writer: float, others: float, copied: float) -> None:
    rng = Random(f"{writer}/{others}/{copied}")
    crowd = Crowd(rng, writer, others, copied)
    # An ordinary set, whose labels are the crowd's own: what the gold Items are to tell of.
    true_wrong = accepted = 0
    for of in gold_items(1500):
        label = crowd.label(of, "A")
        written = item(
            of.question, label, MCQ, id=of.id, origin=Origin(source="images", writer="teacher:writer@write@1")
        )
        if standing(driven(written, panel(), crowd)) == "accepted":
            accepted += 1
            true_wrong += label != "A"
    truth = true_wrong / accepted
    pool = [driven(of, panel(), crowd, gold=True) for of in gold_items(1500)]
    runs = [measured(rng.sample(pool, 50)) for _ in range(300)]
    held = sum(r.low <= truth <= r.high for r in runs) / len(runs)
    assert held >= 0.90, f"{held:.0%} of the intervals hold {truth:.1%}"
    mean = sum(r.wrong for r in runs) / sum(r.passed for r in runs)
    assert abs(mean - truth) < 0.025, (mean, truth)
    before = measured(pool).before
    assert before is not None and abs(before.rate - writer) < 0.03


def test_gold_compares_the_second_with_the_writer_and_not_with_the_truth() -> None:
    """Both wrong in the same way: the label would have been accepted, and it is wrong."""
    [of] = gold_items(1)
    both = driven(of, panel(third=False), lambda i, c: "答案:C", gold=True)
    assert latest(both)["write"].verdict == "fail"
    assert latest(both)["blind"].verdict == "pass"
    assert latest(both)["truth"].verdict == "fail"
    assert would_be_accepted(both)
    apart = driven(of, panel(third=False), lambda i, c: "答案:C" if c.teacher == "writer" else "答案:A", gold=True)
    assert not would_be_accepted(apart)
    error = measured([both, apart])
    assert (error.asked, error.passed, error.wrong) == (2, 1, 1)
    mute = driven(of, panel(), lambda i, c: "看不清", gold=True)
    assert measured([mute]).asked == 0, "no label, so no label error"


def test_quantities_are_compared_within_tolerance() -> None:
    of = item("截止频率为______Hz。", "1592 Hz", origin=RULE)
    say = {"writer": "答案:1.6 kHz", "second": "答案:1590 Hz"}
    got = driven(of, panel(), lambda i, c: say[c.teacher], gold=True)
    assert latest(got)["write"].verdict == "pass"
    assert would_be_accepted(got)


def test_nothing_measured_is_said_so_and_intervals_are_clopper_pearson(tmp_path: Path) -> None:
    ds = folder(tmp_path, [item("有几个电阻?", "A", MCQ)])
    error = label_error(ds)
    assert (error.asked, error.low, error.high, error.before) == (0, 0.0, 1.0, share(0, 0))
    assert teacher_accuracy(ds) == []
    # Clopper and Pearson, table of 1934 and R's binom.test(1, 45)
    assert share(1, 45).low == pytest.approx(0.000562, abs=1e-5)
    assert share(1, 45).high == pytest.approx(0.1177, abs=1e-4)
    assert share(0, 50).high == pytest.approx(0.0711, abs=1e-4)
    assert share(50, 50).low == pytest.approx(0.9289, abs=1e-4)


def test_accuracy_of_each_teacher(tmp_path: Path) -> None:
    right = {"writer": "ABA?AAAAAA", "second": "AAAAAAAABB"}
    items = []
    for n, of in enumerate(gold_items(10)):
        items.append(driven(of, panel(third=False), lambda i, c, n=n: f"答案:{right[c.teacher][n]}", gold=True))
    folder(tmp_path, [])
    folder(tmp_path / "gold", items)
    writer, second = sorted(teacher_accuracy(Dataset(tmp_path)), key=lambda t: t.teacher, reverse=True)
    assert (writer.teacher, writer.asked, writer.right, writer.unparsed) == ("writer", 10, 8, 1)
    assert (second.teacher, second.asked, second.right, second.unparsed) == ("second", 9, 7, 0)
    assert second.low < 7 / 9 < second.high


def test_gold_has_the_mix_of_the_set_and_is_the_same_for_a_seed(tmp_path: Path) -> None:
    def asked(n: int, **given: object) -> Item:
        form = given.pop("form")
        options = MCQ if form == "mcq" else None
        return item(f"{n}?______", "A" if options else "3", options, **given)

    kinds = [("zh", 1, "mcq", 12), ("zh", 4, "fill", 6), ("en", 3, "mcq", 3), ("en", 2, "fill", 3)]
    mine = [
        asked(n, lang=lang, level=lv, form=form)
        for lang, lv, form, k in kinds
        for n in range(k * lv * 100, k * lv * 100 + k)
    ]
    assert all(i.origin.writer == WRITER for i in mine)
    wanted = {(lv, lang, form): k // 3 for lang, lv, form, k in kinds}
    assert quotas(mine, 8) == wanted
    gold = make_gold(tmp_path / "gold", mine, 8, seed=3)
    got = list(gold.items())
    assert {
        (i.level, i.lang, i.form): sum((j.level, j.lang, j.form) == (i.level, i.lang, i.form) for j in got) for i in got
    } == wanted
    assert len({i.origin.file for i in got}) == 8, "a circuit each"
    assert not gold.validate()
    again = make_gold(tmp_path / "other", mine, 8, seed=3)
    assert [i.id for i in again.items()] == [i.id for i in got]
    more = [i.id for i in make_gold(tmp_path / "gold", mine, 16, seed=3).items()]
    assert more[:8] == [i.id for i in got] and len(set(more)) == 16
