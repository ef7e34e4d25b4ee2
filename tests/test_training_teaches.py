"""Fine-tuning must teach: the pretrained stand-in answers more after it, on circuits of kinds it had never met."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FAMILIES = "two_mesh,summing_amplifier,non_inverting_amplifier"
CIRCUITS, STEPS, ASKED = 260, 160, 150
LEAST = 0.04
"""Of fill-ins, how many more must be right afterwards; 400 circuits and 200 steps give 0.25. A training whose
labels, pictures, rate or merge are broken gives nothing, or less than nothing."""

ASK = """
import json, os, sys
from pathlib import Path
from swift_recipes.export import asking
from swift_recipes.rundir import read_kit_env
os.environ |= read_kit_env(Path(sys.argv[1]))
rows = asking.read_rows(Path(sys.argv[3]), int(sys.argv[4]))
before, after = (asking.answers(model, rows) for model in sys.argv[1:3])
said = asking.compare(rows, before, after)
print(json.dumps({"asked": said.asked, "right": said.right}))
"""


def run(*command: str, **settings: str) -> str:
    env = {k: v for k, v in os.environ.items() if k not in ("DATA", "MODEL", "OUT", "NAME")} | settings
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_training_teaches(tmp_path: Path) -> None:
    model, data, out = (str(tmp_path / name) for name in ("tiny", "data", "run"))
    run("circuit-vqa", "recipes", "tiny", "--out", model)
    run(
        "circuit-vqa",
        "synth",
        "circuits",
        "--count",
        str(CIRCUITS),
        "--lang",
        "both",
        "--families",
        FAMILIES,
        "--out",
        data,
    )
    run("circuit-vqa", "synth", "split", data, "--val", "0.02", "--test", "0.25")
    run("circuit-vqa", "synth", "export", data)
    settings = {"MODEL": model, "DATA": data, "OUT": out}
    run("bash", "shell/train_qlora.sh", "--max_steps", str(STEPS), "--eval_strategy", "no", **settings)
    run("bash", "shell/merge.sh", **settings)
    fills = tmp_path / "fills.jsonl"
    with Path(data, "swift", "test.jsonl").open(encoding="utf-8") as rows:
        fills.write_text("".join(row for row in rows if "______" in row), "utf-8")
    said = json.loads(run(sys.executable, "-c", ASK, model, f"{out}/merged", str(fills), str(ASKED)).splitlines()[-1])
    before, after = said["right"]
    assert before > 0.2 * said["asked"], "the pretrained stand-in sees"
    assert after - before >= LEAST * said["asked"], said
