"""Traps of ms-swift 4.6 that its parser does not see, or sees only when a GPU is already rented.

error: the run dies, or trains something else than the file says. warning: probably not what was meant.
"""

from __future__ import annotations

import re
from pathlib import Path

from swift_recipes.checks import is_local
from swift_recipes.lint.findings import Trap
from swift_recipes.lint.reading import Given

FLASH = {"flash_attn", "flash_attention_2", "flash_attention_3", "flash_attention_4"}
ATTENTION = FLASH | {"sdpa", "eager", "flex_attention"}
MEGATRON = ("tensor_model_parallel_size", "pipeline_model_parallel_size", "expert_model_parallel_size",
            "context_parallel_size", "micro_batch_size", "global_batch_size")  # fmt: skip
FULL_ONLY = ("freeze_parameters", "freeze_parameters_regex", "freeze_parameters_ratio", "trainable_parameters",
             "trainable_parameters_regex")  # fmt: skip
FLOATING = {"bfloat16", "float16", "float32"}
SHARED_NAMES = {"gate_proj", "up_proj", "down_proj", "proj", "qkv", "fc1", "fc2"}  # in language layers or ViT blocks


def _zero3(g: Given) -> bool:
    return bool(re.search(r"zero_?3", g.word("deepspeed"), re.IGNORECASE)) or "'stage': 3" in g.word("deepspeed")


def _adapter(g: Given) -> bool:
    return g.word("tuner_type") != "full"  # lora is swift's default


def _bnb4(g: Given) -> bool:
    return g.word("quant_method") == "bnb" and g.word("quant_bits") == "4"


def _spread(g: Given) -> bool:
    """Whether the file spreads one copy of the model over several devices."""
    if isinstance(g.values.get("device_map"), dict):
        return True
    return g.word("device_map").startswith(("auto", "balanced", "sequential", "{"))


def _one_process_many_gpus(g: Given) -> bool:
    seen = [c for c in g.env("CUDA_VISIBLE_DEVICES").split(",") if c.strip()]
    return len(seen) > 1 and not g.env("NPROC_PER_NODE") and not g.env("NNODES")


def _no_eval(g: Given) -> bool:
    """Whether nothing will be validated. Without `dataset` the rows come by flag, so nobody can tell."""
    if g.word("eval_strategy") == "no" or (g.word("save_strategy") == "no" and not g.has("eval_strategy")):
        return True
    return _no_validation_rows(g)


def _no_validation_rows(g: Given) -> bool:
    rows = g.has("val_dataset", "cached_val_dataset", "eval_dataset") or g.number("split_dataset_ratio") > 0
    return g.trains and g.has("dataset", "cached_dataset") and not rows


def _gkd(g: Given) -> bool:
    return g.word("rlhf_type") == "gkd"


def _validates(g: Given) -> bool:
    """Whether the file itself asks for validation."""
    rows = g.has("val_dataset", "eval_dataset") or g.number("split_dataset_ratio") > 0
    return g.word("eval_strategy") in ("steps", "epoch") or (rows and g.word("eval_strategy") != "no")


def _local(g: Given) -> bool:
    return g.has("model") and is_local(g.word("model"))


def _inside_output(g: Given) -> bool:
    out = g.word("output_dir")
    return bool(out) and g.path.resolve().parent == Path(out).resolve()


QUANTISED = (
    Trap(("quant_bits",), "error", lambda g: g.has("quant_bits") and not g.has("quant_method"),
         "without quant_method the weights are loaded unquantised and nothing says so", "add quant_method: bnb"),
    Trap(("quant_method",), "error",
         lambda g: g.word("quant_method") in ("bnb", "hqq", "eetq", "quanto") and not g.has("quant_bits"),
         "swift stops without quant_bits", "add quant_bits: 4"),
    Trap(("quant_bits",), "error", lambda g: g.word("quant_method") == "bnb" and g.has("quant_bits")
         and g.word("quant_bits") not in ("4", "8"), "bitsandbytes has 4 and 8 bits only", "set quant_bits: 4"),
    Trap(("tuner_type",), "error", lambda g: g.has("quant_method") and g.word("tuner_type") == "full"
         and g.word("quant_method") != "fp8", "quantised weights cannot be trained themselves",
         "set tuner_type: lora, or leave quant_method out"),
    Trap(("deepspeed",), "error", lambda g: _zero3(g) and _bnb4(g),
         "ZeRO-3 does not shard 4-bit weights of bitsandbytes", "set deepspeed: zero2, or leave it out for plain DDP"),
    Trap(("quant_method", "quant_bits"), "error", lambda g: g.has("quant_method", "quant_bits") and g.has(*MEGATRON),
         "megatron sft has no QLoRA and does not know the key", "train with swift sft, or leave the quant_ keys out"),
    Trap(("quant_method",), "warning", lambda g: g.word("quant_method") == "awq",
         "AWQ calibrates on text alone, the pictures are left out", "measure the result, or quantise with bnb"),
)  # fmt: skip

SPEED = (
    Trap(("packing", "padding_free"), "error",
         lambda g: (g.on("packing") or g.on("padding_free")) and g.word("attn_impl") not in FLASH,
         "rows laid end to end need flash attention, else they see each other", "set attn_impl: flash_attention_2"),
    Trap(("lazy_tokenize",), "error", lambda g: g.on("packing") and g.on("lazy_tokenize"),
         "packing must know every row's length beforehand", "set lazy_tokenize: false, or packing: false"),
    Trap(("lazy_tokenize",), "error", lambda g: g.on("streaming") and g.on("lazy_tokenize"),
         "swift refuses it together with streaming", "set lazy_tokenize: false, or streaming: false"),
    Trap(("attn_impl",), "error", lambda g: g.has("attn_impl") and g.word("attn_impl") not in ATTENTION
         and "/" not in g.word("attn_impl"), "is no attention that swift knows",
         "take one of: flash_attention_2, sdpa, eager, flex_attention"),
    Trap(("device_map",), "error", lambda g: g.has("deepspeed", "fsdp") and _spread(g),
         "DeepSpeed and FSDP place the model themselves and refuse a device_map", "leave device_map out"),
    Trap(("optim",), "warning", lambda g: "offload" in g.word("deepspeed") and g.has("optim")
         and not g.word("optim").startswith("adamw_torch"),
         "with the optimizer offloaded accelerate puts DeepSpeed's own Adam in its place, without AdamW's decay",
         "set optim: adamw_torch"),
    Trap(("fsdp",), "error", lambda g: g.has("fsdp") and _bnb4(g) and g.word("bnb_4bit_quant_storage") not in FLOATING,
         "accelerate does not shard 4-bit weights packed into uint8, the default: every GPU holds all of them",
         "add bnb_4bit_quant_storage: bfloat16"),
    Trap(("fsdp",), "warning", lambda g: g.word("fsdp") == "fsdp2" and not g.has("deepspeed"),
         "swift's fsdp2 saves shards alone (SHARDED_STATE_DICT): no adapter_model.safetensors that could be merged or"
         " loaded", "extend parts/fsdp2.yaml, which saves the whole state dict"),
    Trap(("device_map",), "error", lambda g: g.on("use_liger_kernel") and _spread(g),
         "Liger kernels need the model on one device", "leave device_map out, or use_liger_kernel"),
    Trap(("ENV",), "error", lambda g: _one_process_many_gpus(g) and (g.has("deepspeed", "fsdp")
         or g.on("use_liger_kernel")), "one process and several GPUs make swift spread the model (device_map), which"
         " DeepSpeed, FSDP and Liger refuse", "add NPROC_PER_NODE: the number of GPUs"),
    Trap(("fsdp",), "error", lambda g: g.has("deepspeed") and g.has("fsdp"), "swift refuses it beside deepspeed",
         "leave one of them out"),
    Trap(("save_only_model",), "error", lambda g: g.has("fsdp") and g.on("save_only_model"),
         "FSDP2 saves in shards, which need the optimizer beside them", "set save_only_model: false"),
    Trap(("fp16",), "error", lambda g: g.on("fp16") and g.on("bf16"), "only one of fp16 and bf16 can be on",
         "set fp16: false"),
    Trap(("deepspeed",), "warning", lambda g: _zero3(g) and len(g.words("dataset")) > 1,
         "ZeRO-3 is reported to hang when batches with and without pictures mix (ms-swift #3213, #4918)",
         "give every row a picture, or set deepspeed: zero2"),
)  # fmt: skip

LEARNING = (
    Trap(("warmup_steps",), "error", lambda g: g.number("warmup_ratio") > 0 and g.number("warmup_steps") > 0,
         "cannot stand beside warmup_ratio", "leave one of them out"),
    Trap(("warmup_ratio",), "error", lambda g: g.number("warmup_ratio") >= 1, "is a share of the steps, below 1",
         "write the number under warmup_steps"),
    Trap(("vit_lr", "aligner_lr"), "warning", lambda g: g.has("lorap_lr_ratio") and g.has("vit_lr", "aligner_lr"),
         "lorap_lr_ratio takes the optimizer for itself and this rate is ignored", "leave one of them out"),
    Trap(("lorap_lr_ratio",), "warning", lambda g: g.has("lorap_lr_ratio") and not _adapter(g),
         "full training has no adapters whose matrices could learn at two rates", "leave lorap_lr_ratio out"),
    Trap(FULL_ONLY, "warning", lambda g: g.trains and _adapter(g) and g.has(*FULL_ONLY),
         "is read in full training only; adapters sit where target_modules or target_regex say",
         "name the modules under target_regex"),
    Trap(("vit_lr",), "warning", lambda g: g.has("vit_lr") and not g.off("freeze_vit"),
         "the vision tower is frozen (swift's default), so its rate does nothing", "add freeze_vit: false"),
    Trap(("aligner_lr",), "warning", lambda g: g.has("aligner_lr") and not g.off("freeze_aligner"),
         "the aligner is frozen (swift's default), so its rate does nothing", "add freeze_aligner: false"),
    Trap(("tuner_type",), "warning", lambda g: g.word("tuner_type") == "lora_llm"
         and not (g.off("freeze_vit") and g.off("freeze_aligner")),
         "lora_llm trains vision tower and aligner in full, whatever freeze_vit and freeze_aligner say",
         "set tuner_type: lora, or write freeze_vit: false and freeze_aligner: false if it is meant"),
    Trap(("target_modules",), "warning", lambda g: _adapter(g) and not g.has("target_regex")
         and bool(SHARED_NAMES & set(" ".join(g.words("target_modules")).split())),
         "these names are in the vision tower too, which gets adapters in spite of freeze_vit",
         "set target_modules: all-linear"),
    Trap(("use_dora",), "warning", lambda g: g.on("use_dora"),
         "merged DoRA weights do not answer like the adapter (ms-swift #6620)", "leave use_dora out"),
    Trap(("early_stop_interval",), "warning", lambda g: g.number("early_stop_interval") > 0 and _no_eval(g),
         "never fires without validation", "add val_dataset and eval_strategy: steps"),
    Trap(("load_best_model_at_end",), "error", lambda g: g.on("load_best_model_at_end") and _no_eval(g),
         "no checkpoint is best without validation, and the run stops", "add val_dataset, or leave it out"),
    Trap(("load_best_model_at_end",), "error", lambda g: g.on("load_best_model_at_end") and g.has("eval_strategy")
         and not _no_eval(g) and g.word("save_strategy") != "best"
         and g.word("eval_strategy") != (g.word("save_strategy") or "steps"),
         "checkpoints and validations must fall together, else the run stops",
         "write the same under eval_strategy and save_strategy"),
    Trap(("dataset", "cached_dataset"), "warning",
         lambda g: _no_validation_rows(g) and g.word("eval_strategy") != "no",
         "split_dataset_ratio is 0 and val_dataset empty: nothing will be validated, eval_strategy turns to no",
         "add val_dataset, or eval_strategy: no if it is meant"),
)  # fmt: skip

FILES = (
    Trap(("model",), "warning", lambda g: _local(g) and not (g.has("model_type") and g.has("template")),
         "a local folder does not say its type: two templates of swift match Qwen2.5-VL's architecture",
         "add model_type: qwen2_5_vl and template: qwen2_5_vl"),
    Trap(("check_model", "model"), "warning", lambda g: _local(g) and not g.off("check_model"),
         "swift asks ModelScope's hub about a local folder and waits 10 s without a network",
         "add check_model: false"),
    Trap(("output_dir",), "error", _inside_output,
         "this file lies in it; swift copies its config there and dies on finding it", "move the YAML elsewhere"),
    Trap(("create_checkpoint_symlink",), "warning", lambda g: g.on("create_checkpoint_symlink"),
         "a resumed run dies on the links, which exist already", "set create_checkpoint_symlink: false"),
    Trap(("ENV",), "warning", lambda g: g.trains and bool(g.env("MAX_PIXELS") or g.env("IMAGE_MAX_TOKEN_NUM")),
         "the limit on pictures is not stored with the checkpoint; another one later scores worse",
         "set the same in infer, deploy and eval"),
    Trap(("system",), "warning", lambda g: g.trains and g.has("system"),
         "swift puts it before every row but not into the model's chat template: plain vLLM answers without it"
         " (ms-swift #6267)", "serve with swift deploy --system, or send the same system message in each request"),
    Trap(("infer_backend",), "warning", lambda g: g.word("infer_backend") == "pt",
         "pt is the name of ms-swift 3, which 4 may drop any day", "set infer_backend: transformers"),
    Trap(("adapters",), "warning", lambda g: g.has("adapters") and g.word("infer_backend") == "vllm",
         "vLLM ignores adapters of the vision tower (ms-swift #4725)", "merge first: bash shell/merge.sh"),
)  # fmt: skip

DISTILLING = (
    Trap(("seq_kd",), "error", lambda g: g.on("seq_kd"), "swift 4 raises: it is not built",
         "leave it out; write the teacher's answers into the dataset instead"),
    Trap(("rlhf_type",), "warning",
         lambda g: g.word("rlhf_type") == "gkd" and not g.has("teacher_model", "teacher_model_server"),
         "without a teacher the student is distilled from itself", "add teacher_model"),
    Trap(("teacher_model_server",), "error", lambda g: g.has("teacher_model") and g.has("teacher_model_server"),
         "cannot stand beside teacher_model", "leave one of them out"),
    Trap(("teacher_model_server",), "error", lambda g: g.word("rlhf_type") == "gkd"
         and g.has("teacher_model_server") and not g.has("gkd_logits_topk"),
         "a server gives the likeliest tokens only, and swift must know how many",
         "add gkd_logits_topk, at most the server's max_logprobs"),
    Trap(("gkd_logits_topk",), "error", lambda g: g.has("gkd_logits_topk") and g.on("use_liger_kernel"),
         "Liger's loss wants all logits", "leave use_liger_kernel out"),
    Trap(("gkd_logits_topk",), "error", lambda g: g.has("gkd_logits_topk") and g.number("gkd_logits_topk") < 1,
         "is a number of words, 1 or more", "set gkd_logits_topk: 64, or leave it out for all words"),
    Trap(("lmbda",), "error", lambda g: _gkd(g) and not 0 <= g.number("lmbda") <= 1,
         "is the share of steps on the student's own answers, from 0 to 1", "set lmbda: 0.5"),
    Trap(("beta",), "error", lambda g: _gkd(g) and not 0 <= g.number("beta") <= 1,
         "lies between 0 (forward KL) and 1 (reverse KL)", "set beta: 0.5"),
    Trap(("sft_alpha",), "error", lambda g: _gkd(g) and g.number("sft_alpha") > 0 and g.on("use_liger_kernel"),
         "Liger's loss knows no cross-entropy beside it, and swift stops", "leave use_liger_kernel out, or sft_alpha"),
    Trap(("sft_alpha",), "warning", lambda g: _gkd(g) and g.number("sft_alpha") > 0 and g.number("lmbda") == 1,
         "has no effect on the student's own answers, and lmbda: 1 has no others", "set lmbda below 1"),
    Trap(("use_liger_kernel",), "error", lambda g: _gkd(g) and g.on("use_liger_kernel")
         and g.has("teacher_model_server"), "Liger's loss wants the teacher's weights here",
         "leave use_liger_kernel out"),
    Trap(("teacher_model",), "warning", lambda g: _gkd(g) and g.has("teacher_model")
         and g.word("teacher_model") == g.word("model") and _adapter(g) and not g.has("teacher_adapters"),
         "the student's own base teaches it: the adapter learns to change nothing", "name another teacher"),
    Trap(("teacher_model", "teacher_model_server"), "warning", lambda g: g.has("rlhf_type")
         and g.word("rlhf_type") not in ("gkd", "grpo") and g.has("teacher_model", "teacher_model_server"),
         "only gkd and grpo have a teacher; it is ignored", "set rlhf_type: gkd"),
    Trap(("teacher_deepspeed",), "warning", lambda g: g.has("teacher_deepspeed") and not g.has("deepspeed"),
         "without deepspeed the teacher is not sharded, each GPU holds a whole one", "add deepspeed"),
    Trap(("eval_strategy", "val_dataset", "split_dataset_ratio"), "warning", lambda g: _gkd(g)
         and 0 < (g.number("lmbda") if g.has("lmbda") else 0.5) < 1 and _validates(g),
         "each validation is on the dataset's answers or on the student's own, as lmbda's coin falls: its losses do"
         " not compare", "set eval_strategy: no, or lmbda: 0"),
    Trap(("packing",), "warning", lambda g: g.word("rlhf_type") in ("gkd", "grpo") and g.on("packing"),
         "rows are not packed there, and nothing says so", "set padding_free: true instead"),
    Trap(("use_vllm",), "error", lambda g: g.word("rlhf_type") in ("gkd", "grpo") and g.on("use_vllm")
         and not g.has("vllm_mode"), "swift stops without vllm_mode", "add vllm_mode: colocate"),
    Trap(("async_generate",), "error", lambda g: _gkd(g) and g.on("async_generate"),
         "is not built for gkd, and swift stops", "leave it out"),
)  # fmt: skip

TRAPS = (*QUANTISED, *SPEED, *LEARNING, *FILES, *DISTILLING)
