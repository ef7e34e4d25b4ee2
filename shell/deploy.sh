#!/usr/bin/env bash
# Serves a model with an OpenAI-compatible API until Ctrl-C: vLLM on a GPU, transformers on a CPU.
#
#   OUT=runs/mine bash shell/deploy.sh                  OUT/merged
#   MODEL=models/tiny PORT=9000 bash shell/deploy.sh    any model folder or hub name
#
# LOG names the log. HOST=0.0.0.0 opens it to the network: add --api_key then. Further flags go to swift.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
source shell/server.sh
PORT=${PORT:-8000}
if [[ -z ${OUT:-} && -n ${MODEL:-} ]]; then
    model=$MODEL log=${LOG:-tmp/deploy-$PORT.log}
else
    OUT=${OUT:-runs/Qwen2.5-VL-3B-Instruct-${METHOD:-qlora}}
    model=$OUT/merged log=${LOG:-$OUT/deploy.log}
    [[ -d $model ]] || die "$model: no merged model; make it: OUT=$OUT bash shell/merge.sh, or name one: MODEL=…"
fi
limits ${ADAPTER:+"$ADAPTER" "$(dirname "$ADAPTER")"} "$model" "$(dirname "$model")"
echo "deploy: MODEL=$model HOST=$HOST PORT=$PORT MAX_PIXELS=$MAX_PIXELS MAX_LENGTH=$MAX_LENGTH LOG=$log $*"

trap stop_server EXIT
trap 'exit 130' INT TERM HUP
start_server "$model" "$PORT" "$log" "$@"
# shellcheck disable=SC2153  # start_server sets SERVED
cat << EOF

ready. Try it from another terminal:
  curl -s $URL/chat/completions -H 'Content-Type: application/json' -d '{"model": "$SERVED", "max_tokens": 64,
    "messages": [{"role": "user", "content": "问题:1 kΩ 与 1 kΩ 串联,总电阻是多少?"}]}'
Measure it:  URL=$URL SERVED=$SERVED DATA=… bash shell/eval.sh
Ctrl-C ends it.
EOF
wait "$SERVER_PID" || die "the server ended: $(recipes why "$log"); all of it: $log"
