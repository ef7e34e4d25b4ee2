"""Decisions on disk and in the Items: nothing lost, nothing applied twice, nothing applied to what changed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.dataset import Dataset, DatasetError
from qa.item import Item, item_id
from qa.standing import standing
from synth.review.edit import changes, edit_record, edited
from synth.review.log import ReviewLog, Taken, apply
from synth.review.merge import merge
from synth.review.record import Record, new_key, now, version
from tests.synth.review.review_items import folder, mcq

DIGEST = "d" * 64


def told(item: Item, decision: str, by: str = "Ann", **more: str) -> Record:
    data = {"key": new_key(), "item": item.id, "version": version(item), "decision": decision, "by": by, "at": now()}
    return Record.model_validate(data | more)


def changed(item: Item, by: str = "Ann", **fields: object) -> tuple[Record, Item]:
    diff = changes(item, fields)
    new = edited(item, diff, [DIGEST])
    return edit_record(item, diff, new, by), new


def after(items: list[Item], records: list[Record]) -> list[Item]:
    made = merge(items, records).made
    return [new for i in items if (new := made.get(i.id, i)) is not None]


@pytest.fixture
def item() -> Item:
    return mcq("images/a.png", DIGEST, 0)


def test_accept_and_reject_become_a_person_s_check(item: Item) -> None:
    [good] = after([item], [told(item, "accept")])
    assert standing(item) == "review"
    assert (standing(good), good.origin.reviewer, good.origin.checks[-1].by) == ("accepted", "Ann", "person:Ann")
    [bad] = after([item], [told(item, "accept"), told(item, "reject", "Bob", reason="wrong answer")])
    assert (standing(bad), bad.origin.checks[-1].note, len(bad.origin.checks)) == ("rejected", "wrong answer", 3)


def test_edit_makes_a_new_item_in_the_place_of_the_old(item: Item) -> None:
    other = mcq("images/b.png", "e" * 64, 1)
    record, _ = changed(item, question="How many NMOS transistors?", answer="c", level=2)
    first, second = after([item, other], [record])
    assert (first.question, first.answer, first.level) == ("How many NMOS transistors?", "C", 2)
    assert first.id == item_id([DIGEST], first.question, first.options) != item.id
    assert standing(first) == "accepted"
    assert first.origin.checks[-1].note == "edited: question, answer, level"
    assert second == other


def test_a_chain_of_edits_and_a_reject_at_its_end(item: Item) -> None:
    one, middle = changed(item, question="first?")
    two, last = changed(middle, "Bob", question="second?", answer="D")
    end = told(last, "reject", "Cy")
    for steps in ([one, two, end], [one], [one, two]):
        items = after([item], steps)
        assert after(items, [one, two, end])[0].id == last.id  # also where a part was merged before
    [final] = after([item], [one, two, end])
    assert (final.question, standing(final), final.origin.reviewer) == ("second?", "rejected", "Cy")


def test_what_changed_since_is_reported_and_left_alone(item: Item) -> None:
    shuffled = item.model_copy(update={"options": ("3", "2", "4", "5"), "answer": "A"})  # its id may stay
    result = merge([shuffled], [told(item, "accept")])
    assert (result.made, [r.item for r in result.stale]) == ({}, [item.id])
    gone = merge([], [told(item, "reject")])
    assert [r.item for r in gone.stale] == [item.id]


def test_an_item_that_comes_back_after_an_edit_is_dropped_again(item: Item) -> None:
    record, new = changed(item, question="better?")
    [merged] = after([item], [record])
    assert after([merged, item], [record]) == [merged]
    assert merged.id == new.id


def test_undo_works_before_and_after_a_merge(item: Item) -> None:
    edit, new = changed(item, answer="C", explanation="")
    undo = told(new, "undo", undoes=edit.key)
    assert after([item], [edit, undo]) == [item]
    assert after(after([item], [edit]), [edit, undo]) == [item]
    accept = told(item, "accept")
    back = told(item, "undo", undoes=accept.key)
    assert after(after([item], [accept]), [accept, back]) == [item]
    reject = told(item, "reject", "Bob")
    assert standing(after([item], [accept, reject, told(item, "undo", "Bob", undoes=reject.key)])[0]) == "accepted"


@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_merging_in_steps_is_merging_at_once(rng: random.Random, count: int) -> None:
    start = [mcq(f"images/{n}.png", DIGEST, n) for n in range(3)]
    items, records = list(start), []
    now_items = list(start)
    for _ in range(count):
        at = rng.randrange(3)
        what = rng.choice(["accept", "reject", "edit", "edit", "undo"])
        target = now_items[at]
        if what == "edit":
            record, _ = changed(
                target, question=f"{target.question[:20]} {rng.randrange(3)}{at}?", answer=rng.choice("ABCD")
            )
            if not record.fields:
                continue
        elif what == "undo":
            undone = {r.undoes for r in records}
            open_ = [r for r in records if r.decision != "undo" and r.key not in undone]
            mine = [
                r
                for r in open_
                if (r.becomes or r.item, r.becomes_version or r.version) == (target.id, version(target))
            ]
            if not mine or mine[-1] is not max((r for r in open_ if r in mine), key=records.index):
                continue
            record = told(target, "undo", undoes=mine[-1].key)
        else:
            record = told(target, what)
        records.append(record)
        now_items = after(start, records)
        if rng.random() < 0.4:
            items = after(items, records)  # a merge in between
    items = after(items, records)
    assert items == now_items
    assert after(items, records) == items


def test_a_decision_is_on_disk_when_add_returns_and_a_torn_line_is_cut(tmp_path: Path, item: Item) -> None:
    log = ReviewLog(tmp_path)
    log.add(told(item, "accept"), "")
    with log.path.open("ab") as f:
        f.write(b'{"key": "half')
    again = ReviewLog(tmp_path)
    again.refresh()
    again.add(told(item, "reject", "Bob"), again.records[-1].key)
    fresh = ReviewLog(tmp_path)
    fresh.refresh()
    assert [r.decision for r in fresh.records] == ["accept", "reject"]
    assert [r.decision for r in (log.refresh(), log.records)[1]] == ["accept", "reject"]


def test_a_line_that_is_none_is_named(tmp_path: Path, item: Item) -> None:
    log = ReviewLog(tmp_path)
    log.add(told(item, "accept"), "")
    with log.path.open("ab") as f:
        f.write(b'{"key": "x"}\n')
    with pytest.raises(DatasetError, match=r"reviews\.jsonl:2: item: Field required; mend or delete"):
        ReviewLog(tmp_path).refresh()


def test_whoever_decides_second_is_told_and_overwrites_nothing(tmp_path: Path, item: Item) -> None:
    ann, bob = ReviewLog(tmp_path), ReviewLog(tmp_path)
    ann.add(told(item, "accept"), "")
    with pytest.raises(Taken) as e:
        bob.add(told(item, "reject", "Bob"), "")
    assert e.value.last.by == "Ann"
    bob.add(told(item, "reject", "Bob"), e.value.last.key)  # seen now, so Bob may
    assert len(log_lines(tmp_path)) == 2


def log_lines(root: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (root / "reviews.jsonl").read_text("utf-8").splitlines()]


def test_apply_merges_once_and_says_what_is_stale_once(tmp_path: Path) -> None:
    ds = folder(tmp_path / "d")
    first, second, third, *_ = ds.items()
    log = ReviewLog(ds.root)
    log.add(told(first, "accept"), "")
    record, _ = changed(second, explanation="shorter")
    log.add(record, "")
    log.add(told(third.model_copy(update={"answer": "A"}), "accept"), "")
    said: list[str] = []
    assert apply(ds, said.append) == 2
    assert len(said) == 1
    assert third.id in said[0]
    before = ds.items_path.read_bytes()
    assert apply(ds, said.append) == 0
    assert len(said) == 1
    assert ds.items_path.read_bytes() == before
    assert [standing(i) for i in ds.items()][:3] == ["accepted", "accepted", "review"]
    assert ds.manifest()["counts"]["items"] == 6


def test_apply_does_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    ds = folder(tmp_path / "d", 1)
    before = sorted(p.name for p in ds.root.iterdir())
    with ds.filling():
        assert apply(ds) == 0  # takes no lock where it has nothing to write
    assert sorted(p.name for p in ds.root.iterdir()) == sorted([*before, ".filling"])


_WRITER = """
import sys
from pathlib import Path
from qa.dataset import Dataset
from synth.review.log import ReviewLog
from synth.review.record import Record, new_key, now, version
ds = Dataset.open(Path(sys.argv[1])); log = ReviewLog(ds.root)
items = list(ds.items())
for n in range(100000):
    i = items[n % len(items)]
    log.add(Record(key=new_key(), item=i.id, version=version(i), decision="accept", by=sys.argv[2], at=now()))
    print(len(log.records), flush=True)
"""


def test_kill_9_of_one_of_two_writers_loses_no_decision(tmp_path: Path) -> None:
    ds = folder(tmp_path / "d", 2)
    runs = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(ds.root), who], stdout=subprocess.PIPE, text=True)
        for who in ("Ann", "Bob")
    ]
    confirmed = []
    for run in runs:
        assert run.stdout is not None
        confirmed.append(sum(1 for _, _line in zip(range(40), run.stdout, strict=False)))
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        run.stdout.close()
    log = ReviewLog(ds.root)
    log.refresh()  # every line whole
    for who, count in zip(("Ann", "Bob"), confirmed, strict=True):
        assert sum(r.by == who for r in log.records) >= count
    assert apply(ds) == 4


def test_answers_written_for_the_old_one_go_with_it(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    item = mcq("images/a.png", DIGEST, 0).model_copy(
        update={"form": "fill", "options": None, "answer": "1 V", "accept": ("1000 mV",), "question": "U = ______ V"}
    )
    diff = changes(item, {"answer": "2 V"})
    new = edited(item, diff, [DIGEST])
    assert (new.answer, new.accept) == ("2 V", ())
    [merged] = after([item], [edit_record(item, diff, new, "Ann")])
    assert merged.accept == ()
    del ds
