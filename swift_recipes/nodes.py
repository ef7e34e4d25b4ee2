"""Processes and machines of a run: what NPROC_PER_NODE, NNODES, NODE_RANK, MASTER_ADDR and MASTER_PORT say, checked."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from qa.errors import KitError
from swift_recipes import checks, machine, rundir
from swift_recipes.flags import on
from swift_recipes.recipe import Recipe, names

PORT = 29500
"""Of torchrun, where MASTER_PORT says nothing."""
GATHERED = "gradient_accumulation_steps"
WAIT = 600.0
"""Seconds that a node waits for node 0 to begin, where NODE_WAIT says nothing."""
_SHARDS = re.compile(r"zero_pp_rank_(\d+)_mp_rank_\d+_optim_states\.pt$")


@dataclass(frozen=True)
class World:
    """The processes of a run: `processes` on each of `nodes` machines; this one is number `rank`, from 0."""

    processes: int = 1
    nodes: int = 1
    rank: int = 0
    address: str = ""
    port: int = PORT

    @property
    def size(self) -> int:
        """Processes together."""
        return self.processes * self.nodes


def world(env: Mapping[str, str] = os.environ) -> World:
    """The processes that the environment asks for.

    Raises:
        KitError: a number that is none, or several nodes without MASTER_ADDR or NODE_RANK.
    """
    nodes, processes = _number(env, "NNODES", 1, 1), _number(env, "NPROC_PER_NODE", 1, 1)
    if nodes == 1:
        return World(processes, port=_number(env, "MASTER_PORT", PORT, 1))
    how = f"start the same command on every node, with NNODES={nodes} MASTER_ADDR=<address of node 0>"
    if not env.get("MASTER_ADDR"):
        raise KitError(f"NNODES={nodes} without MASTER_ADDR: the nodes cannot find each other; {how} NODE_RANK=0, 1, …")
    if not env.get("NODE_RANK"):
        raise KitError(
            f"NNODES={nodes} without NODE_RANK: which node is this? {how} NODE_RANK=0 on the first, then 1, …"
        )
    rank = _number(env, "NODE_RANK", 0, 0)
    if rank >= nodes:
        raise KitError(f"NODE_RANK={rank} with NNODES={nodes}: ranks go from 0 to {nodes - 1}")
    return World(processes, nodes, rank, env["MASTER_ADDR"], _number(env, "MASTER_PORT", PORT, 1))


def share(recipe: Recipe, processes: int) -> Recipe:
    """A recipe of ours with its rows a step shared out: gradients are gathered over fewer batches of each process.

    So a run makes the same steps on 1 GPU and on 8. A YAML of the user's own stays as it is written. Under GRPO a step
    takes whole questions: more batches where their replies would not come out even (4 replies x 5 GPUs, 8 a question).
    """
    gathered = recipe.values.get(GATHERED, 1)
    if not isinstance(gathered, int) or recipe.name.split("+")[0] not in names():
        return recipe
    batch, replies = recipe.values.get("per_device_train_batch_size", 1), recipe.values.get("num_generations", 1)
    if 1 in (processes, gathered) and batch * gathered * processes % replies == 0:
        return recipe
    each = max(gathered // processes, 1)
    each = next(n for n in range(each, each + replies) if batch * n * processes % replies == 0)
    why = f"batches of each of {processes} processes before the weights change; {gathered} for one process"
    return replace(recipe, values=recipe.values | {GATHERED: each}, comments=recipe.comments | {GATHERED: why})


def disk_gb(recipe: Recipe) -> float:
    """GB of disk that a run needs: under DeepSpeed checkpoints of full training hold float32 copies of all weights.

    16 bytes a weight (measured: 12 of optimizer, 2 or 4 of weights) where Adam in bfloat16 has 6.
    """
    large = recipe.values.get("tuner_type") == "full" and "deepspeed" in recipe.values
    return recipe.needs.get("disk_gb", 1.0) * (16 / 6 if large else 1)


def check(here: World, recipe: Recipe, flags: list[str]) -> None:
    """Raises KitError if this machine cannot start its processes, or they would not find each other."""
    cards = len(checks.gpus())
    on_cpu = recipe.values.get("use_cpu") is True or on(flags, "use_cpu")
    if here.processes > 1 and not on_cpu and here.processes > cards:
        mend = f"set NPROC_PER_NODE={cards}" if cards else "add parts/cpu_ranks.yaml (RECIPE=tiny/lora+ddp has it)"
        raise KitError(
            f"NPROC_PER_NODE={here.processes}, and nvidia-smi finds {cards} GPUs: without one of its own a process"
            f" trains alone and says nothing; {mend}"
        )
    if recipe.values.get("use_cpu") is True and here.processes > (os.cpu_count() or 1) * 2:
        raise KitError(f"NPROC_PER_NODE={here.processes} on {os.cpu_count()} cores: take no more than one a core")
    deepspeed = str(recipe.values.get("deepspeed", ""))
    if deepspeed and (on_cpu or "offload" in deepspeed) and not shutil.which("c++"):
        raise KitError(
            f"deepspeed: {deepspeed} compiles a part of itself on the first run and finds no C++ compiler; install one:"
            " apt-get install g++"
        )
    if here.nodes > 1:
        _check_address(here)


def cards(processes: int) -> list[str]:
    """Indices of the GPUs with most free memory, one for each process; none where there are no more than that.

    With more GPUs than processes swift spreads one copy of the model over several (`device_map: auto`), which then work
    one after the other, and says nothing.
    """
    found = machine.nvidia("memory.free")
    if len(found) <= processes:
        return []
    freest = sorted(found, key=lambda card: -int(card[1]) if card[1].isdigit() else 0)[:processes]
    return sorted((index for index, _ in freest), key=int)


def check_shards(checkpoint: Path, here: World) -> None:
    """Raises KitError if ZeRO wrote a checkpoint for another number of processes: it cannot go on with this one."""
    found = (_SHARDS.search(p.name) for p in checkpoint.glob("global_step*/*_optim_states.pt"))
    ranks = {int(m.group(1)) for m in found if m}
    if ranks and len(ranks) != here.size:
        raise KitError(
            f"{checkpoint}: ZeRO wrote it in {len(ranks)} shards and cannot go on with {here.size} processes; start"
            f" {len(ranks)} again (NPROC_PER_NODE x NNODES), or take another OUT=… and train anew"
        )
    before = len(list(checkpoint.glob("rng_state_*.pth"))) or 1
    if not ranks and before != here.size:
        raise KitError(
            f"{checkpoint}: {before} processes wrote it and {here.size} would go on, with the rows in another order;"
            f" start {before} again (NPROC_PER_NODE x NNODES), or insist with FORCE=1"
        )


def follow(out: Path, mark: str, here: World, wait: float | None = None) -> tuple[str, str]:
    """What node 0 has begun, for the other nodes, which write nothing: as `rundir.begin` returns it.

    No node can be ahead: training starts when all are there.

    Raises:
        KitError: node 0 begins nothing in OUT, or something else, for `wait` seconds (NODE_WAIT, else 600).
    """
    seconds = float(_number(os.environ, "NODE_WAIT", int(WAIT), 0)) if wait is None else wait
    end = time.monotonic() + seconds
    while (began := _read(out / "run.json")).get("mark") != mark or not (out / rundir.GIVEN).is_file():
        if time.monotonic() >= end:
            raise KitError(_apart(out, began, here, seconds))
        time.sleep(0.5)
    checkpoint = rundir.last_checkpoint(out)
    if began.get("finished") and checkpoint:
        return "finished", str(began["finished"])
    return ("resume", str(checkpoint)) if checkpoint else ("new", "")


def _apart(out: Path, began: dict[str, object], here: World, seconds: float) -> str:
    if not began:
        return (
            f"{out}: node {here.rank} waited {seconds:.0f} s and sees no run of node 0 here; is node 0 started, and"
            " does OUT lie on a disk that all nodes share?"
        )
    return (
        f"{out}/run.json: node 0 began with other settings than node {here.rank} has; give every node the same recipe,"
        " flags, MODEL, DATA and OUT, on a disk that all nodes share"
    )


def _check_address(here: World) -> None:
    try:
        found = socket.getaddrinfo(here.address, here.port, type=socket.SOCK_STREAM)
    except OSError as e:
        raise KitError(f"MASTER_ADDR={here.address}: no such machine ({e.strerror or e}); give node 0's address") from e
    if here.rank:
        return
    family, kind, proto, _, _ = found[0]
    with socket.socket(family, kind, proto) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("", here.port))
        except OSError as e:
            raise KitError(
                f"MASTER_PORT={here.port}: is taken on this node ({e.strerror}); give every node another"
            ) from e


def _number(env: Mapping[str, str], key: str, default: int, least: int) -> int:
    text = env.get(key) or str(default)
    if not re.fullmatch(r"\d{1,6}", text) or int(text) < least:
        raise KitError(f"{key}={text} is not a whole number from {least} on")
    if key == "MASTER_PORT" and int(text) > 65535:
        raise KitError(f"{key}={text} is no port; choose one from 1024 to 65535")
    return int(text)


def _read(path: Path) -> dict[str, object]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
