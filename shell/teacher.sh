#!/usr/bin/env bash
# Serves a strong open model with vLLM as a teacher of your own (preset `local-vllm`), until Ctrl-C.
#
#   bash shell/teacher.sh                                        Qwen2.5-VL-72B-Instruct-AWQ: one GPU of 80 GB
#   MODEL=Qwen/Qwen2.5-VL-7B-Instruct bash shell/teacher.sh      one GPU of 24 GB; others: docs/teachers.md
#
# PORT=8000, GPUS=0,1 (all), TP=2 (as few as hold the model), MAX_LEN=16384 tokens, PICTURES=2 a question, MAX_PIXELS of
# each, GPU_SHARE=0.92 of the memory, VLLM=path/to/vllm, LOG. NEED_GB: what the model needs, if the estimate is wrong.
# HOST=0.0.0.0 opens it to the network: set VLLM_API_KEY then. Further flags go to `vllm serve`.
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
# shellcheck source=shell/launch.sh
source shell/launch.sh
MODEL=${MODEL:-Qwen/Qwen2.5-VL-72B-Instruct-AWQ} PORT=${PORT:-8000} MAX_LEN=${MAX_LEN:-16384} PICTURES=${PICTURES:-2}
MAX_PIXELS=${MAX_PIXELS:-1003520} GPU_SHARE=${GPU_SHARE:-0.92} VLLM=${VLLM:-vllm} GPUS=${GPUS:-${CUDA_VISIBLE_DEVICES:-}}
LOG=${LOG:-tmp/teacher-$PORT.log} SERVER_WAIT=${SERVER_WAIT:-7200}

for key in MAX_LEN PICTURES MAX_PIXELS; do [[ ${!key} =~ ^[1-9][0-9]*$ ]] || die "$key=${!key} is not a whole number"; done
free_port_or_die "$PORT"
[[ $HOST == 127.* || $HOST == localhost || -n ${VLLM_API_KEY:-} ]] \
    || die "HOST=$HOST opens the server to the network: set VLLM_API_KEY=… first"
gpus=$(nvidia-smi ${GPUS:+-i "$GPUS"} --query-gpu=index,memory.total,memory.free --format=csv,noheader,nounits 2> /dev/null) \
    || die "${GPUS:+GPUS=$GPUS: }no NVIDIA GPU found; the smallest useful teacher needs 24 GB, see docs/teachers.md"
command -v "$VLLM" > /dev/null \
    || die "$VLLM: no such command; install it: EXTRAS=dev,gpu bash shell/setup.sh, or name another: VLLM=…"
if [[ $MODEL == /* || $MODEL == .* || $MODEL == models/* || $MODEL == runs/* || ! $MODEL =~ ^[^/]+/[^/]+$ ]]; then
    [[ -f $MODEL/config.json ]] \
        || die "MODEL=$MODEL: no folder with a config.json, and no hub name like Qwen/Qwen2.5-VL-7B-Instruct"
fi

hub=${HF_HUB_CACHE:-${HF_HOME:-$HOME/.cache/huggingface}/hub}
fit=$(python -m swift_recipes.teacher_fit "$MODEL" "$MAX_LEN" "$GPU_SHARE" "$hub" "${TP:-0}" "${NEED_GB:-0}" <<< "$gpus") \
    || die "$fit"
TP=$fit
echo "teacher: MODEL=$MODEL HOST=$HOST PORT=$PORT TP=$TP MAX_LEN=$MAX_LEN PICTURES=$PICTURES MAX_PIXELS=$MAX_PIXELS LOG=$LOG $*"

export VLLM_MEDIA_URL_ALLOW_REDIRECTS=0 VLLM_NO_USAGE_STATS=1 CUDA_DEVICE_ORDER=PCI_BUS_ID
if [[ -n $GPUS ]]; then export CUDA_VISIBLE_DEVICES=$GPUS; fi
flags=(--host "$HOST" --port "$PORT" --served-model-name "$MODEL" --tensor-parallel-size "$TP" --max-model-len "$MAX_LEN"
    --gpu-memory-utilization "$GPU_SHARE" --limit-mm-per-prompt "{\"image\": $PICTURES, \"video\": 0}"
    --mm-processor-kwargs "{\"size\": {\"shortest_edge\": 3136, \"longest_edge\": $MAX_PIXELS}}"
    --allowed-media-domains none.invalid) # pictures come in the request; no address is fetched (SSRF)
trap stop_server EXIT
trap 'exit 130' INT TERM HUP
echo "  server: loading $MODEL; minutes, and the download the first time (log: $LOG)"
launch "$PORT" "$LOG" "$VLLM" serve "$MODEL" "${flags[@]}" "$@"
cat << EOT

ready. In teachers.yaml:
  teachers: [{preset: local-vllm, base_url: "$URL", model: "$MODEL"${VLLM_API_KEY:+, key_env: VLLM_API_KEY}}]
then, from another terminal:  circuit-vqa synth write data/NAME --teacher local-vllm --teachers teachers.yaml
Ctrl-C ends it.
EOT
wait "$SERVER_PID" || die "the server ended: $(recipes why "$LOG"); all of it: $LOG"
