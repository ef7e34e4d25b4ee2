"""Killed or interrupted half-way and run again: rows paid twice are at most those that were in flight."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from synth.teacher.journal import Journal
from tests.conftest import ROOT
from tests.synth.teacher.fake_teacher import counted, fake_teacher

COUNT, CONCURRENCY = 200, 16


def start(url: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.synth.teacher.asking", url, str(folder), str(COUNT), str(CONCURRENCY)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def half_way(run: subprocess.Popen[str]) -> None:
    assert run.stdout is not None
    for _ in range(COUNT // 2):
        assert run.stdout.readline()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_run_again(tmp_path: Path, picture: Path, sent: signal.Signals) -> None:
    with fake_teacher(latency=0.1, error_500=0.1) as url:
        run = start(url, tmp_path)
        half_way(run)
        run.send_signal(sent)
        run.communicate(timeout=60)
        assert run.returncode != 0
        first = set(counted(url)["paid"])
        assert COUNT // 2 <= len(first) < COUNT
        with Journal(tmp_path / "journal.sqlite") as journal:
            stored = journal.spent()[0].answers
        again = start(url, tmp_path)
        out, err = again.communicate(timeout=60)
        assert again.returncode == 0, err
        rows = [line.split() for line in out.splitlines()]
        assert {r for r, _ in rows} == {f"r{i}" for i in range(COUNT)} and len(rows) == COUNT
        assert sum(cached == "True" for _, cached in rows) == stored
        twice = [r for r, n in counted(url)["paid"].items() if n > 1]
        # after Ctrl-C even those in flight are waited for
        assert len(twice) <= (CONCURRENCY if sent == signal.SIGKILL else 0)
