#!/usr/bin/env bash
# Measures a model on the test questions of DATA with EvalScope; the report lands in OUT.
#
#   MODEL=runs/mine/merged DATA=data/mine bash shell/eval.sh          starts a server and stops it again
#   URL=http://127.0.0.1:8000/v1 DATA=data/mine bash shell/eval.sh    asks a server that runs already
#   DATA=data/mine bash shell/eval.sh models/base runs/mine/merged    both, then compares them: table and gallery in OUT
#
# Both may be report folders too. GATE="--fail-under mcq=0.6" and NO_WORSE=1 (a significant drop) end with exit code 1.
# ADAPTER=runs/mine/last serves MODEL with an adapter that is not merged yet (transformers only: vLLM would ignore
# its vision part). SERVED names the model where a server has several. Run again after a stop: replies are kept.
# Further flags go to `circuit-vqa eval run`: --limit 100, --benches mcq, --max-tokens 64, --blind, --circular, --fresh.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
source shell/server.sh
source shell/eval_two.sh
if (($# >= 2)) && [[ $1 != -* && $2 != -* ]]; then
    compare_two "$@"
    exit
fi
MODEL=${MODEL:-Qwen/Qwen2.5-VL-3B-Instruct}
DATA=${DATA:-data/quickstart}
label=${ADAPTER:-$MODEL}
if [[ -n ${URL:-} ]]; then label=${SERVED:-server}; fi
OUT=${OUT:-$(report_folder "$label")}
echo "eval: ${URL:+URL=$URL }MODEL=${SERVED:-$MODEL}${ADAPTER:+ ADAPTER=$ADAPTER} DATA=$DATA OUT=$OUT $*"
circuit-vqa eval check --data "$DATA"

flags=() child=''
# shellcheck disable=SC2317 # called by the trap
stop() { # replies that came are kept
    trap '' INT TERM HUP
    if [[ -n $child ]]; then kill -INT -- "-$child" 2> /dev/null && wait "$child" 2> /dev/null; fi
    exit 130
}
trap stop_server EXIT
trap stop INT TERM HUP

if [[ -z ${URL:-} ]]; then
    serve=()
    if [[ -n ${ADAPTER:-} ]]; then
        [[ -f $ADAPTER/adapter_config.json ]] || die "$ADAPTER: no adapter there; train one: shell/train_qlora.sh makes OUT/last"
        export BACKEND=transformers
        serve=(--adapters "$ADAPTER") flags+=(--weights "$ADAPTER")
    fi
    if [[ -d $MODEL ]]; then flags+=(--weights "$MODEL"); fi
    flags+=(--title "${ADAPTER:-$MODEL}")
    free_port='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
    say "serving ${ADAPTER:-$MODEL}"
    start_server "$MODEL" "${PORT:-$(python -c "$free_port")}" "$OUT/server.log" "${serve[@]}"
fi
if [[ -n ${SERVED:-} ]]; then flags+=(--model "$SERVED"); fi

say "asking at $URL"
set -m # a process group of its own: stop() tells it, the terminal does not
circuit-vqa eval run --url "$URL" --data "$DATA" --out "$OUT" "${flags[@]}" "$@" &
child=$!
set +m
code=0
wait "$child" || code=$?
exit "$code"
