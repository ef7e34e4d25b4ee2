"""The workflows of pull requests: what can be said of them without GitHub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / ".github" / "workflows"


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return found


def test_a_label_of_another_kind_ends_no_run() -> None:
    found = workflow("eval.yml")
    assert "concurrency" not in found  # one for the whole would let any label end a run that is asked for
    for name, job in found["jobs"].items():
        group = job["concurrency"]["group"]
        assert group.startswith(f"eval-{name}-") and "github.run_id" in group


def test_changed_prompts_are_compared_and_the_right_table_is_posted() -> None:
    jobs, comment = workflow("eval.yml")["jobs"], (FOLDER / "eval_comment.yml").read_text("utf-8")
    runs = [step.get("run", "") for step in jobs["stand-in"]["steps"]]
    for verb in ("eval compare", "eval gate"):  # other words are other data by their hash
        assert any(verb in run and "--anyway" in run for run in runs)
    assert any("synth export" in run for run in runs)
    written = {
        "stand-in": ("--out reports/compare.md", "new/reports/compare.md"),
        "gpu": ("OUT=reports/pr ", "pr/compare.md"),
    }
    for name, (flag, posted) in written.items():
        assert any(flag in step.get("run", "") for step in jobs[name]["steps"])
        assert f'"{posted}"' in comment
