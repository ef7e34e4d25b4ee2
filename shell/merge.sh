#!/usr/bin/env bash
# Merges the adapter OUT/last into its base: OUT/merged, a plain model folder for vLLM or transformers.
# Then asks adapter and merged weights the same questions; the greedy answers must be the same.
#
#   OUT=runs/mine DATA=data/mine bash shell/merge.sh [flags for swift export]
#
# After QLoRA the adapter is merged onto the unquantised base, and compared on the unquantised base.
# PARITY=8 questions, PARITY_MIN=8 same answers wanted (7 may do in bfloat16, where sums round differently).
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
settings "PARITY=${PARITY:-8}" "$@"
last=$(recipes last --out "$OUT")
[[ -f $last/adapter_config.json ]] || die "$last: holds whole weights, no adapter; there is nothing to merge: use it as it is"
base=$(recorded MODEL "$OUT")
[[ -n $base ]] || die "$OUT/kit.env: not there, so the base is unknown; train with shell/train_qlora.sh"
rows=$DATA/swift/test.jsonl
[[ -f $rows ]] || rows=$DATA/swift/train.jsonl
recipes check --model "$base" --out "$OUT" --recipe "$(recorded RECIPE "$OUT")" --rows "$rows" > /dev/null
model_flags "$base"

if [[ -f $OUT/merged/kit.env && $(recorded FROM "$OUT/merged") == "$(basename "$last")" ]]; then
    say "$OUT/merged is there already"
else
    alone
    say "merging $last"
    rm -rf "$OUT/.merging"
    code=0
    logged "$OUT/merge.log" swift export "${MODEL_FLAGS[@]}" --merge_lora true --adapters "$last" \
        --output_dir "$OUT/.merging" "$@" || code=$?
    [[ $code == 0 ]] || die "not merged, nothing is lost: $WHY" "$code"
    recipes seal --out "$OUT" --checkpoint "$last"
fi

say "parity: adapter on the unquantised base against merged weights, greedy answers"
recipes parity --out "$OUT" --rows "$rows" --count "${PARITY:-8}" ${PARITY_MIN:+--need "$PARITY_MIN"}
where=$(printf 'OUT=%q' "$OUT")
echo "next: $where bash shell/deploy.sh, or $(printf 'MODEL=%q DATA=%q' "$OUT/merged" "$DATA") bash shell/eval.sh"
