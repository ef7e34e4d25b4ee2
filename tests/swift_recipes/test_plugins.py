"""The rewards as ms-swift calls them: its sampler's own scoring, and two steps of its GRPO on the stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from swift_recipes import recipe, stand_in
from tests.swift_recipes.conftest import REPO, make_data
from tests.swift_recipes.warm_swift import WarmSwift

# A process of its own: swift changes much of what it imports.
CALL = """
import json, sys
from swift.pipelines.sampling.utils import get_reward
from swift.rewards import orms
from swift.utils import import_external_file
import_external_file(sys.argv[1])
asked = {"form": "mcq", "lang": "zh", "question": "R1?", "options": ["1", "2", "3", "4"], "answer": "B"}
replies = ["答案:B", "答案:C", "", None, [{"role": "assistant", "content": "B"}], "x" * 600]
columns = {"solution": [json.dumps(asked)] * len(replies), "images": [[]] * len(replies), "trainer_state": None}
said = {n: orms[n](args=None)(replies, **columns) for n in ("circuit_answer", "circuit_form", "circuit_length")}
try:
    orms["circuit_answer"]()(replies)
except Exception as e:
    said["without solution"] = str(e)
question = {"role": "user", "content": "<image>问题:R1?\\n选项:A. 1 B. 2 C. 3 D. 4"}
requests = [{"messages": [question, {"role": "assistant", "content": c}], "images": ["x.png"], "id": "1"}
            for c in ("答案:B", "选项A", "答案:B 2")]
scores, mask = get_reward(orms["circuit_answer_sample"](), requests, ground_truths=["答案:B"] * 3, threshold=0.0)
said["sample"], said["kept"] = scores.tolist(), mask.tolist()
print("SAID" + json.dumps(said))
"""


def environment(**more: str) -> dict[str, str]:
    paths = os.pathsep.join(p for p in (str(REPO), os.environ.get("PYTHONPATH", "")) if p)
    offline = {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": paths}
    return {k: v for k, v in os.environ.items() if k != "CIRCUIT_REWARD_CHARS"} | offline | more


def test_swift_calls_both_adapters(tmp_path: Path, swift: WarmSwift) -> None:
    done = swift(CALL, str(recipe.ROOT / "plugins.py"), cwd=tmp_path)
    lines = [line for line in done.stdout.splitlines() if line.startswith("SAID")]
    assert lines, done.stderr[-2000:]
    said = json.loads(lines[0].removeprefix("SAID"))
    assert said["circuit_answer"] == [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    assert said["circuit_form"] == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert said["circuit_length"] == [0.0, 0.0, 0.0, 0.0, 0.0, -1.0]
    assert "swift/grpo.jsonl" in said["without solution"]
    assert (said["sample"], said["kept"]) == ([1.0, 0.0, 1.0], [True, False, True])


@pytest.mark.slow
def test_two_steps_of_grpo_on_the_stand_in(tmp_path: Path) -> None:
    data, out = make_data(tmp_path / "data", rows=8), tmp_path / "out"
    stand_in.build(tmp_path / "tiny")
    rows = []
    for line in (data / "swift" / "train.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        user, assistant = row["messages"]
        asked = {
            "form": "mcq",
            "question": "R?",
            "options": ["R1", "R2", "R3", "R4"],
            "answer": assistant["content"][-1],
        }
        rows.append(json.dumps({"messages": [user], "images": row["images"], "solution": json.dumps(asked)}))
    (data / "swift" / "grpo.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    given = {"model": str(tmp_path / "tiny"), "dataset": [str(data / "swift" / "grpo.jsonl")],
             "output_dir": str(out), "max_length": stand_in.LENGTH, "max_steps": 2}  # fmt: skip
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe.load("tiny/grpo").to_yaml(given), "utf-8")

    # One free character: whatever the stand-in says, the length costs, so a reward that arrives can be seen.
    env = environment(CIRCUIT_REWARD_CHARS="1", MAX_PIXELS=str(stand_in.PIXELS))
    swift = Path(sys.executable).parent / "swift"
    done = subprocess.run(
        [str(swift), "rlhf", str(file), "--report_to", "none"], capture_output=True, text=True, env=env, cwd=tmp_path
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    logged = [json.loads(line) for line in (out / "logging.jsonl").read_text("utf-8").splitlines()]
    steps = [row for row in logged if "rewards/CircuitLength/mean" in row]
    assert len(steps) == 2
    for row in steps:
        assert -1.0 <= float(row["rewards/CircuitLength/mean"]) < 0.0
        total = sum(
            weight * float(row[f"rewards/Circuit{name}/mean"])
            for name, weight in (("Answer", 1.0), ("Form", 0.2), ("Length", 0.2))
        )
        assert float(row["reward"]) == pytest.approx(total, abs=1e-4)
    assert (out / "checkpoint-2" / "adapter_model.safetensors").is_file()
    assert (out / "completions.jsonl").read_text("utf-8").strip()
