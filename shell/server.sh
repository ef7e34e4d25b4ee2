# shellcheck shell=bash
# Sourced after common.sh: an OpenAI-compatible server by `swift deploy`, started and stopped with its children.
#
#   start_server MODEL PORT LOG [flags]   returns when it answers; sets URL, SERVED (its model name), SERVER_PID
#   stop_server                           ends it and waits until the port is free
# HOST (127.0.0.1), SERVER_WAIT (900 seconds) and BACKEND (vllm where there is a GPU and vLLM) may be set.
SERVER_PID='' SERVER_PORT=''
HOST=${HOST:-127.0.0.1}

port_taken() { (exec 3<> "/dev/tcp/${HOST/#0.0.0.0/127.0.0.1}/$1") 2> /dev/null; }

backend() {
    if [[ -n ${BACKEND:-} ]]; then echo "$BACKEND"
    elif nvidia-smi -L > /dev/null 2>&1 && python -c 'import importlib.util as u; exit(not u.find_spec("vllm"))'; then
        echo vllm
    else echo transformers
    fi
}

start_server() {
    local model=$1 port=$2 log=$3 began=$SECONDS flags
    shift 3
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -lt 65536 ]] || die "PORT=$port is no port; choose one from 1024 to 65535"
    # swift would take the next free port and say so in its log only
    if port_taken "$port"; then die "port $port is taken; end what listens there or choose another: PORT=$((port + 1))"; fi
    recipes check --model "$model" > /dev/null
    limits "$model" "$(dirname "$model")"
    model_flags "$model"
    SERVED=$(basename "$model")
    flags=("${MODEL_FLAGS[@]}" --host "$HOST" --port "$port" --served_model_name "$SERVED" --verbose false)
    case $(backend) in
        vllm) flags+=(--infer_backend vllm --vllm_max_model_len "$((MAX_LENGTH + 1024))"
            --vllm_gpu_memory_utilization "${GPU_SHARE:-0.85}" --vllm_limit_mm_per_prompt '{"image": 4}') ;;
        *) flags+=(--infer_backend transformers --max_batch_size 16) ;;
    esac
    { mkdir -p "$(dirname "$log")" && : > "$log"; } 2> /dev/null || die "$log: cannot be written; free the disk or name another OUT=…"
    setsid swift deploy "${flags[@]}" "$@" >> "$log" 2>&1 < /dev/null &
    SERVER_PID=$! SERVER_PORT=$port
    echo "  server: loading $model (log: $log)"
    until port_taken "$port"; do
        kill -0 "$SERVER_PID" 2> /dev/null || { SERVER_PID=''; die "the server ended: $(recipes why "$log"); all of it: $log"; }
        ((SECONDS - began < ${SERVER_WAIT:-900})) || { stop_server; die "no answer after ${SERVER_WAIT:-900} s; see $log"; }
        sleep 0.5
    done
    URL=http://$HOST:$port/v1
    export URL SERVED
    echo "  server: ready after $((SECONDS - began)) s at $URL"
}

stop_server() {
    local i
    [[ -n $SERVER_PID ]] || return 0
    stop_group "$SERVER_PID"
    wait "$SERVER_PID" 2> /dev/null || true
    SERVER_PID=''
    for ((i = 0; i < 50; i++)); do port_taken "$SERVER_PORT" || return 0; sleep 0.1; done
    echo "$SCRIPT: warning: port $SERVER_PORT is still taken" >&2
}
