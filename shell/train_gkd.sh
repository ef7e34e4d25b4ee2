#!/usr/bin/env bash
# GKD: MODEL, fine-tuned and merged before, learns at every token what TEACHER would say: a folder, a hub name, or the
# http://… of a `swift deploy` server with vLLM (then --gkd_logits_topk 64, at most the server's max_logprobs).
# Reads DATA/swift/gkd.jsonl. Teacher and student are compared first; alone: circuit-vqa kd fit TEACHER MODEL
#
#   TEACHER=runs/7b/merged OUT=runs/gkd MODEL=runs/3b/merged DATA=data/mine bash shell/train_gkd.sh [flags for swift]
METHOD=gkd exec bash "$(dirname "$0")/train.sh" "$@"
