"""Lint finds the traps planted here, on their lines, and is silent on every recipe of ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa.errors import KitError
from swift_recipes import recipe
from swift_recipes.cli import app
from swift_recipes.lint.arguments import CLASSES
from swift_recipes.lint.check import lint, paths
from swift_recipes.lint.reading import read
from swift_recipes.lint.traps import TRAPS

# `#! KEY severity` marks the line on which a finding must stand; a block without a mark must stay silent.
PLANTED = """
quant_bits: 4  #! quant_bits error
---
quant_method: bnb  #! quant_method error
---
quant_method: bnb
quant_bits: 3  #! quant_bits error
---
quant_method: bnb
quant_bits: 4
tuner_type: full  #! tuner_type error
---
quant_method: bnb
quant_bits: 4
deepspeed: zero3_offload  #! deepspeed error
---
quant_method: awq  #! quant_method warning
quant_bits: 4
---
packing: true  #! packing error
---
attn_impl: sdpa
padding_free: true  #! padding_free error
---
attn_impl: flash_attention_2
packing: true
lazy_tokenize: true  #! lazy_tokenize error
---
streaming: yes
lazy_tokenize: true  #! lazy_tokenize error
---
attn_impl: flash  #! attn_impl error
---
deepspeed: zero2
device_map: auto  #! device_map error
---
use_liger_kernel: true
device_map: {a: 0, b: 1}  #! device_map error
---
deepspeed: zero2
ENV:  #! ENV error
  CUDA_VISIBLE_DEVICES: 0,1
---
deepspeed: zero2
fsdp: fsdp2  #! fsdp error
---
fsdp: fsdp2
save_only_model: true  #! save_only_model error
---
bf16: true
fp16: true  #! fp16 error
---
deepspeed: zero3  #! deepspeed warning
dataset: [a.jsonl, b.jsonl]
val_dataset: c.jsonl
---
warmup_ratio: 0.05
warmup_steps: 100  #! warmup_steps error
---
warmup_ratio: 5  #! warmup_ratio error
---
lorap_lr_ratio: 16
freeze_vit: false
vit_lr: 1e-5  #! vit_lr warning
---
vit_lr: 1e-5  #! vit_lr warning
---
aligner_lr: 1e-5  #! aligner_lr warning
---
tuner_type: lora_llm  #! tuner_type warning
---
target_modules: [q_proj, gate_proj]  #! target_modules warning
---
use_dora: true  #! use_dora warning
---
eval_strategy: "no"
early_stop_interval: 3  #! early_stop_interval warning
---
eval_strategy: "no"
load_best_model_at_end: true  #! load_best_model_at_end error
---
dataset: a.jsonl  #! dataset warning
split_dataset_ratio: 0
---
model: ./models/qwen  #! model warning
check_model: false
---
model: ./models/qwen  #! model warning
model_type: qwen2_5_vl
template: qwen2_5_vl
---
output_dir: OUTPUT  #! output_dir error
---
create_checkpoint_symlink: true  #! create_checkpoint_symlink warning
---
ENV:  #! ENV warning
  MAX_PIXELS: 1003520
---
infer_backend: pt  #! infer_backend warning
---
infer_backend: vllm
adapters: [x]  #! adapters warning
---
rlhf_type: gkd
teacher_model: x
seq_kd: true  #! seq_kd error
---
rlhf_type: gkd  #! rlhf_type warning
---
teacher_model: x
teacher_model_server: http://127.0.0.1:8000  #! teacher_model_server error
---
rlhf_type: gkd
teacher_model_server: http://127.0.0.1:8000  #! teacher_model_server error
---
gkd_logits_topk: 64  #! gkd_logits_topk error
use_liger_kernel: true
---
train_type: lora  #! train_type error
---
learning_rate:  #! learning_rate error
---
seed: 1
seed: 2  #! seed error
---
ENV: [a]  #! ENV error
"""
# What a careful person writes: nothing to say.
SOUND = """
quant_method: bnb
quant_bits: 4
deepspeed: zero2
---
attn_impl: flash_attention_2
packing: true
lazy_tokenize: false
---
use_liger_kernel: true
device_map: cuda:0
---
deepspeed: zero3
ENV: {CUDA_VISIBLE_DEVICES: "0,1", NPROC_PER_NODE: 2}
---
warmup_ratio: 0.05
warmup_steps: 0
---
freeze_vit: false
vit_lr: 1e-5
target_modules: [q_proj, v_proj]
---
dataset: a.jsonl
split_dataset_ratio: 0.01
early_stop_interval: 3
load_best_model_at_end: true
---
model: Qwen/Qwen2.5-VL-3B-Instruct
output_dir: somewhere
---
rlhf_type: gkd
teacher_model_server: http://127.0.0.1:8000
gkd_logits_topk: 64
"""
# Only swift's own classes can tell.
TYPED = """
lora_rnak: 16  #! lora_rnak error
lora_alpha: lots  #! lora_alpha error
lora_dropout: 5e-2
max_steps: 1.5  #! max_steps error
freeze_llm: maybe  #! freeze_llm error
lr_scheduler_type: [cosine, linear]  #! lr_scheduler_type error
task_type: captions  #! task_type error
gamma: 0.9  #! gamma error
gradient_accumulation_s: 4  #! gradient_accumulation_s warning
no_gradient_checkpointing: true  #! no_gradient_checkpointing error
report_to: [tensorboard, wandb]
modules_to_save: []  #! modules_to_save error
train_type: lora  #! train_type error
gradient_checkpointing_kwargs: {use_reentrant: false}
system:  #! system error
"""


def blocks(text: str) -> list[str]:
    return [b.strip("\n") + "\n" for b in text.split("---\n")]


def marks(text: str) -> set[tuple[int, str, str]]:
    found = ((i, re.search(r"#! (\w+) (\w+)", line)) for i, line in enumerate(text.splitlines(), 1))
    return {(i, m[1], m[2]) for i, m in found if m}


def write(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text.replace("OUTPUT", str(folder)), "utf-8")
    return path


@pytest.mark.parametrize("text", blocks(PLANTED), ids=lambda t: ",".join(sorted(m[1] for m in marks(t))))
def test_a_planted_trap_is_found_on_its_line_and_nothing_else(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    found = lint(path)
    assert {(f.place.line, f.key, f.severity) for f in found} == marks(text) != set()
    for finding in found:
        line = str(finding)
        assert line.startswith(f"{path}:{finding.place.line}: {finding.severity}: {finding.key}: ")
        assert "\n" not in line and finding.why and finding.fix


def test_every_trap_is_planted_here(tmp_path: Path) -> None:
    hit = set()
    for text in blocks(PLANTED):
        given = read(write(tmp_path, text))
        hit |= {i for i, t in enumerate(TRAPS) if t.look(given)}
    assert len(TRAPS) >= 15
    assert [t.why for i, t in enumerate(TRAPS) if i not in hit] == []


@pytest.mark.parametrize("text", blocks(SOUND))
def test_what_is_sound_stays_unsaid(tmp_path: Path, text: str) -> None:
    assert [str(f) for f in lint(write(tmp_path, text))] == []


@pytest.mark.parametrize("path", paths([]), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_silent_on_ours(path: Path) -> None:
    assert [str(f) for f in lint(path)] == []


def test_calibration_rows_need_no_validation(tmp_path: Path) -> None:
    path = write(tmp_path, "dataset: a.jsonl\n")
    assert [f.key for f in lint(path, command="sft")] == ["dataset"]
    assert lint(path, command="export") == []


def test_a_key_of_an_extended_file_is_shown_there(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("# first\n\nquant_bits: 4\n", "utf-8")
    path = write(tmp_path, "extends: base.yaml\nseed: 1\n")
    [finding] = lint(path)
    assert (Path(finding.place.file).name, finding.place.line) == ("base.yaml", 3)
    write(tmp_path, "extends: [base.yaml]\nquant_method: bnb\n")
    assert lint(path) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x: [1\n", "not valid YAML"),
        ("- 1\n", "key: value"),
        ("", "key: value"),
        ("extends: own.yaml\n", "itself"),
        ("extends: gone.yaml\n", "cannot be read"),
        ("x: !!python/object:os.system ls\n", "not valid YAML"),
        ("? [a]\n: 1\n", "not valid YAML"),
    ],
)
def test_what_is_no_recipe_is_one_line(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(KitError) as e:
        lint(write(tmp_path, text))
    assert word in str(e.value)
    assert "\n" not in str(e.value)


def test_the_command_ends_with_1_on_errors_only(tmp_path: Path) -> None:
    run = CliRunner().invoke
    bad, odd = write(tmp_path, "quant_bits: 4\n"), tmp_path / "odd.yaml"
    odd.write_text("use_dora: true\n", "utf-8")
    done = run(app, ["lint", "--fast", str(bad), "tiny/lora"])
    assert done.exit_code == 1
    assert "own.yaml:1: error: quant_bits:" in done.output
    assert "files 2, errors 1, warnings 0" in done.output
    assert run(app, ["lint", "--fast", str(odd)]).exit_code == 0
    done = run(app, ["lint", "--fast"])
    assert done.exit_code == 0
    assert f"files {len(recipe.names())}, errors 0, warnings 0" in done.output


def test_traps_alone_import_nothing_heavy() -> None:
    code = "import sys; from swift_recipes.lint import check; [check.lint(p) for p in check.paths([])]; "
    code += "print(sorted({'swift', 'torch', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=recipe.ROOT.parent)
    assert done.stdout == "[]\n", done.stderr


def test_a_name_that_is_none_lists_the_recipes() -> None:
    with pytest.raises(KitError, match="tiny/qlora"):
        paths(["tiny/qlorra"])


# One process for all that needs swift, which takes 15 s to import.
REAL = """
import sys
from pathlib import Path
from swift_recipes.lint.arguments import CLASSES, Arguments
from swift_recipes.lint.check import lint, paths
from swift_recipes.lint.names import RENAMED
arguments = Arguments()
for path in [Path(sys.argv[1]), *paths([])]:
    for f in lint(path, arguments):
        print("FOUND", path.name, f.place.line, f.key, f.severity, f.fix, sep="|")
for command in CLASSES:
    taken = sorted(k for k in RENAMED if "--" + k in arguments.of(command))
    print("CLASS", command, len(arguments.of(command)), ",".join(taken), sep="|")
"""


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    path = write(tmp_path_factory.mktemp("lint"), TYPED.lstrip("\n"))
    env = os.environ | {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(recipe.ROOT.parent)}
    done = subprocess.run([sys.executable, "-c", REAL, str(path)], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr[-2000:]
    return [line.split("|") for line in done.stdout.splitlines()]


def test_swifts_own_classes_find_names_and_types_and_are_silent_on_ours(real: list[list[str]]) -> None:
    found = [r[1:] for r in real if r[0] == "FOUND"]
    assert {(int(n), key, severity) for _, n, key, severity, _ in found} == marks(TYPED.lstrip("\n"))
    assert {file for file, *_ in found} == {"own.yaml"}
    fixes = {key: fix for _, _, key, _, fix in found}
    assert fixes["lora_rnak"] == "write lora_rank"
    assert fixes["max_steps"] == "write a whole number"
    assert "causal_lm" in fixes["task_type"]
    assert "rlhf_type" in fixes["gamma"]


def test_old_names_are_gone_from_every_command(real: list[list[str]]) -> None:
    classes = {r[1]: r[2:] for r in real if r[0] == "CLASS"}
    assert set(classes) == set(CLASSES)
    assert all(int(count) > 100 and taken == "" for count, taken in classes.values()), classes
