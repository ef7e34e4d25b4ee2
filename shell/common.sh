# shellcheck shell=bash
# Sourced by every script here: the place, the environment, the settings, and how a long command is run.
#
# Settings come from the environment; `settings` fills in the rest and prints all of them:
#   MODEL       folder or hub name          DATA        dataset folder with swift/train.jsonl
#   METHOD      lora | qlora | full         OUT         folder of the run
#   MAX_PIXELS  largest picture the model sees, in pixels; 28 x 28 of them are one token
#   MAX_LENGTH  longest row in tokens, picture included
# The last two are kept beside the weights in kit.env, so training, merging, serving and evaluation agree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
SCRIPT=$(basename "$0" .sh)
STOPPED="stopped; what was done is kept, the same command goes on from there"

die() { echo "$SCRIPT: $1" >&2; exit "${2:-1}"; }
say() { printf '\n== %s\n' "$*"; }

bash shell/setup.sh
export PATH="$PWD/.venv/bin:$PATH" PYTHONUNBUFFERED=1
recipes() { circuit-vqa recipes "$@"; }

settings() { # what OUT was begun with is the default; prints everything, and the words given
    if [[ -n ${OUT:-} ]]; then MODEL=${MODEL:-$(recorded MODEL "$OUT")} DATA=${DATA:-$(recorded DATA "$OUT")}; fi
    MODEL=${MODEL:-Qwen/Qwen2.5-VL-3B-Instruct}
    DATA=${DATA:-data/quickstart}
    METHOD=${METHOD:-qlora}
    OUT=${OUT:-runs/$(basename "$MODEL")-$METHOD}
    export MODEL DATA METHOD OUT
    limits "$OUT" "$MODEL"
    printf '%s' "$SCRIPT:"
    printf ' %s' "MODEL=$MODEL" "DATA=$DATA" "OUT=$OUT" "MAX_PIXELS=$MAX_PIXELS" "MAX_LENGTH=$MAX_LENGTH" "$@"
    printf '\n'
}

recorded() { # KEY FOLDER...: the value of KEY in the first kit.env found
    local key=$1 folder
    shift
    for folder in "$@"; do
        if [[ -f $folder/kit.env ]]; then sed -n "s/^$key=//p" "$folder/kit.env"; return; fi
    done
}

limits() { # FOLDER...: MAX_PIXELS and MAX_LENGTH as set, else as recorded beside the weights, else the defaults
    local key was default
    for default in MAX_PIXELS=1003520 MAX_LENGTH=2048; do
        key=${default%=*}
        was=$(recorded "$key" "$@")
        if [[ -n ${!key:-} && -n $was && ${!key} != "$was" ]]; then
            echo "$SCRIPT: warning: $key=${!key}, but $was is recorded beside the weights; scores will not compare" >&2
        fi
        export "$key=${!key:-${was:-${default#*=}}}"
        [[ ${!key} =~ ^[1-9][0-9]*$ ]] || die "$key=${!key} is not a whole number"
    done
    unset IMAGE_MAX_TOKEN_NUM # would win over MAX_PIXELS inside swift
}

model_flags() { # MODEL: sets MODEL_FLAGS. Swift cannot tell the template of a local folder by itself, and would
    # read from a merged folder's args.json that it was trained in 4 bits, and load or merge it so: load_args false
    # shellcheck disable=SC2034  # read by the scripts that source this
    MODEL_FLAGS=(--load_args false --model "$1" --model_type qwen2_5_vl --template qwen2_5_vl --max_length "$MAX_LENGTH")
    if [[ -d $1 ]]; then export HF_HUB_OFFLINE=1; fi
}

stop_group() { # PID: end its process group; wait for it
    local i
    kill -TERM -- "-$1" 2> /dev/null || return 0
    for ((i = 0; i < 100; i++)); do
        kill -0 -- "-$1" 2> /dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$1" 2> /dev/null || true
}

logged() { # LOG COMMAND...: all output to LOG, the essence to the screen; Ctrl-C ends the whole process group
    local log=$1 from pid watcher code=0
    shift
    { mkdir -p "$(dirname "$log")" && printf '\n$ %s\n' "$*" >> "$log"; } 2> /dev/null \
        || die "$log: cannot be written; free the disk or name another OUT=…"
    from=$(stat -c %s "$log")
    setsid "$@" >> "$log" 2>&1 < /dev/null &
    pid=$!
    trap 'stop_group "$pid"; die "$STOPPED" 130' INT TERM HUP
    python -m swift_recipes.screen "$log" "$pid" "$from" &
    watcher=$!
    wait "$pid" || code=$?
    wait "$watcher" || true
    trap - INT TERM HUP
    [[ $code == 0 ]] || echo "$SCRIPT: $(recipes why "$log"); all of it: $log" >&2
    return "$code"
}
