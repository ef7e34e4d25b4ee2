# shellcheck shell=bash
# Sourced after common.sh: an OpenAI-compatible server by `swift deploy`, started and stopped with its children.
#
#   start_server MODEL PORT LOG [flags]   returns when it answers; sets URL, SERVED (its model name), SERVER_PID
#   stop_server                           ends it and waits until the port is free
# HOST (127.0.0.1), SERVER_WAIT (900 seconds) and BACKEND (vllm where there is a GPU and vLLM) may be set; ADAPTER names
# the adapter among the flags, for the picture size it was trained with.
# shellcheck source=shell/launch.sh
source shell/launch.sh

backend() {
    if [[ -n ${BACKEND:-} ]]; then echo "$BACKEND"
    elif nvidia-smi -L > /dev/null 2>&1 && python -c 'import importlib.util as u; exit(not u.find_spec("vllm"))'; then
        echo vllm
    else echo transformers
    fi
}

start_server() {
    local model=$1 port=$2 log=$3 flags room
    shift 3
    free_port_or_die "$port" # swift would take the next free port and say so in its log only
    recipes check --model "$model" > /dev/null
    # an adapter was trained with limits of its own, which are kept beside it
    limits ${ADAPTER:+"$ADAPTER" "$(dirname "$ADAPTER")"} "$model" "$(dirname "$model")"
    model_flags "$model"
    SERVED=$model # of a hub the full name: a/Qwen is not b/Qwen
    if [[ -d $model ]]; then SERVED=$(basename "$model"); fi
    # Questions on documents bring 4 pages, more than a row of training is long: a shorter limit refuses them all.
    room=$((4 * MAX_PIXELS / 784 + 1024))
    if ((room < MAX_LENGTH)); then room=$MAX_LENGTH; fi
    flags=("${MODEL_FLAGS[@]}" --max_length "$room" --host "$HOST" --port "$port" --served_model_name "$SERVED" --verbose false)
    case $(backend) in
        vllm) flags+=(--infer_backend vllm --vllm_max_model_len "$((room + 1024))"
            --vllm_gpu_memory_utilization "${GPU_SHARE:-0.85}" --vllm_limit_mm_per_prompt '{"image": 4}') ;;
        *) flags+=(--infer_backend transformers --max_batch_size 16) ;;
    esac
    echo "  server: loading $model (log: $log)"
    launch "$port" "$log" swift deploy "${flags[@]}" "$@"
    export URL SERVED
}
