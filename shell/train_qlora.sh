#!/usr/bin/env bash
# QLoRA: a 4-bit model and a small adapter, on one 12 to 24 GB GPU. Settings: see train.sh.
#
#   DATA=data/mine bash shell/train_qlora.sh [flags for swift]
METHOD=qlora exec bash "$(dirname "$0")/train.sh" "$@"
