"""Whatever a file holds, a reader gives rows and faults with lines, and raises nothing."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from synth.sources.importing import csv_table, llava, mcq, seed, sharegpt, swift
from synth.sources.importing.encoding import decode
from synth.sources.importing.found import Bad, Found

READERS = [swift, sharegpt, llava, mcq, csv_table, seed]
KEYS = "messages images image query response history solution conversations question options answer accept level A B"
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["user", "assistant", "human", "<image>问题:x 选项:A. 1 B. 2", "答案:B", "a.png", "text"]),
)  # fmt: skip
KEY = st.sampled_from([*KEYS.split(), "role", "content", "from", "value", "type", "text"])
VALUE = st.recursive(
    LEAF, lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(KEY, v, max_size=4)), max_leaves=12
)
TURNS = st.lists(st.fixed_dictionaries({"role": LEAF, "content": VALUE, "from": LEAF, "value": VALUE}), max_size=3)
ROW = st.builds(
    lambda row, turns: {**row, "messages": turns, "conversations": turns} if turns else row,
    st.dictionaries(KEY, VALUE, max_size=6), TURNS,
)  # fmt: skip
PIECES = ["问题:", "选项:", "A. ", "B. ", "E. ", "答案:", "图像:", "解析:", "\n", '"', ",", "x", " ", ":"]
TEXT = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def check(reader: Any, text: str) -> None:
    for row in reader.rows(text):
        assert isinstance(row, Found | Bad)
        assert 1 <= row.line <= text.count("\n") + 1
        if isinstance(row, Bad):
            assert row.field and row.what


@pytest.mark.parametrize("reader", READERS, ids=lambda r: str(r.NAME))
@given(text=st.one_of(TEXT, st.text(), TEXT.map(lambda t: "图像,问题,答案\n" + t)))
@example(text='图像,问题,答案\na,"x"y,z\n"')
@example(text="[")
def test_any_text(reader: Any, text: str) -> None:
    check(reader, text)


@pytest.mark.parametrize("reader", READERS[:4], ids=lambda r: str(r.NAME))
@given(rows=st.lists(ROW, max_size=3), array=st.booleans())
def test_any_record(reader: Any, rows: list[Any], array: bool) -> None:
    check(reader, json.dumps(rows, indent=1) if array else "\n".join(map(json.dumps, rows)))


@given(st.binary())
def test_any_bytes_are_a_text_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert "\r" not in decode(data)
