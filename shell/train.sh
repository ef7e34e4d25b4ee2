#!/usr/bin/env bash
# Trains MODEL on DATA with swift and a recipe of swift_recipes/. Run again to go on after a stop.
#
#   DATA=data/mine bash shell/train_qlora.sh                          METHOD=qlora: 4-bit weights and an adapter
#   DATA=data/mine bash shell/train_lora.sh --num_train_epochs 1      METHOD=lora; further flags go to swift
#   MODEL=models/tiny METHOD=full bash shell/train.sh                 every weight
#   MODEL=runs/…/merged DATA=data/mine bash shell/train_grpo.sh       METHOD=grpo: by reward, after fine-tuning
#
# RECIPE names another recipe (circuit-vqa recipes list) or a YAML of yours. Several GPUs: NPROC_PER_NODE=4, or a METHOD
# with a part for it: lora+ddp, full+zero3, qlora+fsdp2. Several machines: nodes.sh, docs/distributed.md.
# LOGGER=wandb or swanlab: curves there too (logger.sh). TensorBoard's are in OUT/runs.
# Leaves OUT/last (the newest checkpoint), OUT/recipe.yaml, OUT/train.log, OUT/kit.env.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
# shellcheck source=shell/logger.sh
source shell/logger.sh
# shellcheck source=shell/nodes.sh
source shell/nodes.sh
METHOD=${METHOD:-$(basename "${RECIPE:-qlora}")} METHOD=${METHOD/.yaml/}
if [[ -n ${OUT:-} ]]; then MODEL=${MODEL:-$(recorded MODEL "$OUT")}; fi
picked=$(recipes pick --method "$METHOD" --model "${MODEL:-}" --recipe "${RECIPE:-}")
RECIPE=${picked%%$'\n'*} MODEL=${picked#*$'\n'}
spread "$RECIPE"
settings "RECIPE=$RECIPE" ${TEACHER:+"TEACHER=${TEACHER/\/\/*@/\/\/…@}"} \
    ${NPROC_PER_NODE:+"NPROC_PER_NODE=$NPROC_PER_NODE"} ${NNODES:+"NNODES=$NNODES"} "$@"

if [[ -d $OUT ]]; then alone; fi
state=$(recipes begin --recipe "$RECIPE" --model "$MODEL" --data "$DATA" --out "$OUT" \
    --max-pixels "$MAX_PIXELS" --max-length "$MAX_LENGTH" ${TEACHER:+--teacher "$TEACHER"} -- "$@")
alone
next="next: $(printf 'OUT=%q DATA=%q' "$OUT" "$DATA") bash shell/merge.sh"
resume=()
case $state in
    finished*)
        say "$OUT: trained already, ${state#* } steps; another OUT=… trains anew"
        [[ -n ${IN_CURRICULUM:-} ]] || echo "$next"
        exit 0 ;;
    resume*)
        say "going on from ${state#* }"
        resume=(--resume_from_checkpoint "${state#* }")
        # Of whole weights Trainer finds none and begins anew from MODEL: loaded as the model (docs/export.md).
        if [[ ! -f ${state#* }/adapter_config.json ]]; then model_flags "${state#* }"; resume+=("${MODEL_FLAGS[@]}"); fi ;;
    *) say "training; the first line comes after half a minute" ;;
esac
logger_flags "$@"
own_cards "$RECIPE" "$@"
meet
if [[ -d $MODEL ]] && ! grep -q '^teacher_model: [^/]' "$OUT/.swift/recipe.yaml"; then # nothing is to be fetched
    export HF_HUB_OFFLINE=${HF_HUB_OFFLINE:-1}
fi

code=0
command=sft
if grep -q '^rlhf_type:' "$OUT/.swift/recipe.yaml"; then command=rlhf; fi
logged "$OUT/$SCRIPT.log" swift "$command" "$OUT/.swift/recipe.yaml" "${resume[@]}" "${LOGGER_FLAGS[@]}" "$@" || code=$?
[[ $code == 0 ]] || die "not finished, what was done is kept: $WHY" "$code"
if follower; then say "node $NODE_RANK is done; node 0 writes the end"; exit 0; fi
steps=$(recipes finish --out "$OUT")
say "$OUT/last: trained $steps steps"
[[ $METHOD == full* || -n ${IN_CURRICULUM:-} ]] || echo "$next"
