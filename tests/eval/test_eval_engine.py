"""A server that was started ends with what started it, however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = """trap 'echo ended > "$LOG"; exit 130' TERM
printf '\\nready.\\n'
sleep 60 & wait
"""
RUN = """import pathlib, sys, time
from eval import engine
engine.ROOT = folder = pathlib.Path(sys.argv[1])
with engine.engine("", str(folder), None, folder / "log"):
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a parent's death is told by Linux only")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_no_server_is_left_behind(how: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "shell").mkdir()
    (tmp_path / "shell/deploy.sh").write_text(DEPLOY)
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert run.stdout is not None and run.stdout.readline() == b"up\n"
    run.send_signal(how)
    run.wait(10)
    for _ in range(100):
        if (tmp_path / "log").exists():
            break
        time.sleep(0.05)
    assert (tmp_path / "log").read_text() == "ended\n"
