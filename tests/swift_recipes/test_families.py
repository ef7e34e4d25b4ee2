"""A model's recipes and swift's names for it are found from its config.json or its hub name."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from qa.errors import KitError
from swift_recipes import families, recipe
from swift_recipes.cli import app
from swift_recipes.planning import packs

REPO = Path(__file__).parents[2]
SIZES = {  # of the language models: hidden_size, num_hidden_layers, intermediate_size
    "Qwen2.5-VL-3B": ("qwen2_5_vl", 2048, 36, 11008), "Qwen2.5-VL-7B": ("qwen2_5_vl", 3584, 28, 18944),
    "Qwen2.5-VL-32B": ("qwen2_5_vl", 5120, 64, 27648), "Qwen2.5-VL-72B": ("qwen2_5_vl", 8192, 80, 29568),
    "Qwen2-VL-7B": ("qwen2_vl", 3584, 28, 18944), "Qwen2-VL-2B": ("qwen2_vl", 1536, 28, 8960),
    "Qwen3-VL-8B": ("qwen3_vl", 4096, 36, 12288), "Qwen3-VL-4B": ("qwen3_vl", 2560, 36, 9728),
}  # fmt: skip


def folder(root: Path, kind: str, hidden: int, layers: int, inner: int, nested: bool = True, tied: bool = False) -> str:
    text = {"hidden_size": hidden, "num_hidden_layers": layers, "intermediate_size": inner, "vocab_size": 152064}
    config = {"model_type": kind, "tie_word_embeddings": tied} | ({"text_config": text} if nested else text)
    root.mkdir(exist_ok=True)
    (root / "config.json").write_text(json.dumps(config), "utf-8")
    (root / "model.safetensors").write_bytes(b"12345678")
    return str(root)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Qwen2.5-VL-3B", "qwen2_5_vl_3b"), ("Qwen2.5-VL-7B", "qwen2_5_vl_7b"), ("Qwen2.5-VL-32B", "qwen2_5_vl_32b"),
        ("Qwen2-VL-7B", "qwen2_vl_7b"), ("Qwen2-VL-2B", "qwen2_vl_7b"), ("Qwen3-VL-8B", "qwen3_vl_8b"),
        ("Qwen3-VL-4B", "qwen3_vl_8b"),
    ],
)  # fmt: skip
def test_hub_names_and_folders_of_any_name_find_their_recipes(tmp_path: Path, name: str, wanted: str) -> None:
    kind = SIZES[name][0]
    assert families.of(f"Qwen/{name}-Instruct") == families.Family(kind, wanted)
    for nested in (True, False):
        local = folder(tmp_path / "merged", *SIZES[name], nested=nested, tied=name == "Qwen2.5-VL-3B")
        assert families.of(local) == families.Family(kind, wanted)
        assert families.model_type(local) == kind


def test_a_model_larger_than_all_recipes_is_refused(tmp_path: Path) -> None:
    for model in ("Qwen/Qwen2.5-VL-72B-Instruct", folder(tmp_path, *SIZES["Qwen2.5-VL-72B"])):
        with pytest.raises(KitError, match="RECIPE=qwen2_5_vl_32b/lora") as e:
            families.of(model)
        assert "\n" not in str(e.value)


def test_a_narrow_model_is_a_stand_in_merged_or_not(tmp_path: Path) -> None:
    assert families.of(folder(tmp_path, "qwen2_5_vl", 128, 4, 384)).folder == "tiny"
    assert families.of(folder(tmp_path, "qwen3_vl", 64, 2, 128)).folder == "tiny"


def test_a_name_that_tells_nothing_asks_for_the_recipe() -> None:
    assert families.model_type("me/mine") == ""
    with pytest.raises(KitError, match="RECIPE="):
        families.of("me/mine")


def test_the_scripts_get_recipe_and_model() -> None:
    def picked(*words: str) -> list[str]:
        done = CliRunner().invoke(app, ["pick", *words], catch_exceptions=False)
        assert done.exit_code == 0
        return done.output.splitlines()

    assert picked("--method", "qlora") == ["qwen2_5_vl_3b/qlora", "Qwen/Qwen2.5-VL-3B-Instruct"]
    seven = "Qwen/Qwen2.5-VL-7B-Instruct"
    assert picked("--method", "lora+packing", "--model", seven) == ["qwen2_5_vl_7b/lora+packing", seven]
    assert picked("--method", "x", "--recipe", "qwen3_vl_8b/lora") == ["qwen3_vl_8b/lora", "Qwen/Qwen3-VL-8B-Instruct"]
    assert picked("--method", "x", "--recipe", "mine.yaml", "--model", "m") == ["mine.yaml", "m"]


@pytest.mark.parametrize(
    ("model", "flags"),
    [
        ("Qwen/Qwen3-VL-8B-Instruct", "--model_type qwen3_vl --template qwen3_vl"),
        ("Qwen/Qwen2-VL-7B-Instruct", "--model_type qwen2_vl --template qwen2_vl"),
        ("me/mine", "--max_length 2048"),
    ],
)
def test_infer_deploy_and_merge_tell_swift_the_type(model: str, flags: str) -> None:
    script = 'source shell/common.sh; limits x; model_flags "$0"; echo "${MODEL_FLAGS[*]}"'
    done = subprocess.run(["bash", "-c", script, model], cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert flags in done.stdout
    assert done.stdout.count("--model_type") == (model != "me/mine")


@pytest.mark.parametrize("name", [n for n in recipe.names() if not n.startswith("tiny/")])
def test_a_recipe_is_for_the_model_it_names(name: str) -> None:
    values = recipe.load(name).values
    family = families.of(values["model"])
    assert name.startswith(f"{family.folder}/")
    assert family.model_type == values["model_type"] == values["template"]


@pytest.mark.parametrize("name", [n for n in recipe.names() if re.search("/q?lora$|/full$", n) and "tiny" not in n])
def test_the_memory_looked_for_is_the_estimate_with_its_margin(name: str) -> None:
    from dataclasses import replace

    from swift_recipes import shapes
    from swift_recipes.planning import memory, plan

    found = recipe.load(name)
    shape = shapes.SHAPES[str(shapes.name_of(found.values["model"]))]
    batch = found.values["per_device_train_batch_size"]
    setup = replace(plan._setup(found.values, shape), tokens=2048, image_tokens=1280, logit_tokens=64, batch=batch)
    gib = memory.total(setup)
    assert found.needs["gpu_gb"] == pytest.approx(gib * plan.MARGIN, abs=1.01)
    assert f"estimated {gib:.0f} GB" in found.header["Hardware"]


def test_what_a_run_looks_for_follows_parts_gpus_and_limits() -> None:
    from swift_recipes.planning import plan

    def need(name: str, gpus: int = 1, length: int = 2048, model: str = "") -> float:
        return plan.gpu_need(recipe.load(name), model, gpus, 1003520, length)

    assert need("qwen2_5_vl_7b/full") == pytest.approx(71, abs=1.5)
    assert need("qwen2_5_vl_7b/full+zero3", 8) < need("qwen2_5_vl_7b/full+zero3", 4) < 0.7 * need("qwen2_5_vl_7b/full")
    assert need("qwen2_5_vl_7b/full+zero3_offload", 2) < 20
    assert need("qwen2_5_vl_7b/lora", length=8192) > need("qwen2_5_vl_7b/lora") + 5
    assert need("qwen2_5_vl_7b/qlora+rslora") > need("qwen2_5_vl_7b/qlora") + 1
    assert need("qwen2_5_vl_3b/lora", model="Qwen/Qwen2.5-VL-7B-Instruct") > need("qwen2_5_vl_3b/lora") + 5
    assert need("qwen2_5_vl_3b/grpo") == recipe.load("qwen2_5_vl_3b/grpo").needs["gpu_gb"]
    assert need("tiny/qlora") == 0


@given(st.lists(st.integers(1, 100), max_size=60))
def test_packs_hold_every_row_once_and_no_more_than_fits(lengths: list[int]) -> None:
    found = packs.fill(lengths, 100)
    assert sorted(i for pack in found for i in pack) == list(range(len(lengths)))
    assert all(sum(lengths[i] for i in pack) <= 100 for pack in found)
    assert len(found) <= max(2 * sum(lengths) / 100, 1) + 1, "any two packs hold more than one"
