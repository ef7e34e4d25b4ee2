#!/usr/bin/env bash
# Quantises a merged MODEL with `swift export`, then asks both the same held-out questions.
#
#   MODEL=runs/mine/merged QUANT=bnb bash shell/quantize.sh                      4 bits with bitsandbytes; BITS=8
#   MODEL=runs/mine/merged QUANT=gptq DATA=data/mine bash shell/quantize.sh      calibrated on train rows, pictures too
#   MODEL=runs/mine/merged QUANT=awq DATA=data/mine bash shell/quantize.sh       calibrated on their text alone
#   MODEL=runs/mine/merged QUANT=fp8 bash shell/quantize.sh                      needs a GPU from Ada or Hopper on
#
# Leaves MODEL-QUANT-intBITS (or OUT). SAMPLES=256 calibration rows; ASK=100 questions (0: none), AGREE_MIN=0.9 fails
# below so many same answers. Vision tower and aligner keep their width. Further flags go to swift export.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
MODEL=${MODEL:-} DATA=${DATA:-data/quickstart} QUANT=${QUANT:-bnb}
[[ -n $MODEL ]] || die "which model? MODEL=runs/…/merged"
MODEL=${MODEL%/}
limits "$MODEL"
for key in SAMPLES ASK BITS; do
    [[ ${!key:-1} =~ ^[0-9]+$ ]] || die "$key=${!key} is not a whole number"
done
[[ ${AGREE_MIN:-1} =~ ^(0|0?\.[0-9]+|1(\.0+)?)$ ]] || die "AGREE_MIN=$AGREE_MIN is no share from 0 to 1"
echo "quantize: MODEL=$MODEL QUANT=$QUANT${BITS:+ BITS=$BITS} DATA=$DATA${OUT:+ OUT=$OUT} MAX_PIXELS=$MAX_PIXELS $*"
job=(--method "$QUANT" --model "$MODEL" --data "$DATA" ${BITS:+--bits "$BITS"} ${OUT:+--out "$OUT"})

said=$(recipes quantise-begin "${job[@]}" --samples "${SAMPLES:-256}")
mapfile -t said <<< "$said"
OUT=${said[0]}
if [[ ${said[1]} == there ]]; then
    say "$OUT is there already"
else
    making=$(dirname "$OUT")/.$(basename "$OUT").making
    exec 9> "$making.lock"
    flock -n 9 || die "another quantize.sh makes $OUT; wait for it"
    model_flags "$MODEL"
    say "quantising; bnb and fp8 take minutes, gptq and awq up to an hour"
    rm -rf "$making"
    code=0
    logged "$OUT.log" "${SWIFT:-swift}" export "${MODEL_FLAGS[@]}" "${said[@]:2}" "$@" || code=$?
    [[ $code == 0 ]] || die "not quantised, nothing is lost: $WHY" "$code"
    recipes quantise-seal "${job[@]}"
    rm -f "$making.lock"
fi

rows=$DATA/swift/test.jsonl
if [[ ${ASK:-100} != 0 && -f $rows ]]; then
    say "the same questions to both, greedy answers"
    recipes agree --model "$OUT" --like "$MODEL" --rows "$rows" --count "${ASK:-100}" ${AGREE_MIN:+--need "$AGREE_MIN"}
fi
echo "next: $(printf 'MODEL=%q DATA=%q' "$OUT" "$DATA") bash shell/eval.sh, or $(printf 'MODEL=%q' "$OUT") bash shell/push.sh"
