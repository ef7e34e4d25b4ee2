#!/usr/bin/env bash
# Merges the adapter OUT/last into its base: OUT/merged, a plain model folder for vLLM or transformers.
# Then asks adapter and merged weights the same questions; the greedy answers must be the same.
#
#   OUT=runs/mine DATA=data/mine bash shell/merge.sh [flags for swift export]
#
# After QLoRA the adapter is merged onto the 4-bit weights it was trained on, widened again: so the merged model answers
# as the adapter did. ONTO=plain takes the weights before rounding instead, which changes more answers.
# Merging wants the base in 16 bits; where the GPU has no room for that, all of it is done on the CPU.
# PARITY=100 questions (8 on the CPU); PARITY_MIN same answers wanted, all without it.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
ONTO=${ONTO:-trained}
settings "ONTO=$ONTO" ${PARITY:+"PARITY=$PARITY"} "$@"
last=$(recipes last --out "$OUT")
[[ -f $last/adapter_config.json ]] || die "$last: holds whole weights, no adapter; there is nothing to merge: use it as it is"
base=$(recorded MODEL "$OUT")
[[ -n $base ]] || die "$OUT/kit.env: not there, so the base is unknown; train with shell/train_qlora.sh"
rows=$DATA/swift/test.jsonl
[[ -f $rows ]] || rows=$DATA/swift/train.jsonl
recipes check --model "$base" --out "$OUT" --recipe "$(recorded RECIPE "$OUT")" --rows "$rows" > /dev/null
place=$(recipes merge-place --model "$base")
if [[ $place == cpu ]]; then export CUDA_VISIBLE_DEVICES=; fi
if [[ -z ${PARITY:-} ]]; then PARITY=$([[ $place == cpu ]] && echo 8 || echo 100); fi

if [[ $(recorded FROM "$OUT/merged") == "$(basename "$last")" && $(recorded ONTO "$OUT/merged") == "$ONTO" ]]; then
    say "$OUT/merged is there already"
else
    alone
    say "merging $last on the $place"
    rm -rf "$OUT/.merging"
    onto=$(recipes merge-base --out "$OUT" --onto "$ONTO")
    model_flags "$onto"
    code=0
    logged "$OUT/merge.log" swift export "${MODEL_FLAGS[@]}" --merge_lora true --adapters "$last" \
        --output_dir "$OUT/.merging" "$@" || code=$?
    [[ $code == 0 ]] || die "not merged, nothing is lost: $WHY" "$code"
    recipes seal --out "$OUT" --checkpoint "$last" --onto "$ONTO"
    rm -rf "$OUT/.base"
fi

say "parity: adapter against merged weights, greedy answers"
recipes parity --out "$OUT" --rows "$rows" --count "$PARITY" ${PARITY_MIN:+--need "$PARITY_MIN"}
where=$(printf 'OUT=%q' "$OUT")
echo "next: $where bash shell/deploy.sh, or $(printf 'MODEL=%q DATA=%q' "$OUT/merged" "$DATA") bash shell/eval.sh"
