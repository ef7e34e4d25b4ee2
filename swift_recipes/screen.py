"""Follow swift's log: its thousands of words stay in the file, the essence goes to the screen."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from swift_recipes.peak import Peak

FULL = 1024 * 1024  # bytes left on a disk on which nothing can be written any more
FULL_DISK = "the disk is full; free some and run the same command again"
# What is known to go wrong, and the words that mend it. First match in the end of the log wins.
FAULTS: tuple[tuple[str, str], ...] = (
    (r"CUDA out of memory|OutOfMemoryError", "the GPU's memory is full; add --per_device_train_batch_size 1, or a"
     " smaller MAX_PIXELS, or use train_qlora.sh"),
    (r"No space left on device|Errno 28|os error 28", FULL_DISK),
    (r"Killed|MemoryError|Cannot allocate memory|exitcode\s*: -9\b", "the machine's memory is full; close"
     " something or lower --dataloader_num_workers"),
    (r"ValueError: remaining_argv: (.*)", "swift does not know {0}; flags go in pairs, as --num_train_epochs 1"),
    (r"EADDRINUSE|Address already in use", "the port where the processes meet is taken; give all machines another:"
     " MASTER_PORT=29501"),
    (r"client socket has timed out|RendezvousTimeoutError|RendezvousConnectionError|DistNetworkError", "the machines"
     " did not find each other; start the command on all, and let them reach MASTER_ADDR:MASTER_PORT"),
    (r"Watchdog caught collective operation timeout", "a process waited in vain for another; see whether one machine is"
     " gone, and that every row has a picture (or none has one)"),
    (r"ConnectionError|Max retries exceeded|Temporary failure in name resolution|DownloadDeadlineError"
     r"|LocalEntryNotFoundError", "a download failed; fetch the model where there is a network and give its folder:"
     " MODEL=/path (USE_HF=1 takes Hugging Face's hub instead of ModelScope's)"),
    (r"does not appear to have a file named (\S+)", "the model folder lacks {0}; fetch the model again"),
    (r"SafetensorError|Error while deserializing header", "a file of weights is cut off; fetch the model again, or"
     " delete the newest checkpoint folder"),
)  # fmt: skip
_SIGNS = {  # in a line of swift's log: what stands on the screen before the rest of the line
    "model_parameter_info: ": "",
    "Saving model checkpoint to ": "checkpoint saved: ",
}
_ERROR = re.compile(r"^(?:[\w.]*(?:Error|Exception|Interrupt)\b.*|.*\berror:.*)$")


def explain(log: Path) -> str:
    """Why the run in `log` ended, in one line, with what mends it where that is known."""
    try:
        with log.open("rb") as f:
            f.seek(max(0, log.stat().st_size - 20_000))
            text = f.read().decode("utf-8", "replace").replace("\r", "\n")
    except OSError:
        return "no log was written"
    if shutil.disk_usage(log.parent).free < FULL:  # then the log could not say so
        return FULL_DISK
    for pattern, mend in FAULTS:
        if found := re.search(pattern, text):
            return mend.format(*found.groups())
    lines = (re.sub(r"^\[rank\d+\]:\s*", "", line.strip()) for line in text.splitlines())
    errors = [line for line in lines if _ERROR.match(line) and "ChildFailedError" not in line]  # torchrun's own
    return errors[-1][:300] if errors else "no error in the log"


def follow(log: Path, pid: int, start: int = 0) -> None:
    """Print what matters in `log` from byte `start` on, until process `pid` has ended; then note its peak memory."""
    shown = ""
    peak = Peak(pid)
    for piece in _pieces(log, pid, start, peak):
        line = essence(piece)
        if line and line != shown:
            print(line, flush=True)
            shown = line
    peak.note(log)


def essence(piece: str) -> str:
    """One line of swift's log as it stands on the screen; empty if it does not."""
    at = piece.find("{'")
    if at >= 0 and "global_step/max_steps" in piece:
        return _step(piece[at:])
    if "[INFO:swift]" in piece:
        for sign, text in _SIGNS.items():
            if sign in piece:
                return f"  {text}{piece.split(sign, 1)[1]}"
    if found := re.search(r"'samples/s': ([\d.]+)", piece):
        return f"  {float(found.group(1)):.1f} answers a second"
    return ""


def _step(text: str) -> str:
    try:
        row = {k: str(v) for k, v in ast.literal_eval(text[: text.rindex("}") + 1]).items()}
    except (ValueError, SyntaxError):
        return ""
    step = f"  step {row['global_step/max_steps']}"
    took = f"{row.get('elapsed_time', '?')} gone, {row.get('remaining_time', '?')} to go"
    if "eval_loss" in row:
        return f"{step}  validation loss {row['eval_loss']}  token accuracy {row.get('eval_token_acc', '?')}"
    if "reward" in row:
        return f"{step}  reward {row['reward']}  tokens a reply {row.get('completions/mean_length', '?')}  {took}"
    if "loss" in row:
        return f"{step}  loss {row['loss']}  token accuracy {row.get('token_acc', '?')}  {took}"
    return ""


def _pieces(log: Path, pid: int, start: int, peak: Peak) -> Iterator[str]:
    """Lines of a growing file; a progress meter's carriage returns end lines too."""
    rest = b""
    with log.open("rb") as f:
        f.seek(start)
        while True:
            peak.look()
            alive = _alive(pid)  # before reading: what was written before the end is read after it
            data = f.read()
            *whole, rest = re.split(rb"[\r\n]", rest + data)
            for piece in whole:
                text = piece.decode("utf-8", "replace").strip()
                if text:
                    yield text
            if not data:
                if not alive:
                    return
                time.sleep(0.3)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


if __name__ == "__main__":
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, signal.SIG_IGN)  # it ends with the process it follows, and notes what that took
    follow(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
