"""A script that cannot work says so in one line before anything expensive starts."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
OURS = ("MODEL", "DATA", "OUT", "METHOD", "RECIPE", "FORCE", "MAX_PIXELS", "MAX_LENGTH", "PORT", "HOST", "LOG")
Run = Callable[..., str]


@pytest.fixture
def fails(tmp_path: Path, data: Path, fake_model: Path) -> Run:
    """Run a script with good settings but for those given; returns its one line of complaint."""

    def run(script: str, *flags: str, **settings: str) -> str:
        env = {k: v for k, v in os.environ.items() if k not in OURS}
        env |= {"MODEL": str(fake_model), "DATA": str(data), "OUT": str(tmp_path / "run")} | settings
        began = time.monotonic()
        done = subprocess.run(
            ["bash", f"shell/{script}", *flags], cwd=REPO, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode not in (0, 124), done.stdout
        assert time.monotonic() - began < 20, "nothing heavy is imported"
        lines = [x for x in done.stderr.splitlines() if x.strip()]
        assert len(lines) == 1, done.stderr
        return lines[0]

    return run


def test_missing_data(fails: Run, tmp_path: Path) -> None:
    assert "circuit-vqa synth" in fails("train_qlora.sh", DATA=str(tmp_path / "none"))


def test_missing_model_folder(fails: Run) -> None:
    for script in ("train_qlora.sh", "train_lora.sh"):
        assert "circuit-vqa recipes tiny" in fails(script, MODEL="models/none")


def test_a_large_model_without_a_gpu(fails: Run) -> None:
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    assert "needs an NVIDIA GPU" in fails("train_lora.sh", MODEL="Qwen/Qwen2.5-VL-3B-Instruct")


def test_out_that_cannot_be_written(fails: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert "another OUT" in fails("train_qlora.sh", OUT=str(tmp_path / "file" / "run"))


@pytest.mark.parametrize("to", ["run", "nowhere"])
def test_a_link_that_leads_back_to_itself_or_nowhere(fails: Run, tmp_path: Path, to: str) -> None:
    (tmp_path / "run").symlink_to(tmp_path / to)
    for script in ("train_qlora.sh", "merge.sh", "infer.sh"):
        said = fails(script, OUT=str(tmp_path / "run" / "inner"))
        assert f"the link {tmp_path}/run leads nowhere" in said and "another OUT" in said


def test_full_disk(fails: Run, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "train.log").symlink_to("/dev/full")
    (tmp_path / "model" / "stand_in.json").write_text("{}", "utf-8")
    assert "free the disk" in fails("train_qlora.sh")


def test_two_trainings_in_one_folder(fails: Run, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / ".train.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "kill -- -4711" in fails("train_qlora.sh")


def test_a_port_that_is_none(fails: Run) -> None:
    for port in ("abc", "0", "99999"):
        assert f"PORT={port}" in fails("deploy.sh", OUT="", PORT=port)


def test_relative_paths_are_the_callers(tmp_path: Path, data: Path, fake_model: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in OURS} | {"DATA": "data", "OUT": "of me", "MODEL": "model"}
    (fake_model / "stand_in.json").write_text("{}", "utf-8")
    (tmp_path / "of me").mkdir()
    (tmp_path / "of me" / "train.log").symlink_to("/dev/full")  # ends before swift is called
    done = subprocess.run(
        ["bash", str(REPO / "shell" / "train_qlora.sh")], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert f"MODEL={fake_model} DATA={data} OUT={tmp_path}/of me " in done.stdout
    assert "free the disk" in done.stderr, done.stderr


def test_limits_that_are_no_numbers(fails: Run) -> None:
    assert "MAX_PIXELS=many" in fails("train_qlora.sh", MAX_PIXELS="many")


def test_unknown_recipe(fails: Run) -> None:
    assert "tiny/qlora" in fails("train_qlora.sh", RECIPE="nano/qlora")


def test_methods_that_are_none_or_do_not_go_together(fails: Run) -> None:
    assert "no part 'pakcing'" in fails("train.sh", METHOD="lora+pakcing")
    assert "does not go with full" in fails("train.sh", METHOD="full+rslora")
    assert "nano" in fails("train.sh", METHOD="nano")


def test_a_recipe_that_swift_would_stop_at_does_not_start(fails: Run) -> None:
    said = fails("train_lora.sh", "--packing", "true")
    assert "flags:1: error: packing" in said
    assert "attn_impl: flash_attention_2" in said


def test_merging_and_asking_before_training(fails: Run) -> None:
    assert "train first" in fails("merge.sh")
    assert "go together" in fails("infer.sh", "--picture", "x.png")
    assert "is not there" in fails("infer.sh", "--picture", "x.png", "--question", "R1?")


def test_deploying_before_merging(fails: Run) -> None:
    assert "merge.sh" in fails("deploy.sh")


def test_an_occupied_port(fails: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "is taken" in fails("deploy.sh", OUT="", PORT=str(taken.getsockname()[1]))


@pytest.mark.parametrize("path", sorted((REPO / "shell").glob("*.sh")), ids=lambda p: p.name)
def test_scripts_are_short_and_strict(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= (90 if path.name in ("common.sh", "quickstart.sh") else 60)
    strict = any(sign in text for sign in ("set -euo pipefail", "common.sh", "train.sh", "Sourced by eval.sh"))
    assert strict, f"{path.name} goes on after a fault"


@pytest.mark.parametrize("flags", [("--hub_token", "hidden"), ("--swanlab-secret=hidden",), ("--a_password", "hidden")])
def test_a_key_among_the_flags_is_refused_before_anything_is_printed(
    fails: Run, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    said = fails("train_lora.sh", *flags)
    assert flags[0].split("=")[0] in said and "hidden" not in said
    assert not (tmp_path / "run").exists()
