"""shell/teacher.sh: what cannot work is said at once in one line; what it starts ends with it, however it ends.

No test here loads a model: `vllm` and `nvidia-smi` are stand-ins on PATH, the server a socket that listens.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from swift_recipes.teacher_fit import needed, spread
from tests.conftest import ROOT

VLLM = """#!/usr/bin/env python3
import json, os, socket, subprocess, sys, time
child = subprocess.Popen(["sleep", "600"])
names = ("VLLM_MEDIA_URL_ALLOW_REDIRECTS", "CUDA_VISIBLE_DEVICES")
told = {"argv": sys.argv[1:], "env": {n: os.environ.get(n) for n in names}, "pids": [os.getpid(), child.pid]}
json.dump(told, open(os.environ["TOLD"], "w"))
time.sleep(0.3)
if "--die" in sys.argv:
    sys.exit("ValueError: this stand-in was told to die")
listening = socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])))
time.sleep(600)
"""
SMI = """#!/usr/bin/env bash
[[ -n ${FAKE_GPUS:-} ]] || { echo "No devices were found" >&2; exit 6; }
printf '%b' "$FAKE_GPUS"
"""
A100 = "0, 81920, 81100\\n"
OURS = ("MODEL", "PORT", "HOST", "GPUS", "TP", "LOG", "CUDA_VISIBLE_DEVICES", "VLLM_API_KEY", "NEED_GB", "MAX_PIXELS")


@pytest.fixture
def place(tmp_path: Path) -> dict[str, Any]:
    """Settings for the script: stand-ins on PATH, a free port, a log of its own."""
    for name, text in (("vllm", VLLM), ("nvidia-smi", SMI)):
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    (tmp_path / "hub" / "models--Qwen--Qwen2.5-VL-72B-Instruct-AWQ" / "snapshots" / "x").mkdir(parents=True)
    (tmp_path / "hub" / "models--Qwen--Qwen2.5-VL-72B-Instruct-AWQ" / "snapshots" / "x" / "config.json").touch()
    env = {k: v for k, v in os.environ.items() if k not in OURS}
    return env | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "VLLM": str(tmp_path / "vllm"),
        "PORT": str(port),
        "FAKE_GPUS": A100,
        "LOG": str(tmp_path / "teacher.log"),
        "TOLD": str(tmp_path / "told.json"),
        "HF_HUB_CACHE": str(tmp_path / "hub"),
    }


@contextmanager
def started(env: dict[str, str], *flags: str) -> Iterator[subprocess.Popen[str]]:
    """The script, once it says that the server is ready."""
    script = subprocess.Popen(
        ["bash", "shell/teacher.sh", *flags],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert script.stdout is not None
        lines = []
        while not (lines and lines[-1].startswith("Ctrl-C")):
            lines.append(script.stdout.readline())
            assert lines[-1], (lines, script.communicate())
        script.said = "".join(lines)  # type: ignore[attr-defined]
        yield script
    finally:
        script.kill()
        script.communicate()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").split()[2] != "Z"
    except OSError:
        return False


def wait_for(what: Callable[[], bool], seconds: float = 60.0) -> bool:
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.02)
    return what()


def test_what_vllm_is_told(place: dict[str, Any]) -> None:
    env = place | {"GPUS": "0,1", "FAKE_GPUS": "0, 49140, 48600\\n1, 49140, 48600\\n"}
    with started(env, "--enforce-eager") as script:
        said = script.said  # type: ignore[attr-defined]
        told = json.loads(Path(place["TOLD"]).read_text("utf-8"))
    argv = told["argv"]
    assert argv[:2] == ["serve", "Qwen/Qwen2.5-VL-72B-Instruct-AWQ"] and argv[-1] == "--enforce-eager"
    flags = dict(zip(argv[2:-1:2], argv[3:-1:2], strict=True))
    assert flags["--host"] == "127.0.0.1" and flags["--tensor-parallel-size"] == "2"
    assert json.loads(flags["--limit-mm-per-prompt"]) == {"image": 2, "video": 0}
    assert json.loads(flags["--mm-processor-kwargs"])["size"]["longest_edge"] == 1003520
    assert flags["--allowed-media-domains"] == "none.invalid"
    assert told["env"] == {"VLLM_MEDIA_URL_ALLOW_REDIRECTS": "0", "CUDA_VISIBLE_DEVICES": "0,1"}
    assert f"http://127.0.0.1:{place['PORT']}/v1" in said and "preset: local-vllm" in said


def test_the_entry_it_prints_is_a_teacher(place: dict[str, Any], tmp_path: Path) -> None:
    from synth.teacher.config import load_teachers

    with started(place) as script:
        said = script.said  # type: ignore[attr-defined]
    (tmp_path / "teachers.yaml").write_text(next(x for x in said.splitlines() if "teachers: [" in x).strip(), "utf-8")
    assert load_teachers(tmp_path / "teachers.yaml")["local-vllm"].base_url.endswith(f":{place['PORT']}/v1")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["Ctrl-C", "kill", "kill -9"])
def test_all_it_started_ends_with_it(place: dict[str, Any], sent: signal.Signals) -> None:
    with started(place) as script:
        pids = json.loads(Path(place["TOLD"]).read_text("utf-8"))["pids"]
        assert all(alive(p) for p in pids)
        script.send_signal(sent)
        assert wait_for(lambda: not any(alive(p) for p in pids)), "the server lives on"
        assert wait_for(lambda: script.poll() is not None)


def test_a_server_that_dies_is_told_with_its_reason(place: dict[str, Any]) -> None:
    done = subprocess.run(
        ["bash", "shell/teacher.sh", "--die"], cwd=ROOT, env=place, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "this stand-in was told to die" in line and place["LOG"] in line
    assert not any(alive(p) for p in json.loads(Path(place["TOLD"]).read_text("utf-8"))["pids"])


CANNOT = {
    "no GPU": ({"FAKE_GPUS": ""}, "no NVIDIA GPU found"),
    "too little memory": ({"FAKE_GPUS": "0, 24564, 24200\\n"}, "needs about 51 GB on GPUs"),
    "in use": ({"FAKE_GPUS": "0, 81920, 9000\\n"}, "GPU 0 has 9 of 86 GB free"),
    "TP": ({"TP": "4"}, "TP=4, and there are 1 GPUs"),
    "no folder": ({"MODEL": "./none"}, "no folder with a config.json"),
    "no hub name": ({"MODEL": "qwen"}, "no hub name like"),
    "not here, offline": ({"MODEL": "Qwen/Qwen2.5-VL-7B-Instruct", "HF_HUB_OFFLINE": "1"}, "hf download"),
    "no vllm": ({"VLLM": "no-such-vllm"}, "EXTRAS=dev,gpu"),
    "open to the network": ({"HOST": "0.0.0.0"}, "VLLM_API_KEY"),
    "no number": ({"MAX_LEN": "long"}, "MAX_LEN=long"),
    "no port": ({"PORT": "http"}, "PORT=http"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_cannot_work_is_one_line_at_once(place: dict[str, Any], case: str) -> None:
    settings, expected = CANNOT[case]
    done = subprocess.run(
        ["bash", "shell/teacher.sh"], cwd=ROOT, env=place | settings, capture_output=True, text=True, timeout=60
    )
    assert done.returncode not in (0, 124)
    (line,) = [x for x in done.stderr.splitlines() if x.strip()]
    assert expected in line and not Path(place["TOLD"]).exists()


def test_an_occupied_port(place: dict[str, Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(place["PORT"])))
        taken.listen()
        done = subprocess.run(
            ["bash", "shell/teacher.sh"], cwd=ROOT, env=place, capture_output=True, text=True, timeout=60
        )
    assert "is taken" in done.stderr and done.returncode == 1


def test_which_teacher_fits_on_which_gpu() -> None:
    def fits(model: str, *gpus: float) -> int:
        try:
            return spread(needed(model, 16384), [(str(n), g, g) for n, g in enumerate(gpus)], 0.92, 0, model)
        except Exception:
            return 0

    assert fits("Qwen/Qwen2.5-VL-72B-Instruct-AWQ", 85.9) == 1
    assert fits("Qwen/Qwen2.5-VL-72B-Instruct-AWQ", 51.5) == 0
    assert fits("Qwen/Qwen2.5-VL-72B-Instruct-AWQ", 51.5, 51.5) == 2
    assert fits("Qwen/Qwen2.5-VL-32B-Instruct-AWQ", 51.5) == 1
    assert fits("Qwen/Qwen2.5-VL-7B-Instruct", 25.7) == 1
    assert fits("Qwen/Qwen2.5-VL-7B-Instruct", 17.1) == 0
    assert fits("Qwen/Qwen2.5-VL-72B-Instruct", *[85.9] * 8) == 4
    assert fits("someone/unknown", 17.1) == 1, "what is not known is tried"
