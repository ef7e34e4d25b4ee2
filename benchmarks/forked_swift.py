"""`swift` commands in forked processes of one that has imported it: its 20 s of start-up are paid once.

What runs is what `swift sft|rlhf|export` runs, with the YAML that train.sh would hand over; only the import is shared.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from swift_recipes import recipe, rundir

PIXELS, LENGTH = 50176, 512  # what the stand-in is trained with


def warm() -> None:
    """Import what every command imports. Starts no thread: a fork copies none."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "MAX_PIXELS": str(PIXELS), "MAX_LENGTH": str(LENGTH)}
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import bitsandbytes  # noqa: F401
    import peft  # noqa: F401
    from swift.pipelines import rlhf_main, sft_main  # noqa: F401
    from transformers import Qwen2_5_VLForConditionalGeneration  # noqa: F401


def start(command: str, argv: Sequence[str], log: Path) -> int:
    """Begin `swift COMMAND ARGV…` in a process group of its own; returns its process id."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    if not (pid := os.fork()):
        leave_after(lambda: _command(command, list(argv), log))
    return pid


def _command(command: str, words: list[str], log: Path) -> None:
    os.setsid()
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    from swift import pipelines
    from swift.cli.main import parse_yaml_args

    parse_yaml_args(words)
    sys.argv = ["swift", *words]  # some of swift reads it
    getattr(pipelines, f"{command}_main")(words)


def leave_after(work: Callable[[], object]) -> NoReturn:
    """All that a fork does: the work, then the end of the process, 1 and a traceback where the work failed."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def call(function: Callable[..., Any], *words: Any, **more: Any) -> Any:
    """The result of a function that computes with torch: in a fork too, as a process whose threads have run cannot
    be forked again."""
    with tempfile.NamedTemporaryFile() as result:
        if not (pid := os.fork()):
            leave_after(lambda: Path(result.name).write_bytes(pickle.dumps(function(*words, **more))))
        if code := wait(pid):
            raise RuntimeError(f"{function.__name__} ended with {code}")
        return pickle.loads(Path(result.name).read_bytes())


def wait(pid: int) -> int:
    """The exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def begin_training(name: str, model: Path, data: Path, out: Path, flags: Sequence[str]) -> tuple[str, int]:
    """What train.sh does up to `swift`: returns `new` or `resume`, and the process id."""
    found = recipe.load(name)
    state, detail = rundir.begin(found, str(model), data, out, PIXELS, LENGTH, list(flags))
    resume = ["--resume_from_checkpoint", detail] if state == "resume" else []
    if resume and not (Path(detail) / "adapter_config.json").is_file():
        resume += ["--model", detail, "--load_args", "false"]  # as train.sh does, and for its reason
    command = "rlhf" if "rlhf_type" in found.values else "sft"
    return state, start(command, [str(out / rundir.GIVEN), *resume, *flags], out / "train.log")


def wait_for(path: Path, pid: int, seconds: float = 240) -> bool:
    """Whether `path` came before process `pid` ended or the time was over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists():
            return True
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return path.exists()
        time.sleep(0.02)
    return False
