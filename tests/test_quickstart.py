"""The main job of the README, for real and whole, with few circuits and steps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAME = "test-quickstart"


@pytest.fixture
def clean() -> object:
    def remove() -> None:
        for room in ("data", "runs", "reports"):
            shutil.rmtree(ROOT / room / NAME, ignore_errors=True)

    remove()
    yield
    remove()


@pytest.mark.slow
@pytest.mark.usefixtures("clean")
def test_quickstart_goes_the_whole_way_and_again() -> None:
    env = os.environ | {"NAME": NAME, "CIRCUITS": "40", "EVAL_LIMIT": "10"}
    found = Path(os.environ.get("CIRCUIT_VQA_REAL", ROOT.parent / "shared" / "real")) / "netlists"
    if found.is_dir():
        env["REAL"] = str(found)
    command = ["bash", "shell/quickstart.sh", "--max_steps", "6", "--save_steps", "3"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "parity 8/8" in done.stdout

    sources = {json.loads(x)["origin"]["source"] for x in (ROOT / "data" / NAME / "items.jsonl").open()}
    assert sources == ({"circuits", "netlists"} if "REAL" in env else {"circuits"})
    for when in ("before", "after"):
        report = json.loads((ROOT / "reports" / NAME / when / "report.json").read_text())
        assert {name: b["total"]["n"] for name, b in report["benches"].items()} == {
            "circuit_mcq": 10,
            "circuit_fill": 10,
        }
    assert "circuit_mcq" in (ROOT / "reports" / NAME / "compare.md").read_text()

    again = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)
    assert again.returncode == 0 and "trained already" in again.stdout, again.stdout[-3000:] + again.stderr[-3000:]
