"""ms-swift's own parser reads every recipe: a key it renames or drops shows here, before a GPU is rented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from swift_recipes import nodes, recipe, stand_in
from tests.swift_recipes.warm_swift import WarmSwift

NO_GPU = ["--use_cpu", "true"]  # else torch refuses the recipes in bfloat16 on this machine
# What `swift sft|rlhf FILE --key value` does, without the training.
# A machine without liger-kernel is told that it has it: its absence is a matter of the machine, not of the recipe.
PARSE = """
import json, os, sys
from swift.arguments import RLHFArguments, SftArguments
from swift.cli.main import parse_yaml_args
from swift.utils import parse_args
from swift.trainers import arguments as training
from transformers.integrations.deepspeed import unset_hf_deepspeed_config
training.is_liger_available = lambda: True
said, before = {}, dict(os.environ)
for name, argv in json.loads(sys.argv[1]).items():
    parse_yaml_args(argv)  # exports the ENV block
    try:
        args, rest = parse_args(RLHFArguments if "--rlhf_type" in argv else SftArguments, argv)
        said[name] = {"rest": rest, "lr": args.learning_rate, "quant": str(args.quant_method), "max": args.max_length,
                      "bits": args.quant_bits, "warm": args.training_args.warmup_steps, "tuner": args.tuner_type,
                      "vit": args.freeze_vit, "modules": args.target_modules, "output": args.output_dir,
                      "rewards": getattr(args, "reward_funcs", []), "optimizer": args.optimizer,
                      "type": args.model_type, "template": args.template, "attn": args.attn_impl,
                      "flat": args.padding_free, "liger": args.use_liger_kernel, "rslora": args.use_rslora,
                      "stage": (args.deepspeed or {}).get("zero_optimization", {}).get("stage"),
                      "fsdp": (args.fsdp_config or {}).get("state_dict_type")}
    except Exception as e:
        said[name] = {"error": f"{type(e).__name__}: {e}"}
    unset_hf_deepspeed_config()  # swift leaves it and the environment to the process
    os.environ.clear()
    os.environ.update(before)
orms = sys.modules["swift.rewards"].orms if "swift.rewards" in sys.modules else {}
print("SAID" + json.dumps(said | {"orms": sorted(orms)}))
"""


def parsed_alone(name: str) -> bool:
    """Whether one process can parse a recipe. Not those whose plugin starts the communication of several CPU processes
    when swift imports it: torchrun trains one of each kind in test_distributed_slow.py.
    """
    plugins = {Path(p).name for p in recipe.load(name).values.get(recipe.PLUGINS, [])}
    return not {"cpu_ranks.py", "cpu_fsdp.py"} & plugins


ALL = [*recipe.names(), *(n for n in recipe.combinations() if parsed_alone(n))]


def configs(root: Path) -> dict[str, Path]:
    """A config.json of each architecture, by swift's name of it."""
    from transformers import Qwen2VLConfig, Qwen3VLConfig

    made = {"qwen2_5_vl": stand_in.build_config(), "qwen2_vl": Qwen2VLConfig(), "qwen3_vl": Qwen3VLConfig()}
    for kind, config in made.items():
        config.save_pretrained(root / kind)
    return {kind: root / kind for kind in made}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, swift: WarmSwift) -> dict[str, dict[str, object]]:
    root = tmp_path_factory.mktemp("swift")
    models = configs(root)
    jobs: dict[str, list[str]] = {}
    for name in ALL:
        model = models[recipe.load(name).values["model_type"]]
        given = {"model": str(model), "dataset": ["x.jsonl"], "output_dir": str(root / name), "max_length": 512}
        file = root / f"{name.replace('/', '-')}.yaml"
        file.write_text(nodes.share(recipe.load(name), 1).to_yaml(given), "utf-8")  # as train.sh does
        jobs[name] = [str(file), *NO_GPU]
        jobs[f"{name} overridden"] = [*jobs[name], "--learning_rate", "5e-5"]
    jobs["unknown"] = [*jobs["tiny/lora"], "--lora_rnak", "8"]
    done = swift(PARSE, json.dumps(jobs), cwd=root)
    lines = [line for line in done.stdout.splitlines() if line.startswith("SAID")]
    assert lines, done.stderr[-2000:]
    return json.loads(lines[0].removeprefix("SAID"))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ALL)
def test_swift_parses(said: dict[str, dict[str, object]], name: str) -> None:
    got, values = said[name], recipe.load(name).values
    assert got.get("error") is None
    assert got["rest"] == []
    assert got["lr"] == values["learning_rate"]
    assert got["max"] == 512
    assert got["tuner"] == values["tuner_type"]
    assert got["vit"] == values["freeze_vit"]
    assert got["quant"] == values.get("quant_method", "None")
    assert got["attn"] == values["attn_impl"]
    assert (got["type"], got["template"]) == (values["model_type"], values["template"])
    assert str(got["output"]).endswith(f"/{name}"), "no folder named by date is added"
    assert said[f"{name} overridden"]["lr"] == 5e-5, "flags win over the file"


def test_methods_reach_what_swift_decides_by(said: dict[str, dict[str, object]]) -> None:
    model = "qwen2_5_vl_3b"
    assert {name: said[f"{model}/lora+{name}"]["optimizer"] for name in ("lora_plus", "rslora")} == {
        "lora_plus": "lorap", "rslora": None,
    }  # fmt: skip
    assert said[f"{model}/lora+rslora"]["rslora"] is True
    assert said[f"{model}/lora+vision"]["modules"] == recipe.load(f"{model}/lora+vision").values["target_regex"]
    assert said[f"{model}/lora+packing"]["flat"] is said[f"{model}/qlora+padding_free"]["flat"] is True
    assert said[f"{model}/lora+liger"]["liger"] is True
    assert said["qwen3_vl_8b/qlora"]["type"] == "qwen3_vl"
    assert said["qwen2_vl_7b/qlora"]["type"] == "qwen2_vl"


def test_parts_for_several_gpus_reach_swift(said: dict[str, dict[str, object]]) -> None:
    stages = {part: said[f"qwen2_5_vl_3b/lora+{part}"]["stage"] for part in ("ddp", "zero2", "zero3", "zero3_offload")}
    assert stages == {"ddp": None, "zero2": 2, "zero3": 3, "zero3_offload": 3}
    assert said["qwen2_5_vl_3b/qlora+fsdp2"]["fsdp"] == "FULL_STATE_DICT"
    assert said["qwen2_5_vl_3b/qlora+ddp"]["fsdp"] is None


def test_swift_knows_our_rewards(said: dict[str, dict[str, object]]) -> None:
    assert said["tiny/grpo"]["rewards"] == ["circuit_answer", "circuit_form", "circuit_length"]
    assert {"circuit_answer", "circuit_form", "circuit_length", "circuit_answer_sample"} <= set(said["orms"])


def test_swift_refuses_what_it_does_not_know(said: dict[str, dict[str, object]]) -> None:
    assert "lora_rnak" in str(said["unknown"])


def test_packages_that_recipes_name_are_installed() -> None:
    from importlib.util import find_spec

    assert find_spec("tensorboard"), "report_to: tensorboard"
    assert find_spec("bitsandbytes"), "quant_method: bnb"
    assert Path(recipe.ROOT / "parts").is_dir()
