"""Posts the comment of a pull request, or puts it right. Run as: python -m eval.comment (in eval_comment.yml).

Every run of it gathers what all runs of `eval` and `eval gpu` on the commit have found by then and writes the whole
comment. So it does not matter which of them ends first, or whether a call in between is lost: the last one is right.
Only the standard library is needed: nothing is installed where a token is that may write.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.comment.body import MARK, Section, body
from eval.comment.github import MOST_ZIP, GitHub, GitHubError

API = "https://api.github.com"
WORKFLOWS = {".github/workflows/eval.yml": "stand-in", ".github/workflows/eval_gpu.yml": "gpu"}
"""File of a workflow -> its section."""
ARTIFACT, TABLE = "eval-table-", "compare.md"
"""The artifact with the table is called `eval-table-stand-in`, and holds this file."""
_NOTHING = ("skipped", "action_required", "stale", "neutral")
"""Ends of a run that was never begun."""


def main(environment: Mapping[str, str]) -> int:
    """Exit code: 0, or 1 with one line where GitHub cannot be asked."""
    try:
        file, repository, token = (environment[f"GITHUB_{x}"] for x in ("EVENT_PATH", "REPOSITORY", "TOKEN"))
    except KeyError as e:
        print(f"comment: {e.args[0]} is not set; this runs in .github/workflows/eval_comment.yml", file=sys.stderr)
        return 1
    run = json.loads(Path(file).read_bytes())["workflow_run"]
    try:
        print(post(GitHub(environment.get("GITHUB_API_URL", API), repository, token), run, repository))
    except GitHubError as e:
        print(f"comment: {e}", file=sys.stderr)
        return 1
    return 0


def post(github: GitHub, run: Mapping[str, Any], repository: str) -> str:
    """Write the comment of the pull request whose newest commit a finished run has checked; returns what was done."""
    if run["head_repository"] is None:
        return "the fork is gone: nothing is posted"
    commit, head = run["head_sha"], (run["head_repository"]["full_name"], run["head_branch"])
    # A run does not name the pull requests of forks: they are found by the commit that was checked.
    wanted = {"state": "open", "head": f"{run['head_repository']['owner']['login']}:{run['head_branch']}"}
    pulls = [
        p["number"]
        for p in github.pages("/pulls", **wanted)
        if p["head"]["sha"] == commit and (p["head"]["repo"] or {}).get("full_name") == head[0]
    ]
    if not pulls:
        return f"no open pull request stands at {commit[:10]} any more: nothing is posted"
    found = sections(github, commit, head, own=head[0] == repository)
    if not found:
        return f"no run on {commit[:10]} has anything to say"
    text = body(commit, found)
    return "; ".join(_put(github, number, text) for number in pulls)


def sections(github: GitHub, commit: str, head: tuple[str, str], own: bool) -> list[Section]:
    """What the newest run of each workflow on a commit says. A fork's code never ran on the GPU, whatever it says."""
    newest: dict[str, dict[str, Any]] = {}
    for run in github.pages("/actions/runs", "workflow_runs", head_sha=commit, event="pull_request"):
        part = WORKFLOWS.get(str(run["path"]).split("@")[0])
        came_from = ((run["head_repository"] or {}).get("full_name"), run["head_branch"])
        if part is None or came_from != head or run["conclusion"] in _NOTHING or (part == "gpu" and not own):
            continue
        if part not in newest or run["id"] > newest[part]["id"]:
            newest[part] = run
    return [_section(github, part, run) for part, run in newest.items()]


def _section(github: GitHub, part: str, run: Mapping[str, Any]) -> Section:
    if run["status"] != "completed":
        return Section(part, run["html_url"], "")
    named = github.pages(f"/actions/runs/{run['id']}/artifacts", "artifacts", name=ARTIFACT + part)
    kept = [a for a in named if not a["expired"] and a["size_in_bytes"] <= MOST_ZIP]
    table = github.file_of(max(a["id"] for a in kept), TABLE) if kept else ""
    return Section(part, run["html_url"], run["conclusion"] or "failure", table)


def _put(github: GitHub, pull: int, text: str) -> str:
    """Our comment of a pull request, made or changed."""
    for comment in github.pages(f"/issues/{pull}/comments"):
        if (comment["user"] or {}).get("type") == "Bot" and comment["body"].startswith(MARK):
            github.send("PATCH", f"/issues/comments/{comment['id']}", body=text)
            return f"#{pull}: comment {comment['id']} updated"
    github.send("POST", f"/issues/{pull}/comments", body=text)
    return f"#{pull}: comment posted"


if __name__ == "__main__":
    sys.exit(main(os.environ))
