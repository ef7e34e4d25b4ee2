"""Scripts that need swift, each in a fork of one process that has imported it: its 15-20 s are paid once.

As a program it reads a job a line, {"script", "argv", "cwd"}, and answers each with a line: {"code", "out", "err"}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.forked_swift import leave_after

ROOT = Path(__file__).parents[2]


class WarmSwift:
    """What `python -c SCRIPT ARGV…` prints where swift is imported already. No hub, no GPU, no chatter."""

    def __init__(self) -> None:
        paths = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
        env = {k: v for k, v in os.environ.items() if k != "CIRCUIT_REWARD_CHARS"} | {
            "PYTHONPATH": paths, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.swift_recipes.warm_swift"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, bufsize=1,
        )  # fmt: skip

    def __call__(self, script: str, *argv: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"script": script, "argv": argv, "cwd": str(cwd)}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the process with swift ended with {self.process.wait()}"
        said = json.loads(line)
        return subprocess.CompletedProcess(["python", "-c", script], said["code"], said["out"], said["err"])

    def close(self) -> None:
        """Its end of the pipe closes, and it ends."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


def serve() -> None:
    """Answer jobs until the other end closes."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries greet with is no answer
    from swift.arguments import RLHFArguments, SftArguments  # noqa: F401
    from swift.pipelines.sampling.utils import get_reward  # noqa: F401
    from swift.rewards import orms  # noqa: F401
    from swift.trainers import arguments  # noqa: F401

    for line in sys.stdin:
        answers.write(json.dumps(run(json.loads(line))) + "\n")
        answers.flush()


def run(job: dict[str, Any]) -> dict[str, Any]:
    """One job's exit code and all it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if not (pid := os.fork()):
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            leave_after(lambda: child(job))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        texts = [(f.seek(0), f.read().decode("utf-8", "replace"))[1] for f in (out, err)]
    return {"code": code, "out": texts[0], "err": texts[1]}


def child(job: dict[str, Any]) -> None:
    """Run the script as `python -c` would."""
    os.chdir(job["cwd"])
    sys.argv = ["-c", *job["argv"]]
    exec(compile(job["script"], "<script>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    serve()
