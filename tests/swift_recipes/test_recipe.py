"""Recipes inherit, explain every key, and resolve to YAML that swift reads as we mean it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from qa.errors import KitError
from swift_recipes import recipe
from swift_recipes.lint import check

FILES = sorted(recipe.ROOT.glob("**/*.yaml"))


def test_the_recipes_of_the_kit() -> None:
    names = set(recipe.names())
    for model in ("qwen2_5_vl_3b", "qwen2_5_vl_7b", "qwen2_5_vl_32b", "qwen2_vl_7b", "qwen3_vl_8b", "tiny"):
        assert {f"{model}/lora", f"{model}/qlora"} <= names
        assert (f"{model}/full" in names) == (model != "qwen2_5_vl_32b"), "32B in full needs several GPUs: +zero3"
    assert {"qwen2_5_vl_3b/grpo", "tiny/grpo"} <= names
    assert not any(n.endswith("/base") for n in names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_key_says_what_it_means(path: Path) -> None:
    keys = yaml.safe_load(path.read_text("utf-8"))
    comments = recipe.comments_of(path)
    assert set(comments) == set(keys)
    assert all(c and len(c) > 10 for c in comments.values()), comments


@pytest.mark.parametrize("name", recipe.names())
def test_a_header_says_purpose_hardware_launch_and_override(name: str) -> None:
    assert tuple(recipe.load(name).header) == recipe.HEADER


@pytest.mark.parametrize("name", recipe.names())
def test_swift_reads_back_what_we_mean(name: str) -> None:
    found = recipe.load(name)
    assert yaml.safe_load(found.to_yaml()) == found.values
    assert isinstance(found.values["learning_rate"], float)


def test_a_large_model_gets_the_values_agreed_on() -> None:
    values = recipe.load("qwen2_5_vl_3b/qlora").values
    wanted = {
        "lora_rank": 16, "lora_alpha": 32, "lora_dropout": 0.05, "target_modules": "all-linear", "freeze_vit": True,
        "quant_method": "bnb", "quant_bits": 4, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True,
        "bnb_4bit_compute_dtype": "bfloat16", "gradient_checkpointing": True, "split_dataset_ratio": 0,
    }  # fmt: skip
    assert {k: values[k] for k in wanted} == wanted
    assert values["lr_scheduler_type"] == "cosine"
    assert 0 < values["warmup_ratio"] < 0.2


@pytest.mark.parametrize("name", [n for n in recipe.names() if n.endswith("/grpo")])
def test_grpo_names_our_rewards_and_fills_whole_groups_of_replies(name: str) -> None:
    values = recipe.load(name).values
    assert values["external_plugins"] == [str(recipe.ROOT / "plugins.py")], "wherever swift is started"
    assert len(values["reward_weights"]) == len(values["reward_funcs"])
    replies = values["per_device_train_batch_size"] * values["gradient_accumulation_steps"]
    assert replies % values["num_generations"] == 0
    weights = dict(zip(values["reward_funcs"], values["reward_weights"], strict=True))
    assert weights["circuit_answer"] > weights["circuit_form"] + weights["circuit_length"]


def test_later_files_win_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: 1  # the first\ny: 1  # stays\n", "utf-8")
    (tmp_path / "b.yaml").write_text("x: 2  # the second\n", "utf-8")
    (tmp_path / "c.yaml").write_text("extends: [a.yaml, b.yaml]  # ours\nz: 1e-4  # a number\n", "utf-8")
    found = recipe.load(str(tmp_path / "c.yaml"))
    assert found.values == {"x": 2, "y": 1, "z": 1e-4}
    assert found.comments["x"] == "the second"
    assert found.files["x"].endswith("/b.yaml")
    assert yaml.safe_load(found.to_yaml({"x": 5, "w": ["p"]})) == {"x": 5, "w": ["p"], "y": 1, "z": 1e-4}


def test_parts_are_added_by_a_plus_and_later_ones_win() -> None:
    plain, more = recipe.load("qwen2_5_vl_7b/lora"), recipe.load("qwen2_5_vl_7b/lora+packing+rslora")
    assert {k for k in more.values if more.values[k] != plain.values.get(k)} == {
        "attn_impl", "packing", "lazy_tokenize", "per_device_train_batch_size", "gradient_accumulation_steps",
        "use_rslora", "lora_rank", "lora_alpha",
    }  # fmt: skip
    assert more.files["lora_rank"] == "parts/rslora.yaml"
    assert more.header["Purpose"].startswith(plain.header["Purpose"])
    assert "Packing" in more.header["Purpose"] and "rsLoRA" in more.header["Purpose"]
    assert recipe.load("tiny/lora+lora_plus+rslora").values["lora_rank"] == 64
    one, other = (recipe.load(f"tiny/lora+{parts}").values["lora_alpha"] for parts in ("rslora", "rslora+vision"))
    assert one == other == 16


def test_a_models_own_part_wins_over_the_common_one() -> None:
    common, own = (recipe.files(f"{m}/lora+vision")[1] for m in ("qwen2_vl_7b", "qwen3_vl_8b"))
    assert common.parent == recipe.ROOT / "parts"
    assert own.parent == recipe.ROOT / "qwen3_vl_8b" / "parts"


def test_a_yaml_of_ones_own_takes_parts_too(tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text(f"extends: {recipe.ROOT}/qwen3_vl_8b/lora.yaml  # ours\nlora_rank: 8  # less\n", "utf-8")
    found = recipe.load(f"{own}+flash")
    assert (found.values["lora_rank"], found.values["attn_impl"]) == (8, "flash_attention_2")
    plus = tmp_path / "a+b.yaml"
    plus.write_text("seed: 7  # a plus in a file's name is no part\n", "utf-8")
    assert recipe.load(str(plus)).values == {"seed": 7}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("tiny/lora+pakcing", "no part 'pakcing' to add; there are: "),
        ("tiny/full+lora_plus", "lora_plus does not go with full"),
        ("qwen2_5_vl_3b/qlora+zero3", "zero3 does not go with qlora"),
        ("tiny/lora+", "no part ''"),
        ("tiny/lora+../parts/gpu", "no part '../parts/gpu'"),
        ("tiny/base", "no recipe 'tiny/base'"),
    ],
)
def test_what_cannot_be_added_is_named(name: str, word: str) -> None:
    with pytest.raises(KitError) as e:
        recipe.load(name)
    assert word in str(e.value)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x: 1\n", "comment"),
        ("x:   # nothing\n", "leave the key out"),
        ("x: 1  # one\nx: 2  # two\n", "twice"),
        ("x: [1  # open\n", "not valid YAML"),
        ("- 1\n", "key: value"),
        ("extends: own.yaml  # itself\n", "itself"),
        ("extends: gone.yaml  # not there\n", "gone.yaml: no such file"),
        ("extends: .  # a folder\n", "no such file"),
        ("extends: 5  # a number\n", "extends must name"),
        ("external_plugins: [gone.py]  # not there\n", "gone.py, which is not there"),
        ("external_plugins: 5  # a number\n", "must name Python files"),
        ("needs: 5  # a number\n", "needs must be numbers by name"),
        ("needs: {gpu_gb: lots}  # a word\n", "needs must be numbers by name"),
    ],
)
def test_a_broken_recipe_is_one_line_naming_the_file(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(KitError) as e:
        recipe.load(str(path))
    assert word in str(e.value)
    assert "\n" not in str(e.value)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(KitError, match="tiny/qlora"):
        recipe.load("tiny/qlorra")


def test_brackets_without_end_are_no_yaml(tmp_path: Path) -> None:
    deep = tmp_path / "deep.yaml"
    deep.write_text(f"a: {'[' * 5000}{']' * 5000}  # c\n", "utf-8")
    with pytest.raises(KitError, match="not valid YAML"):
        recipe.load(str(deep))


def test_lint_wants_names_under_extends(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("extends: 3  # c\n", "utf-8")
    with pytest.raises(KitError, match="extends must name YAML files"):
        check.lint(mine, None, "", [])
