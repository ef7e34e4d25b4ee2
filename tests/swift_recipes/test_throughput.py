"""The throughput benchmark: both commands train alike, and a ratio of unlike ones is refused."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import gpu_throughput as bench
from qa.errors import KitError
from swift_recipes import recipe
from tests.swift_recipes import levelled

REPO = Path(__file__).parents[2]


def arguments(tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(model=tmp_path / "m", data=tmp_path, max_length=512, steps=3, tiny=True)


def flag(command: list[str], name: str) -> str:
    return command[command.index(f"--{name}") + 1]


def test_both_commands_have_the_same_quality(tmp_path: Path) -> None:
    found = recipe.load("tiny/lora")
    first = bench.plain(arguments(tmp_path), found.values)
    second = bench.ours(arguments(tmp_path), found, tmp_path / "ours")
    for name in (
        "lora_rank",
        "lora_alpha",
        "learning_rate",
        "max_length",
        "max_steps",
        "seed",
        "dataset",
        "freeze_vit",
    ):
        assert flag(first, name) == flag(second, name)
    assert flag(first, "gradient_accumulation_steps") == "16", "one row at a time, as many a step"
    assert "padding_side: left" in Path(second[2]).read_text("utf-8")
    assert "--padding_side" not in first


@pytest.mark.parametrize("changed", [{"lora_rank": 8}, {"per_device_train_batch_size": 3}])
def test_unlike_runs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], changed: dict[str, Any]
) -> None:
    alike = {"lora_rank": 16, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 8}

    def measured(command: list[str], out: Path, max_pixels: int) -> bench.Measured:
        plain = out.name.startswith("plain")
        return bench.Measured(1.0 if plain else 2.5, None, 1.0, alike if plain else alike | given)

    monkeypatch.setattr(bench, "measure", measured)
    monkeypatch.setattr(bench, "build_model", lambda folder, tiny: None)
    monkeypatch.setattr(sys, "argv", ["x", "--tiny", "--out", str(tmp_path), "--data", str(tmp_path)])
    given: dict[str, Any] = {}
    bench.main()
    said = capsys.readouterr().out
    assert "2.50" in said and "says nothing about a GPU" in said
    given = changed
    with pytest.raises(
        KitError, match=f"not the same quality settings.*{'lora_rank' if 'lora_rank' in changed else 'rows'}"
    ):
        bench.main()


def test_a_gpu_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench.machine, "gpus", list)
    monkeypatch.setattr(sys, "argv", ["x", "--out", str(tmp_path)])
    with pytest.raises(KitError, match="--tiny"):
        bench.main()


@pytest.mark.slow
def test_it_measures_the_stand_in(tmp_path: Path) -> None:
    data = levelled.make(tmp_path / "data", {1: 16, 2: 16})
    command = [sys.executable, "-m", "benchmarks.gpu_throughput", "--tiny", "--steps", "3"]
    command += ["--data", str(data), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()[-2:]
    assert first.startswith("plain swift sft") and second.startswith("tiny/lora")
    assert float(second.split()[-1]) > 0, "which is faster on a busy CPU is another matter"
    args = json.loads((tmp_path / "out/plain-0/args.json").read_text("utf-8"))
    assert args["per_device_train_batch_size"] == 1
