#!/usr/bin/env bash
# Asks a model: the test rows of DATA, or one picture and question.
#
#   OUT=runs/mine DATA=data/mine bash shell/infer.sh                           replies to OUT/infer.jsonl
#   OUT=runs/mine bash shell/infer.sh --picture x.png --question "R1 的阻值?"   one reply, on the screen
#
# Asks OUT/merged if it is there, else the adapter OUT/last, else MODEL. Further flags go to swift infer.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
picture='' question='' flags=()
while (($#)); do
    case $1 in
        --picture) picture=$(cd "$CALLED_FROM" && realpath -m "${2:?--picture needs a file}"); shift 2 ;;
        --question) question=${2:?--question needs words}; shift 2 ;;
        *) flags+=("$1"); shift ;;
    esac
done
settings "${flags[@]}"
rows=$DATA/swift/test.jsonl result=$OUT/infer.jsonl
[[ -n $picture && -z $question || -z $picture && -n $question ]] && die "--picture and --question go together"
if [[ -n $picture ]]; then
    rows=$OUT/.ask.jsonl result=$OUT/.reply.jsonl
    mkdir -p "$OUT"
    jq_free='import json, sys; print(json.dumps({"messages": [{"role": "user", "content": "<image>" + sys.argv[1]}], "images": [sys.argv[2]]}))'
    python -c "$jq_free" "$question" "$picture" > "$rows"
fi

who=(--model "$MODEL") model=$MODEL
if [[ -d $OUT/merged ]]; then model=$OUT/merged who=(--model "$model")
elif [[ -e $OUT/last ]]; then who=(--adapters "$OUT/last")
elif [[ -L $OUT/last ]]; then die "$OUT/last: its checkpoint is gone; train again: OUT=$OUT bash shell/train_qlora.sh"
fi
asked=${who[1]}
recipes check --model "$model" --rows "$rows" --out "$OUT" > /dev/null
model_flags "$model"
[[ ${who[0]} == --adapters ]] || who=("${MODEL_FLAGS[@]}")
if [[ ${who[0]} == --adapters ]]; then who+=(--max_length "$MAX_LENGTH"); fi

mkdir -p "$OUT"
alone
say "asking $asked"
rm -f "$result.part"
code=0
logged "$OUT/infer.log" swift infer "${who[@]}" --val_dataset "$rows" --result_path "$result.part" --stream false \
    --temperature 0 --max_new_tokens "${MAX_NEW_TOKENS:-256}" --max_batch_size "${BATCH:-16}" "${flags[@]}" || code=$?
[[ $code == 0 ]] || die "no replies: $WHY" "$code"
mv "$result.part" "$result"
if [[ -n $picture ]]; then
    python -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["response"])' "$result"
else
    echo "replies: $result; grade them: circuit-vqa eval grade $result"
fi
