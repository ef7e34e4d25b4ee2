"""The store of replies: torn lines, full disks, threads."""

from __future__ import annotations

import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eval.replies import Reply, ReplyStore, request_key


def test_a_torn_last_line_is_dropped_and_the_file_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    store = ReplyStore(path)
    store.put(Reply(key="a", text="答案:B\n第二行"))
    store.put(Reply(key="b", text="x" * 100))
    path.write_bytes(path.read_bytes()[:-20])  # kill -9 in the middle of a write
    store = ReplyStore(path)
    assert len(store) == 1 and store.get("b") is None
    store.put(Reply(key="b", text="again"))
    again = ReplyStore(path)
    assert [again.get(k).text for k in "ab"] == ["答案:B\n第二行", "again"]  # type: ignore[union-attr]


def test_a_full_disk_raises_and_leaves_whole_lines(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path / "replies.jsonl")
    store.put(Reply(key="a", text="kept"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:  # a file that may not grow behaves like a disk that is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (store.path.stat().st_size + 50, hard))
        with pytest.raises(OSError):
            store.put(Reply(key="b", text="x" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.get("b") is None
    store.put(Reply(key="c", text="after"))
    assert len(ReplyStore(store.path)) == 2


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path / "replies.jsonl")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.put(Reply(key=str(n), text="y" * n)), range(200)))
    again = ReplyStore(store.path)
    assert all(again.get(str(n)).text == "y" * n for n in range(200))  # type: ignore[union-attr]


def test_the_key_tells_every_part_of_a_request_apart() -> None:
    base = {"model": "m", "weights": "", "max_tokens": 8, "messages": [{"role": "user", "content": "问"}]}
    others = [base | {k: v} for k, v in (("model", "n"), ("weights", "w"), ("max_tokens", 9), ("messages", []))]
    keys = {request_key(**r) for r in (base, *others)}
    assert len(keys) == 5 and request_key(**base) == request_key(**dict(reversed(base.items())))
