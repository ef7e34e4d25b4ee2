"""Replies as models write them, with the verdict a person would give (replies.jsonl)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.grading import grade
from qa.item import Wanted

ROWS = [json.loads(line) for line in Path(__file__).with_name("replies.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['answer']} <- {r['reply'][:30]}")
def test_reply(row: dict[str, Any]) -> None:
    accept = tuple(Wanted.model_validate(a) if isinstance(a, dict) else a for a in row.get("accept", ()))
    answer = tuple(row["answer"]) if isinstance(row["answer"], list) else row["answer"]
    v = grade(row["form"], row["question"], answer, row["reply"], row.get("options"), accept)
    assert v.verdict == row["verdict"], v


def test_there_are_enough_of_them() -> None:
    assert len(ROWS) >= 80
    assert {r["verdict"] for r in ROWS} == {"right", "wrong", "unparsed"}
