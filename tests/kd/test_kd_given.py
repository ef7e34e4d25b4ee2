"""Answers in files: brought to their Items by words and pictures, never to those of test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from kd.given import Given, read_given
from qa.dataset import Dataset
from qa.errors import KitError
from qa.formats import swift_rows
from qa.item import Item
from qa.prompts import assistant_text
from tests.kd.solving_teacher import kd


@pytest.fixture(scope="module")
def every(made: Path) -> list[Item]:
    return list(Dataset.open(made).items())


def train(every: list[Item]) -> list[Item]:
    return [i for i in every if i.split == "train"]


def asked(item: Item, root: str = "/elsewhere") -> dict[str, Any]:
    """The user's turn and pictures of a row, from a folder that lay somewhere else."""
    row = swift_rows.to_row(item, Path(root))
    return {"messages": row["messages"][:1], "images": row["images"]}


def infer(item: Item, reply: str) -> dict[str, Any]:
    """As `swift infer --result_path` of ms-swift 4.6 writes it."""
    row = asked(item)
    row["messages"] = [*row["messages"], {"role": "assistant", "content": reply}]
    pictures = [{"bytes": None, "path": p} for p in row["images"]]
    said = {"response": reply, "labels": assistant_text(item), "logprobs": None}
    return {**said, **row, "images": pictures, "dataset": "/elsewhere/swift/train.jsonl"}


def sample(item: Item, reply: str, **more: object) -> dict[str, Any]:
    """As `swift sample` of ms-swift 4.6 writes it."""
    row = asked(item)
    row["messages"] = [*row["messages"], {"role": "assistant", "content": reply}]
    return {**row, "dataset": "/elsewhere/swift/train.jsonl", "id": "0123456789abcdef0123456789abcdef", **more}


def read(tmp_path: Path, every: list[Item], lines: list[Any]) -> Given:
    file = tmp_path / "answers.jsonl"
    file.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines), "utf-8")
    return read_given([file], train(every), every)


def test_every_form_is_brought_to_its_item(tmp_path: Path, every: list[Item]) -> None:
    one, two, three, four = train(every)[:4]
    lines = [
        infer(one, "first"), infer(one, "second"), sample(two, "third"), {"item": three.id, "reply": "fourth"},
        {"id": four.id, "replies": ["fifth", "sixth"]},
    ]  # fmt: skip
    found = read(tmp_path, every, lines)
    assert [(r.item, r.sample, r.text) for r in found.replies] == [
        (one.id, 0, "first"), (one.id, 1, "second"), (two.id, 0, "third"), (three.id, 0, "fourth"),
        (four.id, 0, "fifth"), (four.id, 1, "sixth"),
    ]  # fmt: skip
    assert not (found.bad or found.unknown or found.elsewhere or found.own or found.by_reward)


def test_answers_to_test_and_to_strangers_are_counted_and_left_out(tmp_path: Path, every: list[Item]) -> None:
    test = next(i for i in every if i.split == "test")
    stranger = infer(train(every)[0], "x")
    stranger["images"] = ["images/another.png"]
    lines = [infer(test, "x"), {"item": test.id, "reply": "x"}, stranger, {"item": "0" * 12, "reply": "x"}]
    found = read(tmp_path, every, lines)
    assert (found.replies, found.elsewhere, found.unknown) == ([], 2, 2)


def test_what_a_reward_chose_is_told_and_the_rows_own_answer_is_not_taken(tmp_path: Path, every: list[Item]) -> None:
    item = train(every)[0]
    own = sample(item, assistant_text(item), rejected_response="no")
    found = read(tmp_path, every, [own, sample(item, "steps\n" + assistant_text(item), rejected_response="no")])
    assert (len(found.replies), found.own, found.by_reward) == (1, 1, 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "is not JSON"),
        ("[1]", "is no JSON object"),
        ({"reply": "x"}, "item: the id of the question is missing"),
        ({"item": "a" * 12}, "reply: missing, or no text"),
        ({"item": "a" * 12, "replies": [1]}, "reply: missing, or no text"),
        ({"messages": "x"}, "messages: not a list of turns"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages: 0 turns of the user"),
        ({"messages": [{"role": "user", "content": "x"}]}, "messages: the assistant's turn is missing"),
        ({"messages": [{"role": "user", "content": "x"}], "response": 3}, "response: int instead of a text"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, every: list[Item], line: Any, why: str) -> None:
    found = read(tmp_path, every, [line, infer(train(every)[0], "good")])
    assert [r.text for r in found.replies] == ["good"]
    ((where, said),) = found.bad
    assert where.endswith("answers.jsonl:1") and why in said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["messages", "role", "content", "images", "response", "item", "reply", "replies", "path"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60)
@examples(st.lists(JSON, min_size=1, max_size=3))
def test_nothing_in_a_file_raises(tmp_path_factory: pytest.TempPathFactory, lines: list[Any]) -> None:
    file = tmp_path_factory.mktemp("any") / "answers.jsonl"
    file.write_text("".join(json.dumps(x) + "\n" for x in lines))
    assert read_given([file], [], []).replies == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="No such file"):
        read_given([tmp_path / "none"], [], [])


def test_the_command_takes_files_and_keeps_the_old_rows_where_they_hold_nothing(home: Path, every: list[Item]) -> None:
    good = [i for i in train(every) if i.form == "mcq" and i.lang == "zh"][:6]
    steps = "先看图中的元件,再逐项比较,可知这一项符合。"
    with (home / "infer.jsonl").open("w", encoding="utf-8") as f:
        for n, item in enumerate(good):
            right = f"{steps}\n{assistant_text(item)}"
            wrong = f"{steps}\n答案:{'A' if item.answer != 'A' else 'B'}"
            for reply in (right, wrong if n % 2 else right):
                f.write(json.dumps(infer(item, reply), ensure_ascii=False) + "\n")
        f.write(json.dumps(infer(next(i for i in every if i.split == "test"), "答案:A")) + "\n{\n")
    said = kd(home, "reject", "mine", "--answers", "infer.jsonl", code=1)
    assert "note: 1 answers are to questions of val or test" in said and "infer.jsonl:14: is not JSON" in said
    total = next(line.split() for line in said.splitlines() if line.split()[:1] == ["all"])
    assert total[1:3] == ["6", "12"] and total[3] == "75.0" and total[5] == "100.0"
    path = home / "mine" / "swift" / "rejection.jsonl"
    before = path.read_bytes()
    assert before.count(b"\n") == 6
    (home / "bad.jsonl").write_text("{}\n")
    assert "nothing was written" in kd(home, "reject", "mine", "--answers", "bad.jsonl", code=1)
    assert path.read_bytes() == before
