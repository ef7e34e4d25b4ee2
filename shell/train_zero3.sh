#!/usr/bin/env bash
# Trains what does not fit on one GPU: weights, gradients and optimizer states lie in shards over all GPUs (ZeRO-3).
# METHOD=full (default) or lora. OFFLOAD=1: shards wait in the machine's memory, slower. Not for 4-bit weights: these go
# with plain NPROC_PER_NODE=8 bash shell/train_qlora.sh, or METHOD=qlora+fsdp2. Several machines: docs/distributed.md.
#
#   DATA=data/mine bash shell/train_zero3.sh [flags for swift]                     all GPUs of this machine
#   NNODES=2 NODE_RANK=0 MASTER_ADDR=10.0.0.1 DATA=/shared/mine OUT=/shared/run bash shell/train_zero3.sh
if [[ ${OFFLOAD:-0} == 1 ]]; then part=zero3_offload; else part=zero3; fi
METHOD=${METHOD:-full}+$part exec bash "$(dirname "$0")/train.sh" "$@"
