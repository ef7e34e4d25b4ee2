#!/usr/bin/env bash
# GRPO: the model answers each question several times, and answers the grader finds better become likelier. After
# fine-tuning: MODEL is the merged folder. Reads DATA/swift/grpo.jsonl. CIRCUIT_REWARD_CHARS: see docs/training.md.
#
#   OUT=runs/grpo MODEL=runs/Qwen2.5-VL-3B-Instruct-lora/merged DATA=data/mine bash shell/train_grpo.sh [flags for swift]
METHOD=grpo exec bash "$(dirname "$0")/train.sh" "$@"
