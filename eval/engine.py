"""The server that is asked: one that runs already, or one started for a model folder and stopped again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.errors import KitError

ROOT = Path(__file__).resolve().parent.parent
_STOP_S = 30.0
"""So long a server may take to end; then it is killed."""


@dataclass(frozen=True)
class Served:
    """Where to ask, and for what."""

    url: str
    model: str = ""
    weights: tuple[Path, ...] = ()
    title: str = ""


@contextlib.contextmanager
def engine(url: str, model: str, adapter: Path | None, log: Path, weights: tuple[Path, ...] = ()) -> Iterator[Served]:
    """The server at `url`; or, without one, a server of `model` by shell/deploy.sh, ended on the way out.

    Raises KitError where both or neither are given, or the server does not come up (its log is named).
    """
    if bool(url) == bool(model):
        what = "say what to ask" if not url else "say one of the two"
        raise KitError(f"{what}: --url http://127.0.0.1:8000/v1, or --serve runs/mine/merged to start a server")
    if adapter and not model:
        raise KitError("--adapter goes with --serve; a server at --url serves what it was started with")
    if url:
        yield Served(url, weights=weights)
        return
    folders = [p for p in (_folder(model), adapter) if p is not None and p.is_dir()]
    if adapter and not (adapter / "adapter_config.json").is_file():
        raise KitError(f"{adapter}: no adapter there; train one: shell/train_qlora.sh makes OUT/last")
    port = _free_port()
    run = _start(model, adapter, port, log)
    try:
        _wait(run, port, log)
        yield Served(f"http://127.0.0.1:{port}/v1", weights=(*weights, *folders), title=str(adapter or model))
    finally:
        _stop(run)


def _folder(model: str) -> Path:
    """A model folder: here, or as the scripts find it, in the kit's own folder."""
    return ROOT / model if not Path(model).is_dir() and (ROOT / model).is_dir() else Path(model)


def _start(model: str, adapter: Path | None, port: int, log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = ["bash", "shell/deploy.sh", *(["--adapters", str(adapter.resolve())] if adapter else [])]
    own = {"MODEL": str(_folder(model).resolve()) if _folder(model).is_dir() else model, "PORT": str(port)}
    own |= {"LOG": str(log.resolve()), "HOST": "127.0.0.1"}
    if adapter:
        own["BACKEND"] = "transformers"  # vLLM would ignore its vision part
        own["ADAPTER"] = str(adapter.absolute())  # for the picture size kept beside it; a link stays one
    env = {k: v for k, v in os.environ.items() if k not in ("OUT", "ADAPTER")} | own
    print(f"serving {adapter or model} (log: {log})", file=sys.stderr)
    with log.with_suffix(".start.log").open("wb") as out:
        return subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )  # fmt: skip


def _end_with_parent() -> None:
    """Linux ends deploy.sh, and it the server, when we are gone: kill, kill -9, a terminal that is closed."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _wait(run: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the server answers. deploy.sh itself gives up after SERVER_WAIT seconds."""
    said = log.with_suffix(".start.log")
    while b"\nready." not in said.read_bytes():
        if run.poll() is not None:
            lines = said.read_text(errors="replace").strip().splitlines()
            why = lines[-1].removeprefix("circuit-vqa: ") if lines else "it said nothing"
            raise KitError(f"the server did not start: {why} (log: {log})")
        time.sleep(0.2)


def _stop(run: subprocess.Popen[bytes]) -> None:
    """End the server with its children."""
    if run.poll() is None:
        run.send_signal(signal.SIGTERM)  # deploy.sh's trap ends the server's own group
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(_STOP_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
