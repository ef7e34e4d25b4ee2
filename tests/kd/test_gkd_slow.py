"""GKD for real, on two stand-ins: closer to the teacher than fine-tuning alone, each way of training, the script."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.swift_recipes.conftest import make_data

pytestmark = pytest.mark.slow
REPO = Path(__file__).parents[2]
OURS = ("MODEL", "DATA", "OUT", "METHOD", "RECIPE", "FORCE", "MAX_PIXELS", "MAX_LENGTH", "TEACHER", "LOG")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("gkd")
    data = make_data(root / "data", rows=64)
    shutil.copy(data / "swift" / "train.jsonl", data / "swift" / "gkd.jsonl")
    return root


@pytest.fixture(scope="module")
def ran(place: Path) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "tests.kd.run_gkd", str(place / "data"), str(place / "out")]
    done = subprocess.run(command, cwd=REPO, env=env(), capture_output=True, text=True, timeout=900)
    lines = [json.loads(x.removeprefix("SAID")) for x in done.stdout.splitlines() if x.startswith("SAID")]
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return {line.pop("what"): line for line in lines}


def env() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in OURS} | {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}


def test_gkd_brings_the_student_closer_to_its_teacher_than_fine_tuning_alone(ran: dict[str, dict[str, Any]]) -> None:
    found = ran["divergence"]
    assert found["gkd"] < found["sft"]
    assert found["gkd"] < found["student"]


def test_answers_of_its_own_teach_an_adapter(ran: dict[str, dict[str, Any]]) -> None:
    own = ran["own answers, LoRA"]
    assert own.get("error") is None
    assert len(own["losses"]) == 2
    assert all(loss > 0 for loss in own["losses"])
    assert own["own answers"], "completions.jsonl holds what the student wrote"


def test_a_quantised_student_learns_from_a_teacher_quantised_with_it(ran: dict[str, dict[str, Any]]) -> None:
    found = ran["QLoRA"]
    assert found.get("error") is None
    assert all(loss > 0 for loss in found["losses"])
    assert found["teacher 4-bit layers"] >= 6 * 7, "swift quantises both; the docs say so"


@pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is there: swift goes on and looks for the server")
def test_without_vllm_no_server_can_teach(ran: dict[str, dict[str, Any]]) -> None:
    assert "vLLM is not installed" in ran["server without vLLM"]["error"]


def test_the_transformers_backend_gives_nothing_to_learn_from(ran: dict[str, dict[str, Any]]) -> None:
    assert ran["served by transformers"]["prompt_logprobs"] is None, "so server.probe refuses it"


def test_the_script(place: Path, ran: dict[str, dict[str, Any]]) -> None:
    settings = {"MODEL": "small", "TEACHER": "teacher/last", "DATA": str(place / "data"), "OUT": "by-script"}
    script = ["bash", str(REPO / "shell" / "train_gkd.sh"), "--lmbda", "0", "--per_device_train_batch_size", "2"]
    done = subprocess.run([*script, "--max_steps", "2"], cwd=place / "out", env=env() | settings, capture_output=True,
                          text=True, timeout=400)  # fmt: skip
    assert "trained 2 steps" in done.stdout, done.stdout + done.stderr
    given = (place / "out" / "by-script" / "recipe.yaml").read_text("utf-8")
    assert f"teacher_model: {place}/out/teacher/" in given, "a path is taken from where the script was called"
    assert "gkd.jsonl" in given

    wrong = settings | {"TEACHER": "Qwen/Qwen3-VL-8B-Instruct", "OUT": "wrong"}
    done = subprocess.run(script, cwd=place / "out", env=env() | wrong, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "kd solutions" in done.stderr
    assert not (place / "out" / "wrong" / "train.log").exists()
