#!/usr/bin/env bash
# Trains in stages: other pictures first, if named, then circuits from easy to hard, then all of them. Each stage goes
# on from the weights of the one before. Run again to go on after a stop; finished stages are passed over.
#
#   DATA=data/mine bash shell/train_curriculum.sh                           levels 1, 2, 3, then all
#   GENERAL="textvqa#5000 vizwiz#2000" DATA=data/mine bash shell/train_curriculum.sh
#   GENERAL=mine.jsonl#3000 LEVELS=none METHOD=lora DATA=data/mine bash shell/train_curriculum.sh [flags for swift]
#
# METHOD=qlora | lora | full or a RECIPE. LEVELS="1 2 3": early stages (none: no such stage). REPLAY=0.5: share of the
# easier rows that comes again in each. STAGE_EPOCHS=1: passes of every stage but the last, which is a plain run.
# PLAN=only ends before it starts. Stages lie in OUT/stages/; the last one is OUT itself, for merge.sh and the others.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
METHOD=${METHOD:-$(basename "${RECIPE:-qlora}" .yaml)}
if [[ -n ${OUT:-} ]]; then # after the end its kit.env names the stage before as the model
    MODEL=${MODEL:-$(recorded BASE "$OUT/stages")} DATA=${DATA:-$(recorded DATA "$OUT/stages")}
fi
picked=$(recipes pick --method "$METHOD" --model "${MODEL:-}" --recipe "${RECIPE:-}")
export RECIPE=${picked%%$'\n'*} MODEL=${picked#*$'\n'}
settings "RECIPE=$RECIPE" "GENERAL=${GENERAL:-}" "LEVELS=${LEVELS:-}" "REPLAY=${REPLAY:-0.5}" "$@"
general=()
read -r -d '' -a sets <<< "${GENERAL:-}" || true
for set in "${sets[@]}"; do # a file is named from where the script was called
    if [[ $set == *.jsonl* && $set != /* && -e $CALLED_FROM/${set%%#*} ]]; then set=$CALLED_FROM/$set; fi
    general+=(--general "$set")
done

if [[ -d $OUT ]]; then alone; fi
say "stages"
recipes curriculum --recipe "$RECIPE" --model "$MODEL" --data "$DATA" --out "$OUT" "${general[@]}" \
    --levels "${LEVELS:-}" --replay "${REPLAY:-0.5}" --epochs "${STAGE_EPOCHS:-1}" -- "$@"
[[ ${PLAN:-} != only ]] || exit 0
recipes check --model "$MODEL" --out "$OUT" --recipe "$RECIPE"
alone

stage() { # OUT DATA MODEL FLAGS...: one run of train.sh, ended with this script
    local child code=0 offline=${HF_HUB_OFFLINE:-}
    if [[ " $*" == *" hf::"* || " $*" == *" ms::"* ]]; then # a set of the hub, though MODEL be a folder
        offline=${offline:-0}
    fi
    IN_CURRICULUM=1 HF_HUB_OFFLINE=$offline OUT=$1 DATA=$2 MODEL=$3 bash shell/train.sh "${@:4}" &
    child=$!
    trap 'kill -TERM "$child" 2> /dev/null; wait "$child" || true; die "$STOPPED" 130' INT TERM HUP
    wait "$child" || code=$?
    trap - INT TERM HUP
    [[ $code == 0 ]] || die "stage $name is not finished; the same command goes on there" "$code"
}

mapfile -t list < "$OUT/stages/list.tsv"
for line in "${list[@]}"; do
    IFS=$'\t' read -r -a words <<< "$line"
    name=${words[0]}
    say "stage $name"
    stage "${words[@]:1}"
done
if [[ -f $OUT/last/adapter_config.json ]]; then
    echo "next: $(printf 'OUT=%q DATA=%q' "$OUT" "$DATA") bash shell/merge.sh"
fi
