"""`circuit-vqa WORDS`, each in a fork of one process that has imported what the kit imports: that second is paid once.

Else it is what a person starts: a process of its own with its folder, environment, signals and exit code.
As a program it reads a job a line, and answers each with the exit code.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import logging
import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 600
"""Seconds after which a command is killed; a test's own limit ends most before."""
ROOMS = ("qa", "synth", "kd")
LIBRARIES = ("aiohttp", "imagehash", "numpy", "PIL.Image", "pymupdf", "zoneinfo")
"""Imported by their rooms within functions only."""
WORKERS = ("synth.sources.circuits", "synth.sources.pdf.fill", "synth.pictures.folder", "imagehash", "pymupdf")
"""What the workers of `synth` commands import, one like the other."""


def vqa(
    *words: object, cwd: Path = ROOT, log_all: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """What `circuit-vqa WORDS` gave. `environment` is added to that of the tests; `log_all`: every library logs."""
    line = ["circuit-vqa", *map(str, words)]
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place, "out"), Path(place, "err")
        job = {"words": line, "cwd": str(cwd), "env": os.environ | environment, "out": str(out), "err": str(err)}
        code = _warm().run(job | {"log_all": log_all})
        return subprocess.CompletedProcess(line, code, *(f.read_text("utf-8", "replace") for f in (out, err)))


def said(*words: object, cwd: Path = ROOT, code: int = 0, **environment: str) -> str:
    """All it said, as it came; it must have ended with `code`."""
    with tempfile.NamedTemporaryFile() as both:
        line = ["circuit-vqa", *map(str, words)]
        job = {"words": line, "cwd": str(cwd), "env": os.environ | environment, "out": both.name, "err": both.name}
        got = _warm().run(job)
        text = Path(both.name).read_text("utf-8", "replace")
    assert got == code, f"{' '.join(line)}: exit code {got}\n{text}"
    return text


class _Warm:
    def __init__(self) -> None:
        env: Mapping[str, str] = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.command_line"], cwd=ROOT, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        atexit.register(self.process.stdin.close)  # type: ignore[union-attr]

    def run(self, job: Mapping[str, Any]) -> int:
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            return int(self.process.stdout.readline())
        except BaseException:  # a test that was stopped, say: its answer must not be taken for that of the next job
            self.process.kill()
            _warm.cache_clear()
            raise


@functools.cache
def _warm() -> _Warm:
    return _Warm()


def serve() -> None:
    """Answer jobs until the other end closes."""
    answers = os.fdopen(os.dup(1), "w")
    jobs = os.fdopen(os.dup(0), "r")
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    for name in (*LIBRARIES, *ROOMS):
        module = importlib.import_module(name)
        if name in ROOMS:
            for below in pkgutil.walk_packages(module.__path__, f"{name}."):
                importlib.import_module(below.name)
    multiprocessing.set_forkserver_preload(list(WORKERS))
    gc.collect()
    gc.freeze()
    while line := jobs.readline():
        if not (pid := os.fork()):
            become(json.loads(line))
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        answers.flush()


def become(job: dict[str, Any]) -> None:
    """The command, up to the end of this process."""
    from circuit_vqa import main

    for name, number in (("out", 1), ("err", 2)):
        with Path(job[name]).open("ab") as file:
            os.dup2(file.fileno(), number)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    sys.argv = job["words"]
    if job.get("log_all"):
        logging.basicConfig(level=logging.DEBUG)
    signal.alarm(LIMIT_S)
    sys.exit(main())


if __name__ == "__main__":
    serve()
