"""Batch files, killed at any step and run again: nothing is submitted twice and nothing is lost."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from synth.teacher.journal import Journal
from tests.conftest import ROOT
from tests.synth.teacher.fake_batches import fake_batches
from tests.synth.teacher.fake_teacher import counted

COUNT, ROWS = 60, 25


def start(url: str, folder: Path, count: int = COUNT, rows: int = ROWS) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.synth.teacher.batching", url, str(folder), str(count), str(rows)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not what():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.005)


def stored(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder}/journal.sqlite?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM answers").fetchone()[0])
    except sqlite3.Error:
        return 0


def finish(url: str, folder: Path, count: int = COUNT) -> None:
    """Runs again to the end: every row answered, submitted once, stored once."""
    again = start(url, folder, count)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    rows = [line.split() for line in out.splitlines()]
    assert len(rows) == count == len({r for r, _, _ in rows}) and all(good == "True" for _, _, good in rows)
    assert set(counted(url)["sent"].values()) == {1}, "a row was submitted twice"
    with Journal(folder / "journal.sqlite") as journal:
        assert journal.spent()[0].answers == count, "an answer was stored twice"
    left = {p.name for p in (folder / "batches").iterdir()} - {".lock", "state.sqlite", "state.sqlite-wal"}
    assert left <= {"state.sqlite-shm"}


AT = {
    "while a file is written": ({}, lambda url, f: bool(list((f / "batches").glob("*.jsonl")))),
    "uploaded, the id not noted": ({"lost_upload": 1}, lambda url, f: counted(url).get("lost_upload") == 1),
    "batch started, its id not noted": ({"lost_create": 1}, lambda url, f: counted(url).get("lost_create") == 1),
    "the last batch started, its id not noted": (
        {"lost_create": 3},
        lambda url, f: counted(url).get("lost_create") == 3,
    ),
    "while polling": ({"delay": 1.5}, lambda url, f: counted(url)["batches"] == 3),
    "half-way through collecting": ({"slow_lines": 0.02}, lambda url, f: stored(f) >= 10),
}


@pytest.mark.parametrize("point", AT)
def test_kill_9_and_run_again(tmp_path: Path, picture: Path, point: str) -> None:
    script, reached = AT[point]
    with fake_batches(page=1, **script) as url:  # type: ignore[arg-type]
        run = start(url, tmp_path)
        wait_for(lambda: reached(url, tmp_path))
        run.kill()
        run.communicate(timeout=120)
        finish(url, tmp_path)


def test_kill_9_again_and_again_at_any_time(tmp_path: Path, picture: Path) -> None:
    rng = random.Random("kills")
    with fake_batches(delay=0.5, slow_lines=0.005, every_500=7, twice=True) as url:
        for _ in range(6):
            run = start(url, tmp_path)
            time.sleep(0.3 + rng.random())
            run.kill()
            run.communicate(timeout=120)
        finish(url, tmp_path)


def test_ctrl_c_while_polling_says_how_to_go_on(tmp_path: Path, picture: Path) -> None:
    with fake_batches(delay=2.0) as url:
        run = start(url, tmp_path)
        wait_for(lambda: counted(url)["batches"] == 3)
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=120)
        assert run.returncode != 0
        # fewer than all where a slow machine has collected some by now
        assert re.search(r"\b\d\d rows are with the provider; run the same command again", err)
        finish(url, tmp_path)


def test_1000_pictures_are_never_held_in_memory(tmp_path: Path) -> None:
    count = 1000
    (tmp_path / "a.png").write_bytes(b"\x89PNG" + bytes(100_000))  # 133 MB of rows in base64
    with fake_batches(delay=0.3) as url:
        run = start(url, tmp_path, count, rows=500)
        out, err = run.communicate(timeout=240)
        assert run.returncode == 0, err
        assert counted(url)["largest_file"] > 65_000_000
    assert len(out.splitlines()) == count
    peak = int(err.split("peak ")[1])
    print(f"\n1,000 pictures of 100 kB in two files: peak {peak} MB")
    assert 0 < peak < 110  # some 67; with one file in memory 134
