"""shell/eval.sh: faults are told at once; (slow) against a server that runs already, and with one of its own."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

import circuit_vqa
from eval import report as reports
from tests.eval.fake_server import FakeServer

ROOT = Path(__file__).resolve().parents[2]


def script(*flags: str, cwd: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in ("MODEL", "DATA", "OUT", "URL", "SERVED", "ADAPTER", "GATE", "NO_WORSE")
    }
    command = ["bash", str(ROOT / "shell/eval.sh"), *flags]
    return subprocess.run(command, env=env | settings, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_with_a_url_it_asks_that_server(tmp_path: Path, data: Path) -> None:
    with FakeServer(lambda r: "答案:A") as server:
        done = script("--limit", "2", URL=server.url, DATA=str(data), OUT=str(tmp_path / "R"))
    assert done.returncode == 0, done.stderr
    assert "circuit_mcq: 10 questions" in done.stdout and "report:" in done.stdout
    assert reports.read(tmp_path / "R").benches["circuit_mcq"].total.n == 2
    assert len(server.requests) == 4


def test_faults_come_before_a_server_is_started(tmp_path: Path, data: Path) -> None:
    done = script(DATA=str(tmp_path / "nope"), MODEL=str(tmp_path), OUT=str(tmp_path / "R"))
    assert done.returncode != 0 and done.stderr.count("\n") == 1 and "is not there" in done.stderr
    done = script(DATA=str(data), MODEL=str(tmp_path / "no-model"), OUT=str(tmp_path / "R"))
    assert done.returncode != 0 and "no-model" in done.stderr, done.stderr
    assert not (tmp_path / "R" / "report.json").exists()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / "tiny"
    subprocess.run(
        [sys.executable, "-m", "circuit_vqa", "recipes", "tiny", "--out", str(out)], check=True, capture_output=True
    )
    return out


def servers_of(model: Path) -> list[str]:
    """Command lines of the processes that serve a model."""
    lines = [p.read_bytes().replace(b"\0", b" ").decode() for p in Path("/proc").glob("[0-9]*/cmdline") if _there(p)]
    return [x for x in lines if str(model) in x and "deploy" in x]


def _there(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


@pytest.mark.slow
def test_it_starts_a_server_and_stops_it_again(tiny: Path, tmp_path: Path, data: Path) -> None:
    out = tmp_path / "R"
    done = script("--max-tokens", "4", "--limit", "3", MODEL=str(tiny), DATA=str(data), OUT=str(out))
    assert done.returncode == 0, done.stderr
    report = reports.read(out)
    assert report.title == str(tiny) and report.weights and report.replies["asked"] == 6
    assert not servers_of(tiny)


@pytest.mark.slow
def test_without_the_script_too(tiny: Path, tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["eval", "run", "--data", str(data), "--out", str(tmp_path / "R"), "--serve"]
    assert circuit_vqa.main([*command, str(tmp_path / "no-model")]) == 1
    assert "the server did not start" in capsys.readouterr().err
    assert circuit_vqa.main([*command, str(tiny), "--max-tokens", "4", "--limit", "3", "--blind"]) == 0
    report = reports.read(tmp_path / "R")
    assert report.title == str(tiny) and report.weights and report.replies["asked"] == 6
    assert report.mode.picture == "blank" and not servers_of(tiny)


def test_one_of_url_and_serve_is_needed(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = ("--url", "http://127.0.0.1:9/v1")
    for flags in ((), (*url, "--serve", "x"), (*url, "--adapter", "a")):
        assert circuit_vqa.main(["eval", "run", "--data", str(data), "--out", str(tmp_path / "R"), *flags]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and "--serve" in err


def test_two_reports_are_compared_and_gated(tmp_path: Path, data: Path) -> None:
    wrong = {"base": "no idea", "new": "答案:A"}
    for name, reply in wrong.items():
        with FakeServer(lambda r, reply=reply: reply) as server:
            command = ["eval", "run", "--url", server.url, "--data", str(data), "--out", str(tmp_path / name)]
            assert circuit_vqa.main([*command, "--benches", "mcq"]) == 0
    settings = {"DATA": str(data), "OUT": str(tmp_path / "both")}
    done = script(str(tmp_path / "base"), str(tmp_path / "new"), **settings)
    assert done.returncode == 0, done.stderr
    assert "circuit_mcq" in done.stdout
    for name in ("compare.md", "compare.json", "gallery.html"):
        assert (tmp_path / "both" / name).stat().st_size > 500
    done = script(str(tmp_path / "base"), str(tmp_path / "new"), GATE="--fail-under mcq=0.9", **settings)
    assert done.returncode == 1 and "mcq" in done.stderr
    assert (tmp_path / "both/compare.md").is_file()


def test_two_models_are_found_from_the_caller_s_folder(tmp_path: Path, data: Path) -> None:
    for name in ("x/m/merged", "y/m/merged"):
        (tmp_path / name).mkdir(parents=True)
    done = script("x/m/merged", "y/m/merged", cwd=tmp_path, DATA=str(data))
    assert done.returncode == 1 and "would both land in reports/toy/m-merged" in done.stderr
    done = script("No/Such-Model", "x/m/merged", cwd=tmp_path, DATA=str(data), HF_HUB_OFFLINE="1")
    assert done.returncode == 1 and f"{tmp_path}/No" not in done.stdout + done.stderr  # a hub name is no path


@pytest.mark.slow
@pytest.mark.parametrize(("seen", "after"), [(b"loading", 5.0), (b"asking at", 1.0)])
def test_ctrl_c_ends_the_server_too(seen: bytes, after: float, tiny: Path, tmp_path: Path, data: Path) -> None:
    env = os.environ | {"MODEL": str(tiny), "DATA": str(data), "OUT": str(tmp_path / "R")}
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execvpe("bash", ["bash", "shell/eval.sh", "--max-tokens", "200"], env)
    said, sent = b"", False
    while select.select([terminal], [], [], 240)[0]:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        said += chunk
        if not sent and seen in said:
            time.sleep(after)
            os.write(terminal, b"\x03")
            sent = True
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130, said.decode()
    assert b"Traceback" not in said
    assert not servers_of(tiny)
