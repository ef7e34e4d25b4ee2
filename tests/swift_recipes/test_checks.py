"""What would fail after minutes fails at once, in one line that says how to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.errors import KitError
from swift_recipes import checks


def fails(call: object, *args: object) -> str:
    with pytest.raises(KitError) as e:
        call(*args)  # type: ignore[operator]
    assert "\n" not in str(e.value)
    return str(e.value)


def test_good_rows_are_counted(data: Path) -> None:
    assert checks.check_rows(data / "swift" / "train.jsonl") == 40


def test_bad_rows_are_named_by_line(data: Path) -> None:
    path = data / "swift" / "train.jsonl"
    good = path.read_text("utf-8").splitlines()
    for bad, word in (("{", "not a row"), ('{"images": []}', "messages"), ('{"messages": 1}', "lists")):
        path.write_text("\n".join([good[0], bad]) + "\n", "utf-8")
        said = fails(checks.check_rows, path)
        assert f"{path}:2" in said
        assert word in said
        assert "circuit-vqa synth export" in said


def test_missing_and_empty_rows(data: Path) -> None:
    path = data / "swift" / "train.jsonl"
    path.write_text("\n", "utf-8")
    assert "no rows" in fails(checks.check_rows, path)
    path.unlink()
    assert "circuit-vqa synth" in fails(checks.check_rows, path)


def test_missing_and_truncated_pictures(data: Path) -> None:
    path = data / "swift" / "train.jsonl"
    third = Path(json.loads(path.read_text("utf-8").splitlines()[2])["images"][0])
    whole = third.read_bytes()
    third.write_bytes(whole[: len(whole) // 2])
    said = fails(checks.check_rows, path)
    assert f"{path}:3" in said
    assert "cannot be read" in said
    third.unlink()
    assert "is not there" in fails(checks.check_rows, path)


def test_relative_pictures_lie_under_root_image_dir(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = data / "swift" / "test.jsonl"
    path.write_text(path.read_text("utf-8").replace(str(data) + "/", ""), "utf-8")
    assert "is not there" in fails(checks.check_rows, path)
    monkeypatch.setenv("ROOT_IMAGE_DIR", str(data))
    assert checks.check_rows(path) == 8


def test_model_folders(fake_model: Path, tmp_path: Path) -> None:
    checks.check_model(str(fake_model))
    checks.check_model("Qwen/Qwen2.5-VL-3B-Instruct")
    assert "circuit-vqa recipes tiny" in fails(checks.check_model, str(tmp_path / "none"))
    assert "no such model folder" in fails(checks.check_model, "models/none")
    (fake_model / "model.safetensors").unlink()
    assert "no weights" in fails(checks.check_model, str(fake_model))
    (fake_model / "config.json").write_text('{"model_type": "llama"}', "utf-8")
    assert "llama" in fails(checks.check_model, str(fake_model))
    (fake_model / "config.json").write_text("{", "utf-8")
    assert "not JSON" in fails(checks.check_model, str(fake_model))
    (fake_model / "config.json").unlink()
    assert "config.json" in fails(checks.check_model, str(fake_model))
    (fake_model / "adapter_config.json").write_text("{}", "utf-8")
    assert "merge.sh" in fails(checks.check_model, str(fake_model))


def test_disk(tmp_path: Path) -> None:
    checks.check_disk(tmp_path / "a" / "b", 0)
    assert "free disk" in fails(checks.check_disk, tmp_path, 10**9)
    (tmp_path / "file").write_text("", "utf-8")
    assert "is a file" in fails(checks.check_disk, tmp_path / "file" / "run", 0)
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert "leads nowhere or back to itself" in fails(checks.check_disk, tmp_path / "round" / "run", 0)


def fake_smi(folder: Path, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    smi = folder / "nvidia-smi"
    smi.write_text(f"#!/bin/sh\nprintf '{lines}'\n", "utf-8")
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_a_large_model_wants_a_gpu_with_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = "Qwen/Qwen2.5-VL-3B-Instruct"
    fake_smi(tmp_path, "", monkeypatch)
    assert "needs an NVIDIA GPU" in fails(checks.check_machine, large, 20, 0)
    checks.check_machine(large, 20, 0, True)
    fake_smi(tmp_path, "0, 24576, 8192\\n1, 24576, 24000\\n", monkeypatch)
    checks.check_machine(large, 20, 0)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert "8.0 GB are left" in fails(checks.check_machine, large, 20, 0)


def test_a_small_model_runs_anywhere(fake_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_smi(tmp_path, "", monkeypatch)
    checks.check_machine(str(fake_model), 0, 0)
    assert "free memory" in fails(checks.check_machine, str(fake_model), 0, 10**9)


def test_free_memory_is_what_the_system_says(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   3145728 kB\n", "utf-8")
    assert checks.free_ram_gb(tmp_path / "meminfo") == 3.0
    assert checks.free_ram_gb(tmp_path / "none") is None


@pytest.mark.parametrize("text", ["[]", "5", "{", "[" * 100_000, '{"model_type": 3}'], ids=str.__len__)
def test_a_config_that_is_none(fake_model: Path, text: str) -> None:
    (fake_model / "config.json").write_text(text, "utf-8")
    assert str(fake_model) in fails(checks.check_model, str(fake_model))
