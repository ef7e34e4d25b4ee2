"""Flags for swift as its parser reads them; those that are the scripts' own, and rows that may not be trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.errors import KitError
from swift_recipes import flags, held_out, recipe, rundir
from swift_recipes.lint import check


def test_words_behind_a_key_whichever_way_it_is_written() -> None:
    given = ["--report_to", "tensorboard", "wandb", "--lr=1e-4", "--a-b", "-1", "--use_cpu", "--lr", "2e-4"]
    assert flags.read(given) == {"report_to": ["tensorboard", "wandb"], "lr": ["2e-4"], "a_b": ["-1"], "use_cpu": []}
    assert flags.word(given, "lr") == "2e-4" and flags.word(given, "none") == ""
    assert flags.on(given, "use_cpu") and not flags.on(["--use_cpu", "false"], "use_cpu")


@pytest.mark.parametrize("flag", ["--max_length", "--max-length=4096", "--output_dir", "--model"])
def test_what_is_kept_beside_the_weights_is_no_flag(flag: str) -> None:
    with pytest.raises(KitError, match=r"set .*=… instead"):
        flags.refuse_settings(["--lora_rank", "8", flag, "x"])


def test_traps_see_a_flag_with_an_equals_sign() -> None:
    with pytest.raises(KitError, match="ZeRO-3"):
        check.stop("qwen2_5_vl_3b/qlora", ["--deepspeed=zero3"])


def test_a_run_is_known_by_the_rows_it_trains_on(data: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text((data / "swift" / "train.jsonl").read_text("utf-8"), "utf-8")
    given = ["--dataset", f"{own}#20"]
    assert flags.files([*given, "hf::a/b#3"]) == [own]

    def mark() -> str:
        found = recipe.load("tiny/lora")
        return rundir.mark_of(rundir.run_settings(found, "models/tiny", data, tmp_path / "run", 784, 512, given))

    before = mark()
    assert mark() == before
    own.write_text(own.read_text("utf-8").replace("R1", "R9"), "utf-8")
    assert mark() != before, "other rows of the same name are another run"


def test_rows_on_a_held_out_picture_are_refused(data: Path, tmp_path: Path) -> None:
    other, same = tmp_path / "other.jsonl", tmp_path / "same.jsonl"
    row = json.loads((data / "swift" / "test.jsonl").read_text("utf-8").splitlines()[0])
    copy = tmp_path / "renamed.png"
    copy.write_bytes(Path(row["images"][0]).read_bytes())
    same.write_text(json.dumps(row | {"images": [str(copy)]}) + "\n", "utf-8")
    with pytest.raises(KitError, match=r"same\.jsonl:1: its picture is one of val or test"):
        held_out.refuse(same, data)
    copy.write_bytes(copy.read_bytes() + b" ")
    other.write_text(same.read_text("utf-8"), "utf-8")
    held_out.refuse(other, data)
