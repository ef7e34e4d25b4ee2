#!/usr/bin/env bash
# Sends a merged or quantised MODEL with its card to a hub.
#
#   HF_TOKEN=… MODEL=runs/mine/merged TO=hf REPO=you/circuits-3b bash shell/push.sh --dry-run
#   MODELSCOPE_API_TOKEN=… MODEL=runs/mine/merged TO=modelscope REPO=you/circuits-3b bash shell/push.sh
#
# REPORT=reports/…: what eval.sh wrote, for the scores. --dry-run prints the files and the card and sends nothing. The
# repository is private unless PUBLIC=1. A folder that holds pictures, keys, states of training or paths of this machine
# is refused. RUN, BASE, LICENCE and DATASET fill in what the folder does not tell. Other servers: HF_ENDPOINT,
# MODELSCOPE_ENDPOINT. Run again after a stop.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
for key in REPORT RUN; do from_caller "$key"; done
[[ -n ${MODEL:-} ]] || die "which model? MODEL=runs/…/merged"
visible=--private
if [[ ${PUBLIC:-0} == 1 ]]; then visible=--no-private; fi
echo "push: MODEL=$MODEL TO=${TO:-hf} REPO=${REPO:-} REPORT=${REPORT:-} PUBLIC=${PUBLIC:-0} $*"
recipes push --model "$MODEL" --to "${TO:-hf}" --repo "${REPO:-}" "$visible" \
    ${RUN:+--run "$RUN"} ${DATA:+--data "$DATA"} ${REPORT:+--report "$REPORT"} \
    ${BASE:+--base "$BASE"} ${LICENCE:+--licence "$LICENCE"} ${DATASET:+--dataset "$DATASET"} "$@"
