"""Killed half-way and run again: nothing is lost, and at most what was in flight is paid twice."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from qa.dataset import Dataset
from tests.kd.solving_teacher import command, kd, solving_teacher, teach, teachers_yaml
from tests.synth.teacher.fake_teacher import counted

AT_ONCE = 8


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_run_again(home: Path, sent: signal.Signals) -> None:
    ds = Dataset(home / "mine")
    train = [i for i in ds.items() if i.split == "train"]
    truth = teach(ds.items(), home / "truth.json")
    words = ("solutions", "mine", "--teacher", "one", "--samples", "2", "--temperature", "1")
    with solving_teacher(truth, latency=0.05) as url:
        teachers_yaml(home, url, concurrency=AT_ONCE)
        line, env = command(*words)
        run = subprocess.Popen(line, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until = time.monotonic() + 60
        while counted(url).get("requests", 0) < len(train) and time.monotonic() < until:
            time.sleep(0.02)
        run.send_signal(sent)
        run.communicate(timeout=60)
        assert run.returncode != 0
        assert counted(url)["requests"] < 2 * len(train), "it was done before it was killed"
        kd(home, *words)
        done = counted(url)
    twice = sum(done["paid"].values()) - 2 * len(train)
    assert 0 <= twice <= (AT_ONCE if sent == signal.SIGKILL else 0)
    lines = (home / "mine" / "solutions.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 2 * len(train)


def test_a_torn_record_is_cut_off_and_had_again_for_nothing(home: Path) -> None:
    truth = teach(Dataset(home / "mine").items(), home / "truth.json")
    log = home / "mine" / "solutions.jsonl"
    with solving_teacher(truth) as url:
        teachers_yaml(home, url)
        kd(home, "solutions", "mine", "--teacher", "one", "--limit", "5")
        whole = log.read_bytes()
        log.write_bytes(whole[:-20])
        kd(home, "solutions", "mine", "--teacher", "one", "--limit", "5")
        assert counted(url)["requests"] == 5
    assert sorted(log.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_bad_record_is_named(home: Path) -> None:
    teachers_yaml(home, "http://127.0.0.1:9/v1")
    (home / "mine" / "solutions.jsonl").write_text('{"item": 3}\n')
    said = kd(home, "solutions", "mine", "--teacher", "one", code=1)
    assert "solutions.jsonl:1: item:" in said and said.count("\n") == 1
