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
FEW_STEPS = ("--max_steps", "6", "--save_steps", "3")
UNCHECKED = (
    '{"id": "0123456789ab", "pictures": [], "form": "fill", "level": 1, "topic": "count", "lang": "en",'
    ' "question": "There are ______ resistors.", "answer": "3", "group": "g",'
    ' "origin": {"source": "images", "writer": "teacher:m@write@1"}}\n'
)


@pytest.fixture
def clean() -> object:
    def remove() -> None:
        for room in ("data", "runs", "reports"):
            shutil.rmtree(ROOT / room / NAME, ignore_errors=True)

    remove()
    yield
    remove()


def quickstart(*flags: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("DATA", "REAL", "NAME", "OUT", "MODEL")} | settings
    command = ["bash", "shell/quickstart.sh", *flags]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900)


@pytest.mark.parametrize(
    ("items", "says"),
    [(None, "holds no items.jsonl; fill it first"), ("", "holds no items.jsonl; fill it first"), ("unchecked", "")],
    ids=["no folder", "pictures without questions", "nobody confirmed one"],
)
def test_a_folder_with_nothing_to_train_on_is_refused_in_one_line(tmp_path: Path, items: str | None, says: str) -> None:
    data = tmp_path / "mine"
    if items is not None:
        data.mkdir()
        (data / "pictures.jsonl").write_text("", "utf-8")
        (data / "items.jsonl").write_text(UNCHECKED if items else "", "utf-8")
    done = quickstart(DATA=str(data), NAME="test-refused")
    lines = [x for x in done.stderr.splitlines() if x.strip()]
    assert done.returncode == 1 and len(lines) == 1 and says in lines[0] and str(data) in lines[0], done.stderr
    assert not (ROOT / "runs" / "test-refused").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("clean")
def test_quickstart_goes_the_whole_way_and_again() -> None:
    env = {"NAME": NAME, "CIRCUITS": "40", "EVAL_LIMIT": "10"}
    found = Path(os.environ.get("CIRCUIT_VQA_REAL", ROOT.parent / "shared" / "real")) / "netlists"
    if found.is_dir():
        env["REAL"] = str(found)
    done = quickstart(*FEW_STEPS, **env)
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
    assert "data:image/" in (ROOT / "reports" / NAME / "gallery.html").read_text()

    again = quickstart(*FEW_STEPS, **env)
    assert again.returncode == 0 and "trained already" in again.stdout, again.stdout[-3000:] + again.stderr[-3000:]
