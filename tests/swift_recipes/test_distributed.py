"""Several processes and machines: settings are checked before a start, and only node 0 writes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from qa.errors import KitError
from swift_recipes import nodes, recipe, rundir, screen
from swift_recipes.cli import app
from swift_recipes.lint.check import lint
from swift_recipes.nodes import World, world
from tests.swift_recipes.test_rundir import checkpoint

REPO = Path(__file__).parents[2]
TWO = {"NNODES": "2", "NODE_RANK": "1", "MASTER_ADDR": "127.0.0.1", "NPROC_PER_NODE": "4"}


def test_without_settings_one_process_runs() -> None:
    assert world({}) == World() and World().size == 1
    assert world({"NPROC_PER_NODE": "8", "NODE_RANK": "7"}).size == 8, "the rank of one machine says nothing"


def test_two_nodes() -> None:
    here = world(TWO | {"MASTER_PORT": "1234"})
    assert (here.size, here.rank, here.address, here.port) == (8, 1, "127.0.0.1", 1234)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"MASTER_ADDR": ""}, "NNODES=2 without MASTER_ADDR"),
        ({"NODE_RANK": ""}, "NNODES=2 without NODE_RANK"),
        ({"NODE_RANK": "2"}, "ranks go from 0 to 1"),
        ({"NODE_RANK": "-1"}, "NODE_RANK=-1"),
        ({"NNODES": "two"}, "NNODES=two"),
        ({"NNODES": "0"}, "NNODES=0"),
        ({"NPROC_PER_NODE": "auto"}, "NPROC_PER_NODE=auto"),
        ({"MASTER_PORT": "99999"}, "MASTER_PORT=99999"),
    ],
)
def test_settings_that_cannot_be_are_one_line(changed: dict[str, str], word: str) -> None:
    with pytest.raises(KitError) as e:
        world(TWO | changed)
    assert word in str(e.value) and "\n" not in str(e.value)


@given(st.dictionaries(st.sampled_from([*TWO, "MASTER_PORT"]), st.text(max_size=8)))
def test_any_words_are_read_or_refused(env: dict[str, str]) -> None:
    with contextlib.suppress(KitError):
        assert world(env).size >= 1


def test_rows_a_step_do_not_depend_on_the_number_of_gpus(tmp_path: Path) -> None:
    one = recipe.load("qwen2_5_vl_3b/full+zero3")
    rows = {n: nodes.share(one, n).values["gradient_accumulation_steps"] * n * 2 for n in (1, 2, 3, 4, 8, 16)}
    assert rows == {1: 16, 2: 16, 3: 12, 4: 16, 8: 16, 16: 32}
    assert "8 for one process" in nodes.share(one, 2).comments["gradient_accumulation_steps"]
    mine = tmp_path / "mine.yaml"
    mine.write_text("gradient_accumulation_steps: 8  # as swift means it\n", "utf-8")
    assert nodes.share(recipe.load(str(mine)), 4).values == {"gradient_accumulation_steps": 8}


@pytest.mark.parametrize("name", ["qwen2_5_vl_3b/grpo+ddp", "qwen2_5_vl_3b/grpo+zero3", "tiny/grpo+ddp"])
def test_a_step_of_grpo_takes_whole_questions(name: str) -> None:
    for processes in range(1, 17):
        v = nodes.share(recipe.load(name), processes).values
        replies = v["per_device_train_batch_size"] * v.get("gradient_accumulation_steps", 1) * processes
        assert replies % v["num_generations"] == 0, f"{processes} GPUs: swift refuses {replies} replies a step"
    v = nodes.share(recipe.load("qwen2_5_vl_3b/grpo+ddp"), 8).values
    assert v["gradient_accumulation_steps"] == 1, "32 replies on 8 GPUs as on one"


def test_checkpoints_of_full_training_under_deepspeed_are_large() -> None:
    plain = recipe.load("qwen2_5_vl_7b/full")
    assert nodes.disk_gb(plain) == nodes.disk_gb(recipe.load("qwen2_5_vl_7b/full+ddp")) == plain.needs["disk_gb"]
    assert nodes.disk_gb(recipe.load("qwen2_5_vl_7b/full+zero3")) > 2 * plain.needs["disk_gb"]
    assert nodes.disk_gb(recipe.load("qwen2_5_vl_7b/lora+zero3")) == recipe.load("qwen2_5_vl_7b/lora").needs["disk_gb"]


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swift_recipes.checks.gpus", lambda: [(24.0, 24.0)] * 2)
    plain = recipe.load("qwen2_5_vl_3b/lora")
    nodes.check(World(processes=2), plain, [])
    with pytest.raises(KitError, match=r"NPROC_PER_NODE=2$"):
        nodes.check(World(processes=4), plain, [])
    monkeypatch.setattr("swift_recipes.checks.gpus", list)
    with pytest.raises(KitError, match="trains alone"):
        nodes.check(World(processes=2), recipe.load("tiny/lora"), [])
    nodes.check(World(processes=2), recipe.load("tiny/lora+ddp"), [])
    nodes.check(World(), plain, [])


def test_deepspeed_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    for name in ("tiny/lora+zero3", "qwen2_5_vl_3b/full+zero3_offload"):
        with pytest.raises(KitError, match=r"apt-get install g\+\+"):
            nodes.check(World(), recipe.load(name), [])
    nodes.check(World(), recipe.load("qwen2_5_vl_3b/full+zero3"), [])


def test_an_address_that_is_none_and_a_taken_port() -> None:
    plain = recipe.load("tiny/lora")
    with pytest.raises(KitError, match="MASTER_ADDR=no such host"):
        nodes.check(World(nodes=2, address="no such host"), plain, [])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        here = World(nodes=2, address="127.0.0.1", port=taken.getsockname()[1])
        with pytest.raises(KitError, match=r"MASTER_PORT=\d+: is taken"):
            nodes.check(here, plain, [])
        nodes.check(World(nodes=2, rank=1, address="127.0.0.1", port=here.port), plain, [])


def shards(out: Path, ranks: int, step: int = 4) -> Path:
    folder = checkpoint(out, step)
    (folder / f"global_step{step}").mkdir()
    for i in range(ranks):
        (folder / f"global_step{step}" / f"bf16_zero_pp_rank_{i}_mp_rank_00_optim_states.pt").write_bytes(b"")
    return folder


def test_shards_go_on_with_as_many_processes_only(tmp_path: Path) -> None:
    nodes.check_shards(shards(tmp_path / "a", 4), World(2, 2))
    with pytest.raises(KitError, match="in 4 shards and cannot go on with 8"):
        nodes.check_shards(shards(tmp_path / "b", 4), World(8))
    plain = checkpoint(tmp_path / "c", 4)
    nodes.check_shards(plain, World())
    with pytest.raises(KitError, match="1 processes wrote it and 2 would go on"):
        nodes.check_shards(plain, World(2))
    for i in range(2):
        (plain / f"rng_state_{i}.pth").write_bytes(b"")
    nodes.check_shards(plain, World(2))


def begun(data: Path, out: Path) -> str:
    plain = (recipe.load("tiny/lora+ddp"), "models/tiny", data, out, 784, 512, [])
    rundir.begin(*plain)
    return rundir.mark_of(rundir.run_settings(*plain))


def test_another_node_follows_and_writes_nothing(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    mark = begun(data, out)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert nodes.follow(out, mark, World(1, 2, 1), 0) == ("new", "")
    whole = checkpoint(out, 4)
    assert nodes.follow(out, mark, World(1, 2, 1), 0) == ("resume", str(whole))
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and whole not in p.parents} == before
    rundir.finish(out)
    assert nodes.follow(out, mark, World(1, 2, 1), 0) == ("finished", "4")


def test_a_node_waits_for_the_first(data: Path, tmp_path: Path) -> None:
    mark = begun(data, tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / "later")
    late = threading.Timer(0.3, lambda: (tmp_path / "later").rename(tmp_path / "run"))
    late.start()
    began = time.monotonic()
    assert nodes.follow(tmp_path / "run", mark, World(1, 2, 1), 20) == ("new", "")
    assert 0.2 < time.monotonic() - began < 10


def test_a_node_that_is_apart_says_why(data: Path, tmp_path: Path) -> None:
    with pytest.raises(KitError, match="a disk that all nodes share"):
        nodes.follow(tmp_path / "none", "x", World(1, 2, 1), 0)
    begun(data, tmp_path / "run")
    with pytest.raises(KitError, match="other settings than node 1"):
        nodes.follow(tmp_path / "run", "another", World(1, 2, 1), 0)


def test_parts_for_several_processes_lint_clean_and_name_what_they_do_not_go_with(tmp_path: Path) -> None:
    known = recipe.additions("tiny")
    for part in ("ddp", "zero2", "zero3", "zero3_offload", "fsdp2"):
        assert known[part].parent.parent.name == "tiny", "the stand-in's own, for CPU processes"
        assert recipe.load(f"tiny/full+{part}" if "fsdp" not in part else "tiny/lora+fsdp2").values["use_cpu"] is True
    for part in ("zero3", "zero3_offload"):
        with pytest.raises(KitError, match="does not go with qlora"):
            recipe.load(f"qwen2_5_vl_3b/qlora+{part}")
    path = tmp_path / "own.yaml"
    path.write_text(recipe.load("qwen2_5_vl_3b/qlora+fsdp2").to_yaml(), "utf-8")
    assert [str(f) for f in lint(path)] == []
    preset = json.loads((swift_folder() / "config" / "fsdp2.json").read_text("utf-8"))
    ours = recipe.load("qwen2_5_vl_3b/qlora+fsdp2").values["fsdp"]
    assert ours["fsdp"] == preset["fsdp"]
    assert ours["fsdp_config"] == preset["fsdp_config"] | {"state_dict_type": "FULL_STATE_DICT"}


def swift_folder() -> Path:
    from importlib.util import find_spec

    spec = find_spec("swift")
    assert spec and spec.origin
    return Path(spec.origin).parent


def test_a_node_without_an_address_is_told_so_in_one_line(tmp_path: Path, data: Path, fake_model: Path) -> None:
    (fake_model / "stand_in.json").write_text("{}", "utf-8")
    env = os.environ | {"MODEL": str(fake_model), "DATA": str(data), "OUT": str(tmp_path / "run"), "NNODES": "2"}
    env |= {"NODE_RANK": "1", "METHOD": "lora"}
    done = subprocess.run(["bash", "shell/train_zero3.sh"], cwd=REPO, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert "MASTER_ADDR" in line and "NODE_RANK=0" in line
    assert not (tmp_path / "run").exists()


TORCHRUN = """torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
swift/cli/sft.py FAILED
  exitcode  : {} (pid: 9790)
"""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (
            "[rank1]: AssertionError: Check batch related parameters.\n" + TORCHRUN.format(1),
            "AssertionError: Check batch",
        ),
        (TORCHRUN.format(-9), "memory is full"),
        ("[W] The server socket has failed to listen (errno: 98 - Address already in use).\n", "MASTER_PORT"),
        ("torch.distributed.DistNetworkError: The client socket has timed out after 60000ms\n", "MASTER_ADDR"),
        ("[E] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=4176)\n", "every row has a picture"),
    ],
)
def test_why_processes_ended(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "train.log").write_text(text, "utf-8")
    told = screen.explain(tmp_path / "train.log")
    assert word in told and "\n" not in told and "ChildFailed" not in told


def test_a_process_sees_one_gpu_of_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text("#!/bin/sh\nprintf '0, 100\\n1, 900\\n2, 300\\n10, 800\\n'\n", "utf-8")
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert nodes.cards(1) == ["1"] and nodes.cards(2) == ["1", "10"], "those with most memory left"
    assert nodes.cards(4) == nodes.cards(8) == [], "all are wanted"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,2")
    assert nodes.cards(1) == ["2"], "of those the user allows"
    monkeypatch.setenv("NPROC_PER_NODE", "1")

    def said(*flags: str) -> str:
        return CliRunner().invoke(app, ["cards", "--recipe", "qwen2_5_vl_3b/lora", "--", *flags]).stdout.strip()

    assert said("--max_steps", "2") == "2"
    assert said("--device_map", "auto") == "", "one model over several GPUs was asked for"


@pytest.mark.parametrize(("offload", "part"), [("1", "zero3_offload"), ("0", "zero3"), ("", "zero3")])
def test_offload_is_asked_for_by_one(tmp_path: Path, offload: str, part: str) -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("METHOD", "RECIPE", "NNODES", "NPROC_PER_NODE")}
    env |= {"OFFLOAD": offload, "MODEL": "Qwen/Qwen2.5-VL-3B-Instruct", "DATA": str(tmp_path / "none")}
    env |= {"OUT": str(tmp_path / "run")}
    done = subprocess.run(
        ["bash", "shell/train_zero3.sh"], cwd=REPO, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode and f"RECIPE=qwen2_5_vl_3b/full+{part} " in done.stdout, done.stdout + done.stderr
