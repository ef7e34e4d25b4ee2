# shellcheck shell=bash
# Sourced by train.sh: where the curves go. TensorBoard in OUT/runs by itself; LOGGER=wandb or LOGGER=swanlab besides;
# LOGGER=none: nowhere. Keys: `wandb login`, `swanlab login`, WANDB_API_KEY, SWANLAB_API_KEY. On this machine only:
# WANDB_MODE=offline, SWANLAB_MODE=local.
#
#   logger_flags FLAGS...      sets LOGGER_FLAGS, exports what the logger reads; ends the script where it cannot work
LOGGER_FLAGS=()

logger_flags() {
    local lines line
    if [[ -z ${LOGGER:-} && " $*" != *" --report_to"* && " $*" != *" --swanlab_"* ]]; then return; fi
    lines=$(recipes logger --name "${LOGGER:-}" --out "$OUT" -- "$@")
    while IFS= read -r line; do
        case $line in
            "env "*) export "${line#env }" ;;
            "flag "*) LOGGER_FLAGS+=("${line#flag }") ;;
        esac
    done <<< "$lines"
}
