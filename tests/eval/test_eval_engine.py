"""A server that was started ends with what started it, however that ends."""

from __future__ import annotations

import os
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
RUN = """import pathlib, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup makes its children deaf to it
from eval import engine
engine.ROOT = folder = pathlib.Path(sys.argv[1])
with engine.engine("", str(folder), None, folder / "log"):
    print("up", flush=True)
    time.sleep(60)
"""

STARTED = """source shell/common.sh; source shell/server.sh
free_port_or_die() { :; }; recipes() { :; }; launch() { echo "$MAX_PIXELS"; echo "$@" > "$OUT"; }
start_server "$1" 9 log
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
    run.wait(60)
    log, end = tmp_path / "log", time.monotonic() + 60
    while not (log.exists() and log.read_text() == "ended\n"):
        assert time.monotonic() < end, "the server is still there"
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["a/Qwen", "b/Qwen", "folder"])
def test_a_model_of_a_hub_is_served_by_its_full_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    flags = tmp_path / "flags"
    env = {k: v for k, v in os.environ.items() if k not in ("MAX_PIXELS", "MODEL", "ADAPTER")}
    model = str(tmp_path / name) if name == "folder" else name
    command = ["bash", "-c", STARTED, "test", model]
    subprocess.run(command, cwd=ROOT, env=env | {"OUT": str(flags)}, check=True, capture_output=True, timeout=60)
    said = flags.read_text().split()
    assert said[said.index("--served_model_name") + 1] == name  # kept replies are told apart by it


def test_an_adapter_is_served_with_the_picture_size_it_was_trained_with(tmp_path: Path) -> None:
    adapter = tmp_path / "run/last"
    for folder, size in ((adapter, 200704), (tmp_path / "base", 1003520)):
        folder.mkdir(parents=True)
        (folder.parent if folder == adapter else folder).joinpath("kit.env").write_text(f"MAX_PIXELS={size}\n")
    env = {k: v for k, v in os.environ.items() if k not in ("MAX_PIXELS", "MODEL", "OUT")}
    said = subprocess.run(
        ["bash", "-c", STARTED, "test", str(tmp_path / "base")],
        cwd=ROOT, env=env | {"ADAPTER": str(adapter), "OUT": str(tmp_path / "flags")},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert said.stdout.splitlines()[-1] == "200704", said.stderr
    room = (tmp_path / "flags").read_text().split("--max_length ")[-1].split()[0]
    assert int(room) == max(2048, 4 * 200704 // 784 + 1024)  # a row of training, or four pages of that size
