# shellcheck shell=bash
# Sourced by common.sh: how a long command is run, watched and ended.

stop_group() { # PID: end its process group; wait for it
    local i
    kill -TERM -- "-$1" 2> /dev/null || return 0
    for ((i = 0; i < 100; i++)); do
        kill -0 -- "-$1" 2> /dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$1" 2> /dev/null || true
}

alone() { # this script only works in OUT; swift inherits the lock, so it holds as long as swift lives
    LOCK=$OUT/.$SCRIPT.lock
    { : >> "$LOCK"; } 2> /dev/null || die "$LOCK: cannot be written; free the disk or name another OUT=…"
    exec 9<> "$LOCK"
    flock -n 9 || die "another $SCRIPT.sh works in $OUT; wait for it, or end it: kill -- -$(cat "$LOCK")"
}

logged() { # LOG COMMAND...: all output to LOG, the essence to the screen; Ctrl-C ends the whole process group
    local log=$1 from pid watcher code=0
    shift
    { mkdir -p "$(dirname "$log")" && printf '\n$ %s\n' "$*" >> "$log"; } 2> /dev/null \
        || die "$log: cannot be written; free the disk or name another OUT=…"
    from=$(stat -c %s "$log")
    setsid "$@" >> "$log" 2>&1 < /dev/null &
    pid=$!
    if [[ -n ${LOCK:-} ]]; then echo "$pid" > "$LOCK"; fi
    trap 'stop_group "$pid"; die "$STOPPED" 130' INT TERM HUP
    python -m swift_recipes.screen "$log" "$pid" "$from" &
    watcher=$!
    wait "$pid" 2> /dev/null || code=$?
    wait "$watcher" || true
    trap - INT TERM HUP
    # shellcheck disable=SC2034  # read by the scripts that call this
    [[ $code == 0 ]] || WHY="$(recipes why "$log"); all of it: $log"
    if [[ $code == 137 ]]; then WHY=${WHY/#no error in the log/it was killed (kill -9), by a person or because memory ran out}; fi
    return "$code"
}
