"""Names of ms-swift 2 and 3 that 4 no longer takes, and what took their place."""

from __future__ import annotations

RENAMED = {
    "train_type": "tuner_type",
    "sft_type": "tuner_type",
    "model_id_or_path": "model",
    "template_type": "template",
    "dtype": "torch_dtype",
    "quantization_bit": "quant_bits",
    "use_flash_attn": "attn_impl",
    "use_liger": "use_liger_kernel",
    "batch_size": "per_device_train_batch_size",
    "eval_batch_size": "per_device_eval_batch_size",
    "lora_target_modules": "target_modules",
    "lora_target_regex": "target_regex",
    "lora_modules_to_save": "modules_to_save",
    "lora_dropout_p": "lora_dropout",
    "lora_bias_trainable": "lora_bias",
    "lora_lr_ratio": "lorap_lr_ratio",
    "dataset_test_ratio": "split_dataset_ratio",
    "custom_train_dataset_path": "dataset",
    "custom_val_dataset_path": "val_dataset",
    "eval_datasets": "eval_dataset",
    "evaluation_strategy": "eval_strategy",
    "ckpt_dir": "adapters",
    "infer_dtype": "torch_dtype",
}
