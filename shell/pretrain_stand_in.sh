#!/usr/bin/env bash
# Pretrains the stand-in until it sees: Qwen2.5-VL's architecture, small, on generated circuits alone.
#
#   bash shell/pretrain_stand_in.sh                 two CPU cores: about three hours, 3 GB of memory, 2 GB of disk
#   STEPS=20000 bash shell/pretrain_stand_in.sh     longer; the rate falls to the end of the plan
#
# Run again to go on after a stop. The families in NEW are left out, so that fine-tuning has something to teach.
# PICTURES=30000 drawn into DATA=data/dense, the run in OUT=runs/seeing: curve.jsonl, state.pt. The packed weights go
# to WEIGHTS=runs/seeing/weights.safetensors; what `circuit-vqa recipes tiny` gives lies in swift_recipes/seeing/.
SECONDS=0
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
DATA=${DATA:-data/dense} OUT=${OUT:-runs/seeing} PICTURES=${PICTURES:-30000} STEPS=${STEPS:-7500} SEED=${SEED:-0}
WEIGHTS=${WEIGHTS:-$OUT/weights.safetensors}
NEW=${NEW:-series_rlc,parallel_rlc,two_mesh,thevenin,summing_amplifier,non_inverting_amplifier}
HARD=mesh_grid,combinational_logic # their print is too small for 64 tokens a picture

families=$(circuit-vqa synth families | grep -vxF -f <(tr ',' '\n' <<< "$NEW,$HARD") | paste -sd,)
say "[$((SECONDS / 60)) min] $PICTURES pictures of $(tr ',' '\n' <<< "$families" | wc -l) families into $DATA"
circuit-vqa synth dense --out "$DATA/held" --count 512 --seed $((SEED + 2)) --families "$families"
circuit-vqa synth dense --out "$DATA/new" --count 384 --seed $((SEED + 3)) --families "$NEW"
circuit-vqa synth dense --out "$DATA/train" --count "$PICTURES" --seed $((SEED + 1)) --families "$families"

say "[$((SECONDS / 60)) min] $STEPS steps; a line every 50, scores on unseen pictures every 250"
OMP_WAIT_POLICY=passive python -m swift_recipes.seeing.train --data "$DATA" --out "$OUT" --steps "$STEPS" --seed "$SEED" "$@"
python -m swift_recipes.seeing.weights "$OUT" "$WEIGHTS"
say "[$((SECONDS / 60)) min] weights: $WEIGHTS; curve: $OUT/curve.jsonl; next: circuit-vqa recipes tiny --weights $WEIGHTS --out models/mine"
