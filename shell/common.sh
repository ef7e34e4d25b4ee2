# shellcheck shell=bash
# Sourced by every script here: the place, the environment, the settings, and how a long command is run.
#
# Settings come from the environment; `settings` fills in the rest and prints all of them:
#   MODEL       folder or hub name          DATA        dataset folder with swift/train.jsonl
#   METHOD      lora | qlora | full | grpo  OUT         folder of the run
#   MAX_PIXELS  largest picture the model sees, in pixels; 28 x 28 of them are one token
#   MAX_LENGTH  longest row in tokens, picture included
# The last two are kept beside the weights in kit.env, so training, merging, serving and evaluation agree.
# A relative path is taken from where the script was called; what is only in the kit's folder is found there.
set -euo pipefail
CALLED_FROM=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
SCRIPT=$(basename "$0" .sh)
STOPPED="stopped; what was done is kept, the same command goes on from there"

die() { echo "$SCRIPT: $1" >&2; exit "${2:-1}"; }
say() { printf '\n== %s\n' "$*"; }

# shellcheck source=shell/keys.sh
source shell/keys.sh
# shellcheck source=shell/paths.sh
source shell/paths.sh

bash shell/setup.sh
export PATH="$PWD/.venv/bin:$PATH" PYTHONUNBUFFERED=1
unset PYTHONDONTWRITEBYTECODE # many images set it: each command would compile all libraries again, swift's for seconds
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
    printf ' %s' "MODEL=$MODEL" "DATA=$DATA" "OUT=$OUT" "MAX_PIXELS=$MAX_PIXELS" "MAX_LENGTH=$MAX_LENGTH"
    shown "$@"
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
    local type
    type=$(recipes family --model "$1")
    # shellcheck disable=SC2034  # read by the scripts that source this
    MODEL_FLAGS=(--load_args false --model "$1" ${type:+--model_type "$type" --template "$type"} --max_length "$MAX_LENGTH")
    if [[ -d $1 ]]; then export HF_HUB_OFFLINE=${HF_HUB_OFFLINE:-1}; fi
}

# shellcheck source=shell/process.sh
source shell/process.sh
