"""Stages of a curriculum: right rows at the right time, nothing of val or test, the same command goes on."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import KitError
from swift_recipes import recipe
from swift_recipes.commands.curriculum import read_levels
from swift_recipes.curriculum import rows, stages
from tests.swift_recipes import levelled

REPO = Path(__file__).parents[2]
LEVELS = {1: 8, 2: 6, 3: 4, 4: 6}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return levelled.make(tmp_path_factory.mktemp("levels") / "data", LEVELS)


def wanted(folder: Path, out: Path, **changed: object) -> stages.Wanted:
    return stages.Wanted(**({"model": "models/tiny", "data": folder, "out": out} | changed))  # type: ignore[arg-type]


def made(folder: Path, out: Path, method: str = "tiny/lora", **changed: object) -> list[stages.Stage]:
    return stages.make(recipe.load(method), wanted(folder, out, **changed))


def train_lines(data: Path) -> list[str]:
    return (data / "swift" / "train.jsonl").read_text("utf-8").splitlines()


def test_rows_go_by_the_level_of_their_item(folder: Path) -> None:
    found = rows.by_level(folder)
    assert {level: len(lines) for level, lines in found.items()} == LEVELS
    assert sorted(x for lines in found.values() for x in lines) == sorted(train_lines(folder))


def test_another_answer_or_path_is_still_the_same_question(tmp_path: Path) -> None:
    data = levelled.make(tmp_path / "d", {1: 2, 2: 2})
    changed = [json.loads(x) for x in train_lines(data)]
    for row in changed:
        row["messages"][1]["content"] = "先看图。答案:A"
        row["images"] = [{"path": "images/" + Path(row["images"][0]).name}]
    extra = {"messages": [{"role": "user", "content": "new?"}, {"role": "assistant", "content": "A"}], "images": []}
    text = "".join(json.dumps(r) + "\n" for r in [*changed, extra])
    (data / "swift" / "train.jsonl").write_text(text, "utf-8")
    assert {k: len(v) for k, v in rows.by_level(data).items()} == {1: 2, 2: 2, rows.UNKNOWN: 1}


def test_a_row_of_test_stops_it(tmp_path: Path) -> None:
    data = levelled.make(tmp_path / "d", {1: 2, 2: 2})
    leaked = (data / "swift" / "test.jsonl").read_text("utf-8").splitlines()[0]
    with (data / "swift" / "train.jsonl").open("a", encoding="utf-8") as f:
        f.write(leaked + "\n")
    with pytest.raises(KitError, match=r"train\.jsonl:5: this question is in test"):
        rows.by_level(data)


def test_a_general_set_with_a_held_out_picture_stops_it(tmp_path: Path, folder: Path) -> None:
    row = json.loads((folder / "swift" / "val.jsonl").read_text("utf-8").splitlines()[0])
    copy = tmp_path / "renamed.png"  # the same bytes under another name and question
    copy.write_bytes(Path(row["images"][0]).read_bytes())
    row = {
        "messages": [{"role": "user", "content": "other"}, {"role": "assistant", "content": "B"}],
        "images": [str(copy)],
    }
    general = tmp_path / "general.jsonl"
    general.write_text(json.dumps(row) + "\n", "utf-8")
    with pytest.raises(KitError, match="one of val or test"):
        made(folder, tmp_path / "out", general=(str(general),))


def test_easy_rows_come_first_and_some_come_again(folder: Path, tmp_path: Path) -> None:
    planned = made(folder, tmp_path / "out")
    assert [(s.name, s.count) for s in planned] == [
        ("1-level-1", 8), ("2-level-2", 6 + 4), ("3-level-3", 4 + 4 + 3), ("all", 24)
    ]  # fmt: skip
    first, second = planned[0].lines, planned[1].lines
    assert first is not None and second is not None
    assert len(set(second) & set(first)) == 4
    assert planned[-1].data == folder and planned[-1].out == tmp_path / "out", "the last stage is a plain run"
    assert made(folder, tmp_path / "out") == planned, "the same rows each time"


@given(st.lists(st.text(), unique=True, max_size=30), st.floats(0, 1), st.text())
def test_a_share_keeps_order_and_size(lines: list[str], share: float, seed: str) -> None:
    taken = rows.sample(lines, share, seed)
    assert len(taken) == round(len(lines) * share)
    assert taken == sorted(taken, key=lines.index)


def test_general_sets_go_first_and_to_swift_as_they_are(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    mine.write_bytes((folder / "swift" / "train.jsonl").read_bytes())
    planned = made(folder, tmp_path / "out", general=("textvqa#500", f"{mine}#10"), levels=())
    assert [(s.name, s.count) for s in planned] == [("0-general", 510), ("all", 24)]
    flags = planned[0].flags
    assert flags[:3] == ("--dataset", "hf::lmms-lab/textvqa#500", f"{mine}#10")
    assert Path(flags[flags.index("--external_plugins") + 1]).is_file()
    assert made(folder, tmp_path / "out", general=("vizwiz",), levels=())[0].count is None, "only the hub knows"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"general": ("nosuch#5",)}, "textvqa"),
        ({"general": ("#5",)}, "is no set"),
        ({"general": ("none.jsonl#5",)}, "no such file"),
        ({"levels": (7,)}, "there are: 1, 2, 3, 4"),
        ({"replay": 1.5}, "from 0 to 1"),
        ({"epochs": 0.0}, "more than 0"),
    ],
)
def test_what_cannot_be_planned_is_said(folder: Path, tmp_path: Path, changed: dict[str, object], words: str) -> None:
    with pytest.raises(KitError, match=words):
        made(folder, tmp_path / "out", **changed)


def test_not_for_training_by_reward(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KitError, match="lora, qlora or full"):
        made(folder, tmp_path / "out", "tiny/grpo")


def test_steps_are_those_of_the_trainer(folder: Path, tmp_path: Path) -> None:
    real = made(folder, tmp_path / "out", "qwen2_5_vl_3b/lora", flags=("--gradient_accumulation_steps", "2"))
    assert [s.steps for s in real] == [2, 3, 3, 12], "2 x 2 rows a step; one pass, the last stage two"
    short = made(folder, tmp_path / "out", flags=("--max_steps=3",))
    assert [s.steps for s in short] == [3, 3, 3, 3]
    assert "together 12 steps; the last stage alone, a plain run, takes 3" in stages.table(short)[-1]


def listed(folder: Path, out: Path, method: str) -> list[list[str]]:
    want = wanted(folder, out, levels=(1,), flags=("--max_steps", "2"))
    found = recipe.load(method)
    path = stages.write(stages.make(found, want), want, found)
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()]


def test_an_adapter_is_handed_on(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, last = listed(folder, out, "tiny/qlora")
    assert first[3:] == ["models/tiny", "--max_steps", "2", "--num_train_epochs", "1"]
    assert last == ["all", str(out), str(folder), "models/tiny", "--adapters", f"{out}/stages/1-level-1/last",
                    "--max_steps", "2"]  # fmt: skip
    written = train_lines(Path(first[2]))
    assert len(written) == 8 and set(written) <= set(train_lines(folder))
    assert (Path(first[2]) / "swift/val.jsonl").read_bytes() == (folder / "swift/val.jsonl").read_bytes()


def test_whole_weights_are_handed_on(folder: Path, tmp_path: Path) -> None:
    _, last = listed(folder, tmp_path / "out", "tiny/full")
    assert last[3] == f"{tmp_path / 'out'}/stages/1-level-1/last"
    assert "--adapters" not in last


def test_other_stages_in_a_begun_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    listed(folder, out, "tiny/lora")
    found, other = recipe.load("tiny/lora"), wanted(folder, out, levels=(1,), replay=0.25)
    planned = stages.make(found, other)
    stages.write(planned, other, found)  # nothing trained yet: the plan may change
    checkpoint = planned[0].out / "checkpoint-2"
    checkpoint.mkdir()
    (checkpoint / "adapter_model.safetensors").write_bytes(b"1")
    (checkpoint / "trainer_state.json").write_text("{}", "utf-8")
    stages.write(planned, other, found)
    again = wanted(folder, out, levels=(1,), replay=0.75)
    with pytest.raises(KitError, match=r"REPLAY.*FORCE=1"):
        stages.write(stages.make(found, again), again, found)
    stages.write(stages.make(found, again), again, found, force=True)


def test_levels_are_read() -> None:
    assert read_levels("") is None
    assert read_levels("none") == ()
    assert read_levels("1, 3") == (1, 3)
    for bad in ("easy", "1 1", "0", "1 none"):
        with pytest.raises(KitError, match="LEVELS="):
            read_levels(bad)


def script(folder: Path, out: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("RECIPE", "GENERAL", "LEVELS", "REPLAY", "FORCE")}
    env |= {"MODEL": "Qwen/Qwen2.5-VL-3B-Instruct", "DATA": str(folder), "OUT": str(out), "METHOD": "lora"} | settings
    command = ["bash", "shell/train_curriculum.sh"]
    return subprocess.run(command, cwd=REPO, env=env, capture_output=True, text=True, timeout=60)


def test_the_script_prints_the_plan_and_starts_nothing(folder: Path, tmp_path: Path) -> None:
    done = script(folder, tmp_path / "out", PLAN="only")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("together 7 steps")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["stages"]


def test_the_script_says_in_a_line_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    done = script(folder, tmp_path / "out", LEVELS="easy")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "LEVELS=easy" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_general_file_below_a_folder_with_a_blank(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "my work"
    place.mkdir()
    (place / "other.jsonl").write_text((folder / "swift" / "train.jsonl").read_text("utf-8"), "utf-8")
    ours = ("RECIPE", "METHOD", "LEVELS", "GENERAL", "FORCE", "NPROC_PER_NODE", "NNODES", "MAX_PIXELS", "MAX_LENGTH")
    env = {k: v for k, v in os.environ.items() if k not in ours}
    env |= {"GENERAL": "other.jsonl#3 textvqa#5", "DATA": str(folder), "OUT": str(tmp_path / "out"), "PLAN": "only"}
    script = REPO / "shell" / "train_curriculum.sh"
    done = subprocess.run(["bash", script], cwd=place, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "other.jsonl#3, hf::lmms-lab/textvqa#5" in done.stdout


def test_lines_end_at_line_breaks_only(tmp_path: Path) -> None:
    data = levelled.make(tmp_path / "d", {1: 2, 2: 2})
    path = data / "swift" / "train.jsonl"
    row = json.loads(train_lines(data)[0])
    row["messages"][1]["content"] = "so:\u2028A"
    text = json.dumps(row, ensure_ascii=False)
    path.write_text("\n".join([text, *train_lines(data)[1:]]) + "\n", "utf-8")
    assert text in rows.by_level(data)[1]


def test_plugins_of_the_run_stay_beside_those_of_the_sets(folder: Path, tmp_path: Path) -> None:
    planned = made(folder, tmp_path / "out", "tiny/lora+zero3", general=("textvqa#5",))
    at = planned[0].flags.index("--external_plugins")
    assert [Path(p).name for p in planned[0].flags[at + 1 : at + 3]] == ["cpu_ranks.py", "general_sets.py"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"epochs": float("inf")}, "STAGE_EPOCHS=inf"),
        ({"epochs": float("nan")}, "STAGE_EPOCHS=nan"),
        ({"flags": ("--per_device_train_batch_size", "0")}, "per_device_train_batch_size=0"),
        ({"flags": ("--gradient_accumulation_steps=-2",)}, "gradient_accumulation_steps=-2"),
        ({"flags": ("--num_train_epochs", "nan")}, "num_train_epochs=nan"),
        ({"flags": ("--max_steps", "inf")}, "max_steps=inf"),
        ({"out": Path("a\tb")}, "no tab"),
    ],
)
def test_numbers_that_count_no_steps_are_refused(
    folder: Path, tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(KitError, match=words):
        made(folder, **({"out": tmp_path / "run"} | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["\u00b2", "1 \u00b2", "\u0663", "99999999999"])
def test_levels_are_plain_digits(text: str) -> None:
    with pytest.raises(KitError, match="LEVELS="):
        read_levels(text)


def test_a_torn_plan_counts_as_begun_with_other_stages(folder: Path, tmp_path: Path) -> None:
    want, loaded = wanted(folder, tmp_path / "run"), recipe.load("tiny/lora")
    planned = stages.make(loaded, want)
    stages.write(planned, want, loaded)
    (want.out / "stages" / "plan.json").write_text('{"model": "mod', "utf-8")
    stages.write(planned, want, loaded)  # nothing was trained yet
    checkpoint = planned[0].out / "checkpoint-2"
    checkpoint.mkdir(parents=True)
    (checkpoint / "adapter_model.safetensors").write_bytes(b"1")
    (checkpoint / "trainer_state.json").write_text("{}", "utf-8")
    (want.out / "stages" / "plan.json").write_text('{"model": "mod', "utf-8")
    with pytest.raises(KitError, match="begun with other"):
        stages.write(planned, want, loaded)
