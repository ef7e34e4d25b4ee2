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

from eval import report as reports
from tests.eval.fake_server import FakeServer

ROOT = Path(__file__).resolve().parents[2]


def script(*flags: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("MODEL", "DATA", "OUT", "URL", "SERVED", "ADAPTER")}
    command = ["bash", "shell/eval.sh", *flags]
    return subprocess.run(command, env=env | settings, cwd=ROOT, capture_output=True, text=True, timeout=300)


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
