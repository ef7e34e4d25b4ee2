#!/usr/bin/env bash
# LoRA: a 16-bit model and a small adapter. 16 GB of GPU memory for the 3B, 32 GB for the 7B. Settings: see train.sh.
#
#   DATA=data/mine bash shell/train_lora.sh [flags for swift]
METHOD=lora exec bash "$(dirname "$0")/train.sh" "$@"
