"""Every method that a CPU can run trains a stand-in for two steps by swift itself; the others say what they lack.

One process for all (run_methods.py). On a machine with a GPU and the packages, packing, padding-free, flash attention
and Liger train as well.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from swift_recipes import recipe, stand_in
from tests.swift_recipes import small_models
from tests.swift_recipes.conftest import make_data

pytestmark = pytest.mark.slow
SHORT = (
    "--max_steps", "2", "--save_steps", "2", "--logging_steps", "1", "--warmup_ratio", "0", "--eval_strategy", "no",
    "--per_device_train_batch_size", "2", "--gradient_accumulation_steps", "1", "--report_to", "none",
)  # fmt: skip
METHODS = (
    "lora", "lora+lora_plus", "lora+rslora", "lora+vision", "qlora", "qlora+vision", "full", "full+full_vision",
)  # fmt: skip
GPU = {"flash": "flash_attn", "packing": "flash_attn", "padding_free": "flash_attn", "liger": "liger_kernel"}
OTHERS = {"qwen2_vl_7b": small_models.qwen2_vl, "qwen3_vl_8b": small_models.qwen3_vl}
LANGUAGE = re.compile(r"base_model\.model\.model\.language_model\.layers\.\d+\.\w+\.(\w+)\.lora_[AB]\.weight")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    root = tmp_path_factory.mktemp("methods")
    rows = make_data(root / "data", rows=8) / "swift" / "train.jsonl"
    jobs: dict[str, list[str]] = {}

    def job(name: str, model: Path, found: recipe.Recipe, *flags: str) -> None:
        given = {"model": str(model), "dataset": [str(rows)], "output_dir": str(root / name), "max_length": 512}
        file = root / f"{name.replace('/', '-')}.yaml"
        file.write_text(found.to_yaml(given), "utf-8")
        jobs[name] = [str(file), *SHORT, *flags]

    stand_in.build(root / "tiny")
    for method in METHODS:
        job(method, root / "tiny", recipe.load(f"tiny/{method}"), "--use_cpu", "true")
    for part in GPU:
        job(part, root / "tiny", recipe.load(f"tiny/lora+{part}"), *gpu_flags())
    for folder, build in OTHERS.items():
        model = build(root / f"model-{folder}")
        for method in ("lora", "full"):
            own = root / f"{folder}-{method}.yaml"
            parents = f"[{recipe.ROOT}/{folder}/{method}.yaml, {recipe.ROOT}/parts/cpu.yaml]"
            own.write_text(f"extends: {parents}  # the model's own recipe, on a CPU\n", "utf-8")
            job(f"{folder}/{method}", model, recipe.load(str(own)), "--use_cpu", "true")
    script = str(Path(__file__).with_name("run_methods.py"))
    env = os.environ | {"HF_HUB_OFFLINE": "1", "MAX_PIXELS": str(64 * 28 * 28)}
    done = subprocess.run([sys.executable, script, json.dumps(jobs)], capture_output=True, text=True, env=env, cwd=root)
    (root / "said.txt").write_text(done.stdout + done.stderr, "utf-8")  # for a person; pytest keeps the last three
    said = [json.loads(x.removeprefix("RAN")) for x in done.stdout.splitlines() if x.startswith("RAN")]
    assert len(said) == len(jobs), done.stderr[-3000:]
    yield {s["name"]: s for s in said}
    for folder in {name.split("/")[0] for name in (*jobs, "tiny")} | {f"model-{folder}" for folder in OTHERS}:
        shutil.rmtree(root / folder, ignore_errors=True)  # a gigabyte


def gpu_flags() -> list[str]:
    return ["--torch_dtype", "bfloat16", "--bf16", "true"] if has_gpu() else ["--use_cpu", "true"]


def has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def trained(said: dict[str, Any]) -> list[str]:
    """Names of what was saved, after looking that two steps were made."""
    assert said.get("error") is None
    assert said["steps"] == 2
    assert len(said["losses"]) == 2 and all(math.isfinite(x) and x > 0 for x in said["losses"])
    return list(said["saved"])


@pytest.mark.parametrize("method", METHODS)
def test_a_method_trains_the_stand_in(ran: dict[str, dict[str, Any]], method: str) -> None:
    assert trained(ran[method])


@pytest.mark.parametrize("method", ["lora", "qlora", "lora+rslora", "lora+lora_plus"])
def test_adapters_sit_on_the_seven_projections_of_the_language_model(
    ran: dict[str, dict[str, Any]], method: str
) -> None:
    found = [LANGUAGE.fullmatch(name) for name in trained(ran[method])]
    assert all(found)
    kinds = {m[1] for m in found if m}
    assert kinds == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert len(found) == 2 * 7 * stand_in.SIZES["student"][1]
    assert ran[method]["adapter"]["use_rslora"] is (method == "lora+rslora")


def test_lora_plus_learns_at_two_rates(ran: dict[str, dict[str, Any]]) -> None:
    slow, fast = ran["lora+lora_plus"]["rates"]
    assert fast == pytest.approx(16 * slow)
    assert len(ran["lora"]["rates"]) == 1


@pytest.mark.parametrize("method", ["lora+vision", "qlora+vision"])
def test_the_last_vision_blocks_get_adapters_and_rates_of_their_own(
    ran: dict[str, dict[str, Any]], method: str
) -> None:
    vision = [n for n in trained(ran[method]) if ".visual." in n]
    assert {m[1] for n in vision if (m := re.search(r"blocks\.(\d+)", n))} == {"2", "3"}
    assert {m[1] for n in vision if (m := re.search(r"merger\.mlp\.(\d)", n))} == {"0", "2"}
    values = recipe.load(f"tiny/{method}").values
    assert ran[method]["rates"] == sorted({values[k] for k in ("vit_lr", "aligner_lr", "learning_rate")})


def test_full_training_moves_all_or_the_end_of_the_vision_tower(ran: dict[str, dict[str, Any]]) -> None:
    assert len(trained(ran["full"])) == ran["full"]["trained"], "every weight is the optimiser's"
    less = ran["full+full_vision"]
    still = [n for n in trained(less) if re.search(r"visual\.(patch_embed|blocks\.[01]\.)", n)]
    assert less["trained"] == len(less["saved"]) - len(still)
    values = recipe.load("tiny/full+full_vision").values
    assert less["rates"] == sorted({values[k] for k in ("vit_lr", "aligner_lr", "learning_rate")})


@pytest.mark.parametrize("folder", OTHERS)
def test_recipes_of_other_architectures_train_them(ran: dict[str, dict[str, Any]], folder: str) -> None:
    adapters = trained(ran[f"{folder}/lora"])
    assert all(LANGUAGE.fullmatch(n) for n in adapters)
    assert len(adapters) == 2 * 7 * 2
    whole = ran[f"{folder}/full"]
    vision = [n for n in trained(whole) if "visual" in n]
    assert vision and whole["trained"] == len(whole["saved"]) - len(vision), "the vision tower stays as it is"


@pytest.mark.parametrize("part", GPU)
def test_what_needs_a_gpu_trains_or_says_what_it_lacks(ran: dict[str, dict[str, Any]], part: str) -> None:
    if has_gpu() and find_spec(GPU[part]):
        assert trained(ran[part])
        return
    said = ran[part].get("error", "")
    assert re.search("flash|liger|triton|cuda", said, re.IGNORECASE), ran[part]
    pytest.skip(f"no GPU with {GPU[part]} here; swift said: {said[:150]}")
