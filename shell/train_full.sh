#!/usr/bin/env bash
# Every weight of the language model, no adapter: for 10,000 questions and more. 32 GB for the 3B, 80 GB for the 7B.
# Several GPUs share it: METHOD=full+zero3 bash shell/train.sh; with the vision tower's end: METHOD=full+full_vision.
#
#   DATA=data/mine bash shell/train_full.sh [flags for swift]
METHOD=full exec bash "$(dirname "$0")/train.sh" "$@"
