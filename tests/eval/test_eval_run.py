"""Real EvalScope runs against a scripted loopback server."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circuit_vqa
from eval import report as reports
from eval.benches import BENCHES
from eval.evalscope_run import emptied
from eval.rows import data_hash
from eval.stats import wilson
from tests.eval.conftest import make_rows, png, write_rows
from tests.eval.fake_server import FakeServer, Reply, pictures_of, text_of

pytestmark = pytest.mark.usefixtures("no_charts")
Script = Callable[[dict[str, Any]], Reply]


def scripted(root: Path) -> Script:
    """mcq: rows 0-6 right, 7 and 8 wrong, 9 says nothing useful; fill: all right in kHz."""
    rows = [r for some in make_rows(root).values() for r in some]

    def script(request: dict[str, Any]) -> Reply:
        row = next(r for r in rows if r["question"] in text_of(request))
        n = int(row["id"], 16)
        assert pictures_of(request) == [png(n * 10)]
        if row["form"] == "fill":
            return f"It is RC.\nAnswer: {n / 10} kHz"
        if n < 7:
            return f"答案:{row['answer']}。因为VCC和GND"
        return "我看不清这张图。" if n == 9 else f"答案:{'ABCD'[(n + 1) % 4]}"

    return script


def evaluate(url: str, data: Path, out: Path, *more: str) -> int:
    return circuit_vqa.main(["eval", "run", "--url", url, "--data", str(data), "--out", str(out), *more])


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[dict[str, Any]]]:
    """A dataset, the report of one run on it, and what the server was asked."""
    root = tmp_path_factory.mktemp("once")
    data, out = root / "toy", root / "R"
    write_rows(data, make_rows(data))
    with FakeServer(scripted(data), model="org/scripted-3B") as server:
        assert evaluate(server.url, data, out, "--batch", "4") == 0
    return data, out, server.requests


def copy_of(once: tuple[Path, Path, Any], tmp_path: Path) -> tuple[Path, Path]:
    return Path(shutil.copytree(once[0], tmp_path / "toy")), Path(shutil.copytree(once[1], tmp_path / "R"))


def test_accuracy_and_breakdowns_are_exact(once: tuple[Path, Path, Any]) -> None:
    report = reports.read(once[1])
    mcq, fill = report.benches["circuit_mcq"], report.benches["circuit_fill"]
    assert (mcq.total.n, mcq.total.right, mcq.total.unparsed_share) == (10, 7, 0.1)
    assert (fill.total.n, fill.total.right, fill.total.unparsed_share) == (6, 6, 0)
    assert mcq.total.interval == wilson(7, 10)
    assert {k: (t.right, t.n) for k, t in mcq.by["level"].items()} == {"1": (3, 4), "2": (2, 3), "3": (2, 3)}
    assert {k: (t.right, t.n) for k, t in mcq.by["source"].items()} == {"circuits": (3, 5), "netlists": (4, 5)}
    assert set(fill.by["lang"]) == {"en"} and set(fill.by["topic"]) == {"cutoff"}
    assert report.model == "org/scripted-3B"
    assert report.replies == {"asked": 16, "kept": 0, "refused": 0, "cut_off": 0}


def test_each_question_is_asked_once_in_the_words_of_training(once: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    requests = once[2]
    assert len(requests) == len({text_of(r) for r in requests}) == 16
    assert "问题:图中第0个节点连接的是哪个电阻?\n选项:A. R1 B. R2 C. R3 D. R4\n" in "\n".join(map(text_of, requests))
    for r in requests:
        assert r["messages"][0] == {"role": "system", "content": "You are a helpful assistant."}
        assert (r["temperature"], r["max_tokens"]) == (0.0, 512)
        assert [p["type"] for p in r["messages"][1]["content"]] == ["image_url", "text"]


def test_predictions_hold_reply_and_verdict_and_can_be_graded_again(
    once: tuple[Path, Path, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = reports.read_predictions(once[1])
    assert len(rows) == 16 and len({r.id for r in rows}) == 16
    by_id = {int(r.id, 16): r for r in rows}
    assert (by_id[1].reply, by_id[1].verdict, by_id[1].read) == ("答案:B。因为VCC和GND", "right", "B")
    assert by_id[7].verdict == "wrong" and by_id[9].verdict == "unparsed"
    assert circuit_vqa.main(["eval", "grade", str(once[1] / "predictions.jsonl")]) == 0
    assert "n 16, right 13, unparsed 1" in capsys.readouterr().out


def test_evalscope_says_the_same_and_knows_the_data(once: tuple[Path, Path, Any]) -> None:
    data, out, _ = once
    theirs = json.loads(next((out / "evalscope/reports").glob("*/circuit_mcq.json")).read_text())
    accuracy = next(m for m in theirs["metrics"] if m["identity"]["name"] == "accuracy")
    assert accuracy["score"] == pytest.approx(0.7)
    config = (out / "evalscope/configs/task_config.yaml").read_text()
    assert data_hash(data / "evalscope/mcq", BENCHES["circuit_mcq"]) in config
    assert "127.0.0.1" not in config  # a port is no part of what was evaluated


def test_running_again_on_another_port_asks_nothing(once: tuple[Path, Path, Any], tmp_path: Path) -> None:
    data, out = copy_of(once, tmp_path)
    with FakeServer(scripted(data), model="org/scripted-3B") as server:
        assert evaluate(server.url.removesuffix("/v1"), data, out) == 0
    assert server.requests == []
    assert reports.read(out).benches["circuit_mcq"].total.right == 7
    assert reports.read(out).replies["kept"] == 16


def test_changed_rows_and_pictures_are_asked_again_and_only_those(once: tuple[Path, Path, Any], tmp_path: Path) -> None:
    data, out = copy_of(once, tmp_path)
    path = data / "evalscope/mcq/test.jsonl"
    rows = [json.loads(line) for line in path.open()]
    rows.reverse()  # EvalScope alone would hand row 0 the answer of row 9
    rows[0]["options"] = ["C1", "C2", "C3", "C4"]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    (data / "images/3.png").write_bytes(png(255))
    before = reports.read(out)
    with FakeServer(lambda r: "答案:A", model="org/scripted-3B") as server:
        assert evaluate(server.url, data, out) == 0
    assert sorted(text_of(r).split("?")[0][-10:] for r in server.requests) == sorted(
        f"第{n}个节点连接的是哪个电阻"[-10:] for n in (3, 9)
    )
    after = reports.read(out)
    assert after.benches["circuit_mcq"].data_sha256 != before.benches["circuit_mcq"].data_sha256
    assert after.benches["circuit_fill"].data_sha256 == before.benches["circuit_fill"].data_sha256
    assert after.benches["circuit_mcq"].total.right == 6  # row 3 wanted D


def test_new_weights_are_asked_again(once: tuple[Path, Path, Any], tmp_path: Path) -> None:
    data, out = copy_of(once, tmp_path)
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.safetensors").write_bytes(b"1")
    more = ("--weights", str(weights), "--benches", "fill", "--limit", "2")
    with FakeServer(scripted(data), model="org/scripted-3B") as server:
        assert evaluate(server.url, data, out, *more) == 0
        assert len(server.requests) == 2
        assert evaluate(server.url, data, out, *more) == 0
        assert len(server.requests) == 2
        (weights / "model.safetensors").write_bytes(b"22")
        assert evaluate(server.url, data, out, *more) == 0
        assert len(server.requests) == 4
    assert list(reports.read(out).benches) == ["circuit_fill"]


def test_models_of_one_served_name_share_no_replies(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--benches", "fill", "--limit", "2")

    def asked(root: str, *more_still: str) -> int:  # each time on another port
        with FakeServer(scripted(data), model="Qwen", root=root) as server:
            assert evaluate(server.url, data, tmp_path / "R", *more, *more_still) == 0
            return len(server.requests)

    assert [asked(root) for root in ("a/Qwen", "a/Qwen", "b/Qwen", "a/Qwen", "b/Qwen")] == [2, 0, 2, 0, 0]
    assert reports.read(tmp_path / "R").root == "b/Qwen"
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.safetensors").write_bytes(b"1")
    assert asked("/old/Qwen", "--weights", str(weights)) == 2
    moved = str(weights.rename(tmp_path / "moved"))
    assert asked("/new/Qwen", "--weights", moved) == 0  # the same weights in another place
    capsys.readouterr()
    assert (asked(""), asked("")) == (2, 0)  # a server that says nothing but the name
    assert "2 replies were kept from before (of a model served as 'Qwen'), 0 asked now" in capsys.readouterr().out


def test_a_refused_question_is_unparsed_and_the_rest_goes_on(tmp_path: Path, data: Path) -> None:
    script = scripted(data)

    def picky(request: dict[str, Any]) -> Reply:
        return (400, "maximum context length is 4096, answer B") if "第1个" in text_of(request) else script(request)

    with FakeServer(picky) as server:
        assert evaluate(server.url, data, tmp_path / "R", "--benches", "mcq") == 0
    report = reports.read(tmp_path / "R")
    assert (report.benches["circuit_mcq"].total.right, report.benches["circuit_mcq"].total.unparsed_share) == (6, 0.2)
    assert report.replies["refused"] == 1
    refused = next(p for p in reports.read_predictions(tmp_path / "R") if int(p.id, 16) == 1)
    assert refused.reply == "" and "refused" in refused.why


def test_the_key_is_sent_and_never_written(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeServer(scripted(data), key="sk-quite-secret") as server:
        assert evaluate(server.url, data, tmp_path / "R", "--limit", "1") == 1
        assert "CIRCUIT_VQA_API_KEY" in capsys.readouterr().err
        monkeypatch.setenv("CIRCUIT_VQA_API_KEY", "sk-quite-secret")
        assert evaluate(server.url, data, tmp_path / "R", "--limit", "1") == 0
    written = [p for p in (tmp_path / "R").rglob("*") if p.is_file()]
    assert written and not [p for p in written if b"sk-quite-secret" in p.read_bytes()]


def test_a_server_that_dies_midway_costs_one_line_and_no_reply(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.asking.FIRST_WAIT_S", 0.02)
    script = scripted(data)
    with FakeServer(lambda r: (500, "out of memory") if len(server.requests) > 5 else script(r)) as server:
        assert evaluate(server.url, data, tmp_path / "R", "--benches", "mcq", "--batch", "1") == 1
    err = [line for line in capsys.readouterr().err.splitlines() if line.startswith("circuit-vqa:")]
    assert len(err) == 1 and "stopped answering after 5 replies" in err[0] and "run the same command again" in err[0]
    with FakeServer(script) as server:
        assert evaluate(server.url, data, tmp_path / "R", "--benches", "mcq") == 0
        assert len(server.requests) == 5


KINDS = ("dead", "model", "data", "export", "open", "val", "empty", "torn", "picture", "cut", "bytes", "bench", "url")


@pytest.mark.parametrize("kind", KINDS)
def test_faults_are_one_line_each(kind: str, tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = data / "evalscope/mcq/test.jsonl"
    more: tuple[str, ...] = ()
    url, words = "", []
    if kind == "dead":
        url, words = "http://127.0.0.1:9/v1", ["no server answers at http://127.0.0.1:9/v1"]
    elif kind == "model":
        more, words = ("--model", "nope"), ["serves no model 'nope'", "it serves: scripted"]
    elif kind == "data":
        shutil.rmtree(data)
        words = [str(data), "is not there"]
    elif kind == "export":
        shutil.rmtree(data / "evalscope")
        words = ["circuit-vqa synth export", "test.jsonl is not there"]
    elif kind == "open":  # an export may have been made, and the form is not among the items
        more, words = (
            ("--benches", "open"),
            ["open/test.jsonl is not there", "so far there are: fill (test), mcq (test)"],
        )
    elif kind == "val":
        more, words = ("--split", "val"), ["mcq/val.jsonl is not there", "so far there are: fill (test), mcq (test)"]
    elif kind == "empty":
        rows.write_text("")
        words = ["holds no rows", "test split"]
    elif kind == "torn":
        rows.write_text(rows.read_text()[:-30])
        words = [f"{rows}:10:", "synth export"]
    elif kind == "picture":
        (data / "images/4.png").unlink()
        words = ["images/4.png is not there", "synth validate"]
    elif kind == "cut":
        (data / "images/4.png").write_bytes((data / "images/4.png").read_bytes()[:45])
        words = ["images/4.png cannot be read"]
    elif kind == "bytes":
        rows.write_bytes(rows.read_bytes().replace(b'"question": "', b'"question": "\xff', 1))
        words = [f"{rows}:1:", "synth export"]
    elif kind == "bench":
        more, words = ("--benches", "mcq,oral"), ["no bench 'oral'", "mcq, fill"]
    elif kind == "url":
        url, words = "ftp://x", ["is no address of a server"]
    with FakeServer(lambda r: "A") as server:
        assert evaluate(url or server.url, data, tmp_path / "R", *more) == 1
        assert server.requests == []
    err = capsys.readouterr().err.strip()
    assert err.startswith("circuit-vqa: ") and "\n" not in err, err
    assert all(w in err for w in words), err


def test_one_evaluation_at_a_time_in_a_folder(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "R").mkdir()
    with (tmp_path / "R" / ".lock").open("w") as lock, FakeServer(lambda r: "A") as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert evaluate(server.url, data, tmp_path / "R") == 1
        assert server.requests == []
    assert "another evaluation is writing" in capsys.readouterr().err


def test_a_folder_that_is_not_ours_is_left_alone(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "R" / "evalscope" / "thesis.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("years")
    with FakeServer(lambda r: "A") as server:
        assert evaluate(server.url, data, tmp_path / "R") == 1
        assert precious.read_text() == "years" and "nothing was deleted" in capsys.readouterr().err
        precious.rename(precious.parent / "logs")  # a run killed while it emptied the folder leaves any of them
        assert emptied(precious.parent) == precious.parent and not precious.parent.exists()


def test_ctrl_c_keeps_what_was_answered(tmp_path: Path, data: Path) -> None:
    script = scripted(data)

    def slow(request: dict[str, Any]) -> Reply:
        time.sleep(0.3 if len(server.requests) < 4 else 60)  # Ctrl-C must not wait for the fourth
        return script(request)

    # a proxy that is not there: loopback must not go through it, and nothing else may be asked for
    env = os.environ | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    with FakeServer(slow) as server:
        command = [sys.executable, "-m", "circuit_vqa", "eval", "run", "--url", server.url, "--data", str(data)]
        command += ["--out", str(tmp_path / "R"), "--batch", "1"]
        run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
        deadline = time.monotonic() + 60
        while len(server.requests) < 4 and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=15)
        assert run.returncode == 130, err
        assert "Traceback" not in err and "kept" in err.splitlines()[-1]
    with FakeServer(script) as server:
        assert evaluate(server.url, data, tmp_path / "R") == 0
        assert len(server.requests) == 16 - 3
