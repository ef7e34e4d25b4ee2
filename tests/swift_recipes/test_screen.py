"""Of swift's log the screen shows steps, and of a failure the reason."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from swift_recipes import screen

STEP = (
    "Train:  50%|#####     | 5/10 [00:04<00:04]{'loss': '1.343', 'grad_norm': '2.1', 'token_acc': '0.8',"
    " 'epoch': '0.5', 'global_step/max_steps': '5/10', 'elapsed_time': '4s', 'remaining_time': '4s'}"
)


def test_a_step_is_one_short_line() -> None:
    assert screen.essence(STEP) == "  step 5/10  loss 1.343  token accuracy 0.8  4s gone, 4s to go"


def test_a_step_by_reward_shows_the_reward() -> None:
    step = STEP.replace("'token_acc': '0.8'", "'reward': '0.31', 'completions/mean_length': '24'")
    assert screen.essence(step) == "  step 5/10  reward 0.31  tokens a reply 24  4s gone, 4s to go"
    assert screen.essence("[INFO:swift] Setting args.lazy_tokenize: True") == ""
    assert "checkpoint-5" in screen.essence("[INFO:swift] Saving model checkpoint to /x/checkpoint-5")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate", "per_device_train_batch_size"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "  raise ValueError(f'remaining_argv: {x}')\nValueError: remaining_argv: ['--lora_rnak', '8']",
            "['--lora_rnak",
        ),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'images'\nTrain: 10%", "KeyError: 'images'"),
        ("all is well", "no error"),
    ],
)
def test_a_failure_is_explained(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "log").write_text(text, "utf-8")
    said = screen.explain(tmp_path / "log")
    assert word in said
    assert "\n" not in said


def test_following_ends_with_the_process_and_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    writer = "import time\nfor i in range(3):\n time.sleep(.2); print(LINE.replace('5/10', f'{i}/10'), flush=True)"
    with log.open("w") as f:
        f.write("old\n")
        f.flush()
        child = subprocess.Popen([sys.executable, "-c", f"LINE = {STEP!r}\n{writer}"], stdout=f)
        screen.follow(log, child.pid, 4)
        child.wait()
    assert capsys.readouterr().out.count("step") == 3


def test_the_peak_of_a_stopped_run_is_noted(tmp_path: Path) -> None:
    """Ctrl-C reaches the watcher too; it stays until the run has ended."""
    log = tmp_path / "train.log"
    log.write_text("")
    run = subprocess.Popen(["sleep", "60"], start_new_session=True)
    watcher = subprocess.Popen([sys.executable, "-m", "swift_recipes.screen", str(log), str(run.pid), "0"])
    time.sleep(1.5)
    watcher.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert watcher.poll() is None
    run.kill()
    run.wait()
    assert watcher.wait(timeout=10) == 0
    assert "peak memory of all processes: 0.00 GiB" in log.read_text()
