"""The workflows of pull requests: what can be said of them without GitHub."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval.comment.__main__ import ARTIFACT, TABLE, WORKFLOWS
from eval.comment.body import TITLES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
JOBS = {"stand-in": "eval.yml", "gpu": "eval_gpu.yml"}


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return found


def steps(part: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow(JOBS[part])["jobs"][part]["steps"]
    return found


def test_they_are_workflows() -> None:
    command = shutil.which("check-jsonschema", path=Path(sys.executable).parent)
    if command is None:
        pytest.skip("check-jsonschema is not installed: pip install -e .[dev]")
    files = sorted(map(str, FOLDER.glob("*.yml")))
    done = subprocess.run(
        [command, "--builtin-schema", "vendor.github-workflows", *files], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_a_label_of_another_kind_ends_no_run() -> None:
    found = workflow("eval_gpu.yml")
    assert "concurrency" not in found  # one for the whole would let any label end a run that is asked for
    group = found["jobs"]["gpu"]["concurrency"]["group"]
    assert group.startswith("eval-gpu-") and "github.run_id" in group
    assert workflow("eval.yml")[True]["pull_request"].keys() == {"paths"}  # a label does not start it (`on` is true)


def test_changed_prompts_are_compared() -> None:
    runs = [step.get("run", "") for step in steps("stand-in")]
    for verb in ("eval compare", "eval gate"):  # other words are other data by their hash
        assert any(verb in run and "--anyway" in run for run in runs)
    assert any("synth export" in run for run in runs)


@pytest.mark.parametrize(
    ("part", "flag", "path"),
    [
        ("stand-in", "--out reports/compare.md", "new/reports/compare.md"),
        ("gpu", "OUT=reports/pr ", "reports/pr/compare.md"),
    ],
)
def test_the_table_of_each_run_is_what_the_comment_looks_for(part: str, flag: str, path: str) -> None:
    assert WORKFLOWS[f".github/workflows/{JOBS[part]}"] == part and part in TITLES
    assert any(flag in step.get("run", "") for step in steps(part))
    (table,) = [s["with"] for s in steps(part) if s.get("with", {}).get("name") == ARTIFACT + part]
    assert table["path"] == path and Path(path).name == TABLE  # a single file stands at the top of its artifact
    assert workflow(JOBS[part])["name"] in workflow("eval_comment.yml")[True]["workflow_run"]["workflows"]


def test_no_code_of_a_pull_request_meets_a_token_that_can_write() -> None:
    for path in FOLDER.glob("*.yml"):
        found = workflow(path.name)
        assert "pull_request_target" not in found[True]
        jobs = [found, *found["jobs"].values()]
        writing = any("write" in str(job.get("permissions", "read")) for job in jobs)
        assert "permissions" in found and writing == (path.name == "eval_comment.yml")
        for job in found["jobs"].values():
            for step in job["steps"]:
                assert "github.event" not in step.get("run", "")  # what a stranger wrote would be run by the shell
                if path.name.startswith("eval") and step.get("uses", "").startswith("actions/checkout"):
                    assert step["with"]["persist-credentials"] is False
    comment = workflow("eval_comment.yml")
    (job,) = comment["jobs"].values()
    assert not any("ref" in step.get("with", {}) or "repository" in step.get("with", {}) for step in job["steps"])
    assert [step["run"] for step in job["steps"] if "run" in step] == ["python3 -m eval.comment"]
    assert comment["concurrency"]["cancel-in-progress"] is False
    assert "head_branch" in comment["concurrency"]["group"]
