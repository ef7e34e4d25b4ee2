#!/usr/bin/env bash
# QLoRA: a 4-bit model and a small adapter. 12 GB of GPU memory for the 3B, 16 GB for the 7B, 32 GB for the 32B.
# Settings: see train.sh.
#
#   DATA=data/mine bash shell/train_qlora.sh [flags for swift]
METHOD=qlora exec bash "$(dirname "$0")/train.sh" "$@"
