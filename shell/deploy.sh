#!/usr/bin/env bash
# Serves a model with an OpenAI-compatible API until Ctrl-C: vLLM on a GPU, transformers on a CPU.
#
#   OUT=runs/mine bash shell/deploy.sh                  OUT/merged
#   MODEL=models/tiny PORT=9000 bash shell/deploy.sh    any model folder or hub name
#
# HOST=0.0.0.0 opens it to the network: add --api_key then. Further flags go to swift.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
source shell/server.sh
PORT=${PORT:-8000}
served=${MODEL:-}
if [[ -z $served || -d ${OUT:-}/merged ]]; then
    MODEL=${MODEL:-} OUT=${OUT:-runs/Qwen2.5-VL-3B-Instruct-${METHOD:-qlora}}
    served=$OUT/merged
    [[ -d $served ]] || die "$served: no merged model; make it: OUT=$OUT bash shell/merge.sh, or name one: MODEL=…"
fi
log=${LOG:-${OUT:-tmp}/deploy.log}
echo "deploy: MODEL=$served HOST=$HOST PORT=$PORT LOG=$log $*"

trap stop_server EXIT
trap 'exit 130' INT TERM HUP
start_server "$served" "$PORT" "$log" "$@"
cat << EOF

ready. Try it from another terminal:
  curl -s $URL/chat/completions -H 'Content-Type: application/json' -d '{"model": "$SERVED", "max_tokens": 64,
    "messages": [{"role": "user", "content": "问题:1 kΩ 与 1 kΩ 串联,总电阻是多少?"}]}'
Measure it:  URL=$URL SERVED=$SERVED DATA=… bash shell/eval.sh
Ctrl-C ends it.
EOF
wait "$SERVER_PID" || die "the server ended: $(recipes why "$log"); all of it: $log"
