"""train_curriculum.sh for real, on the stand-in: three stages, killed in the second, gone on to the end, merged. Three
minutes. And what swift makes of the general sets' rows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from swift_recipes import stand_in
from tests.swift_recipes import levelled

pytestmark = pytest.mark.slow
REPO = Path(__file__).parents[2]
OURS = ("MODEL", "DATA", "OUT", "METHOD", "RECIPE", "FORCE", "GENERAL", "LEVELS", "REPLAY", "STAGE_EPOCHS", "LOGGER")
FLAGS = ("--max_steps", "2", "--save_steps", "1", "--eval_steps", "2", "--per_device_train_batch_size", "2")


def start(place: Path, *flags: str, **settings: str) -> subprocess.Popen[str]:
    env = {k: v for k, v in os.environ.items() if k not in OURS} | settings
    env |= {"MODEL": str(place / "tiny"), "DATA": str(place / "data"), "OUT": str(place / "run"), "METHOD": "qlora"}
    return subprocess.Popen(
        ["bash", "shell/train_curriculum.sh", *FLAGS, *flags],
        cwd=REPO, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def first_loss(run: Path) -> float:
    rows = (run / "logging.jsonl").read_text("utf-8").splitlines()
    return next(r["loss"] for r in map(json.loads, rows) if "loss" in r)


def step(run: Path) -> int:
    state: dict[str, Any] = json.loads((run / "last" / "trainer_state.json").read_text("utf-8"))
    return int(state["global_step"])


def test_killed_in_a_stage_it_goes_on_there(tmp_path: Path) -> None:
    stand_in.build(tmp_path / "tiny")
    levelled.make(tmp_path / "data", {1: 6, 2: 6})
    general = tmp_path / "general.jsonl"
    row = json.loads((tmp_path / "data/swift/train.jsonl").read_text("utf-8").splitlines()[0])
    general.write_text((json.dumps(row, ensure_ascii=False) + "\n") * 8, "utf-8")
    wanted = {"GENERAL": f"{general}#6"}

    child = start(tmp_path, **wanted)
    second = tmp_path / "run/stages/1-level-1"
    end = time.monotonic() + 240
    while not (second / "checkpoint-1/trainer_state.json").exists():
        assert child.poll() is None and time.monotonic() < end, child.communicate()[0]
        time.sleep(0.05)
    swift = int((second / ".train.lock").read_text("utf-8"))
    os.killpg(child.pid, signal.SIGKILL)  # the script and train.sh; swift has a group of its own, and is killed too
    os.killpg(swift, signal.SIGKILL)
    child.communicate(timeout=60)
    general_log = (tmp_path / "run/stages/0-general/logging.jsonl").read_bytes()

    child = start(tmp_path, **wanted)
    said, _ = child.communicate(timeout=400)
    assert child.returncode == 0, said
    assert "stages/0-general: trained already, 2 steps" in said
    assert "going on from" in said and "merge.sh" in said.splitlines()[-1]
    assert (tmp_path / "run/stages/0-general/logging.jsonl").read_bytes() == general_log
    runs = [tmp_path / "run/stages/0-general", second, tmp_path / "run"]
    assert [step(run) for run in runs] == [2, 2, 2]
    losses = [first_loss(run) for run in runs]
    assert losses[2] < losses[0] - 1, f"{losses}: a stage begins where the one before ended"
    seen = json.loads((tmp_path / "run/last/args.json").read_text("utf-8"))
    assert seen["adapters"] == [str(second / "checkpoint-2")] or seen["adapters"] == [str(second / "last")]

    env = {k: v for k, v in os.environ.items() if k not in OURS} | {"OUT": str(tmp_path / "run"), "PARITY": "4"}
    done = subprocess.run(["bash", "shell/merge.sh"], cwd=REPO, env=env, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0 and "parity 4/4" in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "run/merged/model.safetensors").is_file()

    child = start(tmp_path, GENERAL=f"{general}#4")
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 1 and "begun with other" in said


def test_rows_of_the_general_sets(tmp_path: Path) -> None:
    from datasets import Dataset as Rows

    from swift_recipes.curriculum.general_sets import ASK, MostGiven

    (tmp_path / "a.png").write_bytes(levelled.picture(1))
    rows = Rows.from_list(
        [
            {"image": str(tmp_path / "a.png"), "question": "what brand? ", "answers": ["dakota", "Dakota", "dakota"]},
            {"image": str(tmp_path / "a.png"), "question": "what is it?", "answers": ["", "unanswerable", ""]},
            {"image": str(tmp_path / "a.png"), "question": "nobody knows", "answers": []},
        ]
    )
    made = MostGiven(columns={"image": "images"})(rows, num_proc=1, load_from_cache_file=False)
    assert [r["messages"][0]["content"] for r in made] == [f"<image>what brand?\n{ASK}", f"<image>what is it?\n{ASK}"]
    assert [r["messages"][1]["content"] for r in made] == ["dakota", "unanswerable"]
    assert made[0]["images"][0]["path"] == str(tmp_path / "a.png")


def test_swift_finds_them_by_name() -> None:
    from swift.dataset.dataset_syntax import DatasetSyntax

    from swift_recipes.curriculum import general_sets, stages

    for name in stages.SETS.values():
        found = DatasetSyntax.parse(f"{name}#5")
        meta = found.get_dataset_meta(use_hf=True)
        assert isinstance(meta.preprocess_func, general_sets.MostGiven)
        assert found.use_hf and found.dataset_sample == 5
