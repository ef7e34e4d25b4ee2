"""The one comment of a pull request: whoever ends first or last, whatever a fork's code puts into its table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.comment.__main__ import main, post
from eval.comment.body import MARK, Section, body
from eval.comment.github import MOST_TEXT, GitHub
from eval.compare import compare, markdown
from eval.fit import MOST_BYTES
from tests.eval.fake_github import FORK, OURS, TOKEN, FakeGitHub, zipped
from tests.eval.made_reports import make_report, predictions

ROOT = Path(__file__).resolve().parents[2]
STAND_IN, GPU = "### a → b on quickstart\n\nstand-in's\n", "### base → merged on mine\n\ngpu's\n"
TITLES = ("## The stand-in, on CPU", "## The real model, on a GPU")


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as found:
        yield found


def say(hub: FakeGitHub, event: dict[str, Any]) -> str:
    return post(GitHub(hub.url, OURS, TOKEN, wait_s=0), event, OURS)


def only(hub: FakeGitHub) -> str:
    (comment,) = (c["body"] for c in hub.comments if c["body"].startswith(MARK))
    return str(comment)


@pytest.mark.parametrize("first", ["stand-in", "gpu"])
def test_both_results_live_in_one_comment(first: str, hub: FakeGitHub) -> None:
    tables = {"stand-in": STAND_IN, "gpu": GPU}
    second = "gpu" if first == "stand-in" else "stand-in"
    hub.open("a" * 40)
    for n in range(150):  # two pages of talk before it
        hub.say(f"{MARK}\nquoted" if n == 3 else "talk", kind="User")
    going = hub.run(second, "a" * 40, None, conclusion=None)
    assert say(hub, hub.run(first, "a" * 40, tables[first])) == "#7: comment posted"
    assert tables[first] in hub.comments[-1]["body"] and "Not finished yet: [run](" in hub.comments[-1]["body"]
    hub.runs.remove(going)
    assert say(hub, hub.run(second, "a" * 40, tables[second])) == "#7: comment 151 updated"
    text = hub.comments[-1]["body"]
    assert len(hub.comments) == 151 and text.startswith(MARK)
    places = [text.index(x) for x in (TITLES[0], STAND_IN, TITLES[1], GPU)]
    assert places == sorted(places) and "Not finished" not in text
    assert say(hub, hub.runs[-1]) == "#7: comment 151 updated" and hub.comments[-1]["body"] == text  # told twice


def test_a_new_commit_takes_the_old_tables_away(hub: FakeGitHub) -> None:
    hub.open("a" * 40)
    old = [hub.run("stand-in", "a" * 40, STAND_IN), hub.run("gpu", "a" * 40, GPU)]
    say(hub, old[0])
    hub.open("b" * 40)
    assert "nothing is posted" in say(hub, old[1])  # it ended after the push
    say(hub, hub.run("stand-in", "b" * 40, "### new table\n"))
    assert "### new table" in only(hub) and "Evaluation of bbbbbbbbbb\n" in only(hub)
    assert STAND_IN not in only(hub) and TITLES[1] not in only(hub)


def test_the_newest_run_counts_and_those_never_begun_do_not(hub: FakeGitHub) -> None:
    hub.open("a" * 40)
    hub.run("stand-in", "a" * 40, "### older\n", "failure")
    event = hub.run("stand-in", "a" * 40, STAND_IN)
    hub.run("gpu", "a" * 40, None, "skipped")  # no label
    say(hub, event)
    assert STAND_IN in only(hub) and TITLES[1] not in only(hub)


@pytest.mark.parametrize(("conclusion", "told"), [("failure", "it failed"), ("cancelled", "it was cancelled")])
def test_a_run_that_failed_says_so(conclusion: str, told: str, hub: FakeGitHub) -> None:
    hub.open("a" * 40)
    say(hub, hub.run("stand-in", "a" * 40, None, conclusion))
    assert f"No table: {told} ([run](https://github.com/kit/kit/actions/runs/1))" in only(hub)
    say(hub, hub.run("stand-in", "a" * 40, STAND_IN, conclusion))  # by its gate
    assert f"**Not passed**: {told}" in only(hub) and STAND_IN in only(hub)


def test_a_fork_s_pull_request_is_found_and_its_gpu_table_is_not_believed(hub: FakeGitHub) -> None:
    hub.open("a" * 40, repo=FORK)
    hub.open("a" * 40, repo=OURS, branch="other", number=8)
    event = hub.run("stand-in", "a" * 40, STAND_IN, repo=FORK)
    hub.run("gpu", "a" * 40, GPU, repo=FORK)  # it can write workflows as it likes
    assert say(hub, event) == "#7: comment posted"
    assert STAND_IN in only(hub) and GPU not in only(hub)
    event["head_repository"] = None
    assert say(hub, event) == "the fork is gone: nothing is posted"


@pytest.mark.parametrize(
    "artifact",
    [b"no zip", zipped("../compare.md", b"x"), zipped("compare.md", b"0" * (MOST_TEXT + 1)), b"PK" + b"0" * 2_000_000,
     zipped("compare.md", b"abc" * 99)[:-90]],
    ids=["no zip", "another name", "a bomb", "too large", "torn"],
)  # fmt: skip
def test_a_broken_artifact_is_no_table(artifact: bytes, hub: FakeGitHub) -> None:
    hub.open("a" * 40)
    say(hub, hub.run("stand-in", "a" * 40, artifact))
    assert "No table" in only(hub) and len(only(hub)) < 300


def test_the_token_goes_to_the_api_alone_and_is_never_said(
    hub: FakeGitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.open("a" * 40)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"workflow_run": hub.run("stand-in", "a" * 40, STAND_IN)}))
    env = {"GITHUB_EVENT_PATH": str(event), "GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": OURS}
    assert main(env | {"GITHUB_TOKEN": TOKEN}) == 0 and STAND_IN in only(hub)  # storage refuses a call with the token
    assert main(env | {"GITHUB_TOKEN": "ghs_wrong"}) == 1
    assert main(env) == 1
    said = capsys.readouterr()
    assert "GitHub said 401 to GET /repos/kit/kit/pulls: Bad credentials" in said.err and "ghs_" not in said.err
    assert "GITHUB_TOKEN is not set" in said.err and said.out == "#7: comment posted\n"
    hub.stumbles = 2
    assert say(hub, hub.runs[0]) == "#7: comment 1 updated"


def test_it_needs_nothing_but_python() -> None:
    code = "import eval.comment.__main__ as m; print(m.main({}))"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "1\n", done.stderr


def test_two_long_tables_fit_one_comment(tmp_path: Path) -> None:
    folders = [make_report(tmp_path / n, predictions(range(i, i + 600), 1300)) for i, n in ((0, "a"), (600, "b"))]
    whole = markdown(compare(folders))
    assert 50_000 < len(whole.encode()) <= MOST_BYTES
    sections = [Section(part, "https://x/run", "success", whole) for part in ("gpu", "stand-in")]
    text = body("c" * 40, sections)
    assert 50_000 < len(text.encode()) <= MOST_BYTES
    assert text.count("<details>") == text.count("</details>") >= 6 and text.count("more rows, cut") >= 4
    assert text.count(whole.split("\n<details>")[0].split("\n\n")[0]) == 2  # both heads are whole
    short = body("c" * 40, [sections[0], Section("stand-in", "https://x/run", "success", STAND_IN)])
    assert STAND_IN in short and len(short.encode()) > 50_000  # a short one leaves its room to the other
    ours = markdown(compare(folders[:1] * 2))
    assert ours in body("c" * 40, [Section("gpu", "u", "success", ours)])  # stays as it is


EVIL = ["</details>", "<details>", "<!--", "-->", "```", "`", "``", "|", "\n", "@kit/all", "# ", "## The real model",
        "===", "<table>", "a", "\u202e", "~~~", "<details><summary>x</summary>\n", "\n</details>\n", MARK]  # fmt: skip


@given(st.lists(st.sampled_from(EVIL), max_size=40).map("".join))
def test_a_table_is_only_text(table: str) -> None:
    text = body("c" * 40, [Section("stand-in", "u", "success", f"x{table}"), Section("gpu", "u", "success", GPU)])
    lines = text.split("\n")
    assert "```" not in text and "~~~" not in text and "\u202e" not in text
    bare = "\n".join("".join(outside_code(line)) for line in lines)
    assert bare.count("<details>") == bare.count("</details>") == lines.count("</details>") and GPU in text
    assert [x for x in lines if x.startswith(("# ", "## "))] == list(TITLES) and "===" not in lines
    assert "@kit" not in text and "<table>" not in bare and bare.startswith(MARK) and bare.count("<!--") == 1
    assert text.endswith(body("c" * 40, [Section("gpu", "u", "success", GPU)]).split("\n", 2)[2])


def outside_code(line: str) -> list[str]:
    """What of a line is no code span, as GitHub reads it: spans of one backtick, within a cell."""
    return [x for cell in line.split("|") for i, x in enumerate(cell.split("`")) if not i % 2 or cell.count("`") % 2]


def test_a_section_is_as_long_as_it_may_be() -> None:
    table = "### x\n" + "é|" * 90_000
    assert len(body("c" * 40, [Section(p, "u", "success", table) for p in ("gpu", "stand-in")]).encode()) <= MOST_BYTES
