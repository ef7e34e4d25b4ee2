"""What leaves a training: merged adapters answer alike, a killed run ends as if it had not been, bnb quantises.

About four minutes on two cores: `swift` is imported once and forked (benchmarks/forked_swift.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from swift_recipes import stand_in
from swift_recipes.export import quant
from swift_recipes.rundir import read_kit_env
from tests.conftest import ROOT
from tests.swift_recipes.conftest import make_data

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in, and rows for fine-tuning and for rewards."""
    root = tmp_path_factory.mktemp("export")
    stand_in.build(root / "tiny")
    swift = make_data(root / "data") / "swift"
    rewarded = []
    for line in (swift / "train.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        solution = {"form": "mcq", "lang": "zh", "question": "?", "options": ["R1", "R2", "R3", "R4"], "answer": "A"}
        rewarded.append(json.dumps({**row, "messages": row["messages"][:1], "solution": json.dumps(solution)}))
    (swift / "grpo.jsonl").write_text("\n".join(rewarded) + "\n", "utf-8")
    return root


# One process for all that needs swift, which takes 20 s to import.
REAL = """
import sys
from dataclasses import fields
from benchmarks import merge_parity, resume
given = ["--model", sys.argv[1] + "/tiny", "--data", sys.argv[1] + "/data"]
resume.main([*given, "--methods", "full", "grpo"])
print("NEXT")
merge_parity.main([*given, "--kinds", "qlora", "vision", "--count", "8", "--steps", "4", "--teach", "20"])
print("NEXT")
import weakref
from pathlib import Path
from swift_recipes.export import asking, bases
load, models, alive = bases.load, [], []
def watched(*given):
    loaded = load(*given)
    models.append(weakref.ref(loaded[0]))
    return loaded
bases.load = watched
asking._empty_cuda_cache = lambda: alive.extend(model() is not None for model in models)
asking.answers(sys.argv[1] + "/tiny", asking.read_rows(Path(sys.argv[1], "data/swift/test.jsonl"), 1))
print(*alive)
print("NEXT")
from swift.arguments import ExportArguments
print(*(field.name for field in fields(ExportArguments)))
"""


@pytest.fixture(scope="module")
def real(place: Path) -> list[list[str]]:
    """Lines of the tables of both benchmarks, without heads; whether a model that was asked is still held when the
    GPU's memory is given back; names of the fields of `swift export`."""
    command = [sys.executable, "-c", REAL, str(place)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    resumed, merged, held, known = (part.strip().splitlines() for part in done.stdout.split("NEXT\n"))
    return [resumed[1:], merged[1:], held[-1].split(), known[-1].split()]


def test_a_killed_run_ends_as_if_it_had_not_been_killed(real: list[list[str]]) -> None:
    """LoRA and QLoRA: test_scripts_slow.py."""
    for line in real[0]:
        method, went_on_from, steps, epochs, losses, apart = line.split()
        one, two = steps.split("/")
        assert one == two == "6", line
        assert int(went_on_from) in (2, 4), line
        assert epochs.split("/")[0] == epochs.split("/")[1], f"other rows were seen: {line}"
        assert float(apart) <= 1e-4, f"{method}: another model came out: {line}"
        assert losses
    assert [line.split()[0] for line in real[0]] == ["full", "grpo"]


def test_merged_adapters_answer_alike(real: list[list[str]]) -> None:
    found = {(line.split()[0], line.split()[-3]): line.split()[-2] for line in real[1]}
    assert found["vision", "base"] == "8/8", real[1]
    assert int(found["qlora", "trained"].split("/")[0]) >= 7, real[1]


def test_a_model_that_was_asked_is_gone_before_the_next_is_loaded(real: list[list[str]]) -> None:
    """Else two of them lie in memory, and accelerate would count the first one's share of the GPU as taken."""
    assert real[2] == ["False"]


def test_swift_knows_every_flag_of_every_method(place: Path, real: list[list[str]]) -> None:
    for method in quant.METHODS:
        job = quant.plan(method, None, place / "tiny", None, place / "data")
        assert {flag.removeprefix("--") for flag in quant.flags(job, 8)[::2]} <= set(real[3])


def test_bnb_quantises_for_real(place: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("OUT", "BITS")} | {"QUANT": "bnb", "ASK": "8"}
    env |= {"MODEL": str(place / "tiny"), "DATA": str(place / "data")}
    command = ["bash", "shell/quantize.sh"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same answers" in done.stdout and "/8" in done.stdout
    made = place / "tiny-bnb-int4"
    config = json.loads((made / "config.json").read_text("utf-8"))["quantization_config"]
    assert config["load_in_4bit"] and "model.visual" in config["llm_int8_skip_modules"]
    assert read_kit_env(made)["MAX_PIXELS"] == read_kit_env(place / "tiny")["MAX_PIXELS"]
