"""The scripts for real, on the stand-in: train, stop, go on, merge, ask, serve. About six minutes on two cores."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from swift_recipes import stand_in
from tests.swift_recipes.conftest import make_data

pytestmark = pytest.mark.slow
REPO = Path(__file__).parents[2]
OURS = ("MODEL", "DATA", "OUT", "METHOD", "RECIPE", "FORCE", "MAX_PIXELS", "MAX_LENGTH", "PORT", "HOST", "LOG")
SHORT = ("--max_steps", "40", "--save_steps", "4", "--per_device_train_batch_size", "4")


class Place:
    """A folder with the stand-in, a dataset and runs."""

    def __init__(self, root: Path) -> None:
        self.root, self.model, self.data = root, root / "tiny", make_data(root / "data")
        stand_in.build(self.model)

    def start(self, script: str, *flags: str, **settings: str) -> subprocess.Popen[str]:
        env = {k: v for k, v in os.environ.items() if k not in OURS}
        env |= {"MODEL": str(self.model), "DATA": str(self.data), "OUT": str(self.root / "run")} | settings
        command = ["bash", f"shell/{script}", *flags]
        env = {k: v for k, v in env.items() if v}
        out = subprocess.PIPE
        return subprocess.Popen(command, cwd=REPO, env=env, stdout=out, stderr=subprocess.STDOUT, text=True)

    def run(self, script: str, *flags: str, code: int = 0, **settings: str) -> str:
        child = self.start(script, *flags, **settings)
        said, _ = child.communicate(timeout=400)
        assert child.returncode == code, said
        return said


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("slow"))


def wait_for(path: Path, child: subprocess.Popen[str], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert child.poll() is None, child.communicate()[0]
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.1)


def running(words: str) -> list[str]:
    """Command lines of processes that name `words`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if words in line:
            found.append(line)
    return found


def test_a_stopped_run_goes_on_to_the_same_step(place: Place) -> None:
    run = place.root / "run"
    child = place.start("train_qlora.sh", *SHORT)
    wait_for(run / "checkpoint-4" / "trainer_state.json", child)
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert said.strip().splitlines()[-1].endswith("the same command goes on from there")
    assert not running(str(run / ".swift")), "nothing is left running"

    child = place.start("train_qlora.sh", *SHORT)
    wait_for(run / "checkpoint-8" / "trainer_state.json", child)
    os.killpg(int((run / ".train.lock").read_text("utf-8")), signal.SIGKILL)  # the machine is gone, for swift
    said, _ = child.communicate(timeout=60)
    assert child.returncode != 0 and "what was done is kept" in said

    said = place.run("train_qlora.sh", *SHORT)
    assert "going on from" in said
    assert "trained 40 steps" in said
    assert json.loads((run / "last" / "trainer_state.json").read_text("utf-8"))["global_step"] == 40
    adapter = json.loads((run / "last" / "adapter_config.json").read_text("utf-8"))
    assert "visual" not in adapter["target_modules"], "the vision tower has no adapters"
    assert json.loads((run / "last" / "args.json").read_text("utf-8"))["quant_bits"] == 4

    began = time.monotonic()
    assert "trained already, 40 steps" in place.run("train_qlora.sh", *SHORT)
    assert time.monotonic() - began < 20, "a finished run does not train again"
    assert "FORCE=1" in place.run("train_qlora.sh", "--max_steps", "3", code=1)


def test_merged_weights_are_whole_and_answer_the_same(place: Place) -> None:
    said = place.run("merge.sh", MODEL="", DATA="")
    assert "parity 8/8" in said
    assert "accelerator" not in said, "DeepSpeed has no part in this"
    merged = place.root / "run" / "merged"
    assert "quantization_config" not in json.loads((merged / "config.json").read_text("utf-8"))
    assert (merged / "model.safetensors").stat().st_size == (place.model / "model.safetensors").stat().st_size
    assert "is there already" in place.run("merge.sh", MODEL="", DATA="")

    good = (merged / "model.safetensors").read_bytes()
    (merged / "model.safetensors").write_bytes((place.model / "model.safetensors").read_bytes())
    try:
        said = place.run("merge.sh", code=1)
        assert "PARITY_MIN" in said, "the base's own weights do not pass for merged ones"
    finally:
        (merged / "model.safetensors").write_bytes(good)


def test_asking_one_picture_and_the_test_rows(place: Place) -> None:
    said = place.run("infer.sh", "--picture", str(place.data / "images" / "test-0.png"), "--question", "R1?")
    assert said.strip().splitlines()[-1]
    place.run("infer.sh", MAX_NEW_TOKENS="8")
    replies = (place.root / "run" / "infer.jsonl").read_text("utf-8").splitlines()
    assert len(replies) == 8
    assert {"response", "labels", "messages"} <= set(json.loads(replies[0]))


def test_serving_ends_without_a_trace(place: Place) -> None:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    child = place.start("deploy.sh", PORT=str(port), MODEL="")
    assert child.stdout is not None
    said = ""
    for line in child.stdout:
        said += line
        if line.startswith("ready"):
            break
    picture = base64.b64encode((place.data / "images" / "test-0.png").read_bytes()).decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}}
    turns = [{"role": "user", "content": [image, {"type": "text", "text": "问题:R1?"}]}]
    body = json.dumps({"model": "merged", "max_tokens": 8, "temperature": 0, "messages": turns}).encode()
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as reply:
        assert isinstance(json.load(reply)["choices"][0]["message"]["content"], str), said
    child.terminate()
    child.communicate(timeout=60)
    assert child.returncode == 130
    assert not running(f"--port {port}")
    with socket.socket() as s:
        assert s.connect_ex(("127.0.0.1", port)) != 0


def test_full_training_leaves_whole_weights(place: Place) -> None:
    """The other methods: test_methods_slow.py."""
    out = place.root / "full"
    flags = ("--max_steps", "2", "--per_device_train_batch_size", "2")
    assert "trained 2 steps" in place.run("train_full.sh", *flags, OUT=str(out))
    assert (out / "last" / "model.safetensors").is_file()
    assert "nothing to merge" in place.run("merge.sh", OUT=str(out), code=1)


def test_an_unknown_flag_is_named(place: Place) -> None:
    said = place.run("train_lora.sh", "--lora_rnak", "8", OUT=str(place.root / "typo"), code=1)
    assert "does not know" in said
    assert "lora_rnak" in said
