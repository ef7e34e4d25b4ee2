#!/usr/bin/env bash
# LoRA: a 16-bit model and a small adapter, on one 24 GB GPU. Settings: see train.sh.
#
#   DATA=data/mine bash shell/train_lora.sh [flags for swift]
METHOD=lora exec bash "$(dirname "$0")/train.sh" "$@"
