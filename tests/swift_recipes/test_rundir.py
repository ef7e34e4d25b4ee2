"""A run knows its settings, its newest whole checkpoint, and whether it is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from qa.errors import KitError
from swift_recipes import recipe, rundir


def checkpoint(out: Path, step: int, state: str = '{"global_step": 1}') -> Path:
    folder = out / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "adapter_model.safetensors").write_bytes(b"x")
    if state:
        (folder / "trainer_state.json").write_text(state, "utf-8")
    return folder


def start(
    data: Path, out: Path, flags: tuple[str, ...] = (), force: bool = False, pixels: int = 784
) -> tuple[str, str]:
    return rundir.begin(recipe.load("tiny/qlora"), "models/tiny", data, out, pixels, 512, list(flags), force)


def test_a_checkpoint_cut_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    assert rundir.last_checkpoint(tmp_path) is None
    whole = checkpoint(tmp_path, 9)
    checkpoint(tmp_path, 10, state="")
    checkpoint(tmp_path, 11, state='{"global_step"')
    (tmp_path / "checkpoint-x").mkdir()
    assert rundir.last_checkpoint(tmp_path) == whole
    assert rundir.last_checkpoint(tmp_path) != checkpoint(tmp_path, 100)
    assert rundir.link_last(tmp_path) == tmp_path / "checkpoint-100"
    assert (tmp_path / "last").resolve() == tmp_path / "checkpoint-100"
    assert rundir.link_last(tmp_path) is not None, "linking again replaces the link"


def test_a_run_begins_goes_on_and_ends(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert start(data, out) == ("new", "")
    assert "MAX_PIXELS=784\n" in (out / "kit.env").read_text("utf-8")
    assert start(data, out) == ("new", ""), "no checkpoint yet: from the beginning"
    checkpoint(out, 40)
    assert start(data, out) == ("resume", str(out / "checkpoint-40"))
    checkpoint(out, 80)
    assert rundir.finish(out) == 80
    assert start(data, out) == ("finished", "80")


def test_other_settings_do_not_mix_into_a_run(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    start(data, out)
    checkpoint(out, 40)
    with pytest.raises(KitError, match=r"flags.*FORCE=1"):
        start(data, out, ("--max_steps", "9"))
    with pytest.raises(KitError, match="max_pixels"):
        start(data, out, pixels=999)
    with (data / "swift" / "train.jsonl").open("a", encoding="utf-8") as f:
        f.write("{}\n")
    with pytest.raises(KitError, match="train_rows"):
        start(data, out)
    assert start(data, out, force=True)[0] == "resume"
    assert start(data, out)[0] == "resume", "the new settings are the run's own now"


def test_a_run_without_a_checkpoint_is_not_done(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="without a checkpoint"):
        rundir.finish(tmp_path)


def test_training_by_reward_gets_questions_and_no_validation_rows(data: Path, tmp_path: Path) -> None:
    rows = data / "swift" / "grpo.jsonl"
    rows.write_text('{"messages": [], "solution": "{}"}\n', "utf-8")
    found, out = recipe.load("tiny/grpo"), tmp_path / "run"
    assert rundir.begin(found, "models/tiny", data, out, 784, 512, []) == ("new", "")
    given = yaml.safe_load((out / rundir.GIVEN).read_text("utf-8"))
    assert given["dataset"] == [str(rows)]
    assert "val_dataset" not in given
    assert rundir.train_rows(recipe.load("tiny/lora"), data).name == "train.jsonl"

    checkpoint(out, 2)
    rows.write_text('{"messages": [], "solution": "{ }"}\n', "utf-8")
    with pytest.raises(KitError, match="other settings"):
        rundir.begin(found, "models/tiny", data, out, 784, 512, [])


def test_validation_rows_are_used_where_there_are_some(data: Path) -> None:
    assert "val_dataset" in rundir.swift_keys("a/b", data, Path("o"), 512)
    (data / "swift" / "val.jsonl").write_text("", "utf-8")
    assert "val_dataset" not in rundir.swift_keys("a/b", data, Path("o"), 512)


def test_merged_weights_do_not_say_they_are_in_4_bits(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    start(data, out)
    (out / ".merging").mkdir()
    (out / ".merging" / "args.json").write_text('{"quant_method": "bnb", "quant_bits": 4, "seed": 1}', "utf-8")
    merged = rundir.seal(out, out / "checkpoint-80")
    args = json.loads((merged / "args.json").read_text("utf-8"))
    assert args == {"quant_method": None, "quant_bits": None, "seed": 1}
    assert (merged / "kit.env").read_text("utf-8") == "FROM=checkpoint-80\nONTO=plain\nMAX_PIXELS=784\nMAX_LENGTH=512\n"


@pytest.mark.parametrize("text", [None, "{", "[]", '{"mark": "x"}', '{"mark": "x", "settings": [], "finished": 40}'])
def test_a_checkpoint_of_unknown_settings_is_not_gone_on_from(data: Path, tmp_path: Path, text: str | None) -> None:
    out = tmp_path / "run"
    checkpoint(out, 40)
    if text is not None:
        (out / "run.json").write_text(text, "utf-8")
    with pytest.raises(KitError, match=r"checkpoint-40, but run\.json.*FORCE=1"):
        start(data, out)
    assert start(data, out, force=True) == ("resume", str(out / "checkpoint-40"))
