"""GRPO raises the mean reward of the rows it trains on: the benchmark's arithmetic, and on the stand-in for real."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import grpo_reward as bench
from qa.dataset import Dataset
from qa.errors import KitError
from swift_recipes import stand_in
from swift_recipes.seeing.weights import FILE
from tests.command_line import said
from tests.swift_recipes.conftest import REPO

FAMILIES = "voltage_divider,rc_low_pass"
"""Two that the pretrained stand-in has seen: some of its sampled answers are right, some wrong."""


def make(root: Path, *words: str) -> Path:
    """A dataset folder of drawn circuits, split and exported."""
    for command in (
        ["circuits", *words, "--seed", "0", "--out"],
        ["split", "--val", "0.05", "--test", "0.3"],
        ["export"],
    ):
        said("synth", *command, root)
    return root


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("reward") / "data", "--count", "12", "--families", FAMILIES)


def test_rows_are_those_of_the_export_and_held_out_ones_lie_in_the_test_split(data: Path) -> None:
    sets = bench.chosen(Dataset(data), [1], 10, 20, seed=0)
    exported = set((data / "swift" / "grpo.jsonl").read_text("utf-8").splitlines())
    trained = [json.dumps(r, ensure_ascii=False) for r in sets["trained"]]
    assert len(trained) == 10 and set(trained) <= exported
    pictures = {p for r in sets["trained"] for p in r["images"]}
    held = {p for r in sets["held out"] for p in r["images"]}
    assert held and not held & pictures
    tests = {i.pictures[0] for i in Dataset(data).items() if i.split == "test"}
    assert {Path(p).name for p in held} <= {Path(p).name for p in tests}
    assert bench.chosen(Dataset(data), [1], 10, 20, seed=0) == sets != bench.chosen(Dataset(data), [1], 10, 20, seed=1)


def test_a_folder_without_such_questions_is_one_line(data: Path) -> None:
    with pytest.raises(KitError, match="no questions of level"):
        bench.chosen(Dataset(data), [], 10, 20, seed=0)


def test_only_questions_answered_now_right_now_wrong_have_something_to_teach() -> None:
    asked = [bench.Answered("a", {"reward": 0.3, "circuit_answer": 0.5}, {}, x) for x in (0.0, 1.0, 0.0, 0.5)]
    assert bench.undecided(asked) == [1, 3]
    with pytest.raises(KitError, match="none is answered now right, now wrong"):
        bench.undecided(asked[:1])


def test_held_out_questions_are_of_the_families_that_are_trained_on(data: Path) -> None:
    def keep(rows: bench.Rows) -> list[int]:
        assert len(rows) > 4, "more are looked at than are trained on"
        return [n for n, r in enumerate(rows) if Path(r["images"][0]).name in of_one]

    items = [i for i in Dataset(data).items() if i.level == 1]
    of_one = {Path(i.pictures[0]).name for i in items if i.origin.family == "voltage_divider"}
    sets = bench.chosen(Dataset(data), [1], 4, 50, seed=0, keep=keep)
    assert 0 < len(sets["trained"]) <= 4 and sets["held out"]
    assert {Path(r["images"][0]).name for rows in sets.values() for r in rows} <= of_one


def test_the_interval_counts_pictures_not_rows() -> None:
    few = [("a", 0.0, 1.0)] * 50 + [("b", 0.0, 0.0)] * 50
    many = [(str(i), 0.0, float(i % 2)) for i in range(100)]
    low, high = bench.interval(few)
    assert (low, high) == (0.0, 1.0)
    low, high = bench.interval(many)
    assert 0.3 < low < 0.5 < high < 0.7
    assert bench.interval([("a", 0.5, 0.25), ("b", 0.75, 0.5)]) == (-0.25, -0.25)


def test_nothing_gained_is_said_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    same = [
        bench.Answered("a", {"reward": 0.5}, {"reward": 1.0}),
        bench.Answered("b", {"reward": 0.0}, {"reward": 0.0}),
    ]
    better = [
        bench.Answered("a", {"reward": 0.75}, {"reward": 1.0}),
        bench.Answered("b", {"reward": 0.5}, {"reward": 0.0}),
    ]
    values = {"per_device_train_batch_size": 32, "gradient_accumulation_steps": 1, "num_generations": 8,
              "learning_rate": 5e-4, "beta": 0, "temperature": 1.0}  # fmt: skip
    figures = {"curve": [{"step": 1, "reward": 0.5}], "sets": {"trained": bench.compared(same, same)}}
    assert bench.report(figures, values, "tiny") == 1
    assert "did NOT rise" in capsys.readouterr().out
    figures["sets"] = {"trained": bench.compared(same, better)}
    assert bench.report(figures, values, "tiny") == 0
    assert "+0.375" in capsys.readouterr().out


def test_a_step_that_was_logged_twice_counts_once(tmp_path: Path) -> None:
    log = tmp_path / "logging.jsonl"
    rows = [
        {"global_step/max_steps": f"{n}/3", "reward": r, "loss": 0.0}
        for n, r in ((1, 0.1), (2, 0.2), (2, 0.3), (3, 0.4))
    ]
    log.write_text("".join(json.dumps(r) + "\n" for r in [*rows, {"train_runtime": 1.0}]), "utf-8")
    assert bench.curve(log) == [{"step": 1, "reward": 0.1}, {"step": 2, "reward": 0.3}, {"step": 3, "reward": 0.4}]


@pytest.mark.slow
def test_grpo_raises_the_mean_reward_of_its_rows(data: Path, tmp_path: Path) -> None:
    """Eight questions that it sometimes gets right, 24 replies to each: what training by reward teaches must be seen in
    answers sampled anew."""
    stand_in.build(tmp_path / "tiny", weights=FILE)
    words = ["--model", str(tmp_path / "tiny"), "--data", str(data), "--out", str(tmp_path / "out")]
    words += ["--undecided", "--rows", "8", "--held-out", "4", "--steps", "6", "--rate", "1e-3", "--samples", "16"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.grpo_reward", *words], capture_output=True, text=True, cwd=REPO
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    figures = json.loads((tmp_path / "out" / "grpo_reward.json").read_text("utf-8"))
    assert figures["settings"]["undecided"] and figures["sets"]["trained"]["rows"] == 8
    before, after, low, _ = figures["sets"]["trained"]["reward"]
    assert after > before + 0.05 and low > 0, figures["sets"]["trained"]
    assert [s["step"] for s in figures["curve"]] == list(range(1, 7))
