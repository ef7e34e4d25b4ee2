# shellcheck shell=bash
# Sourced after common.sh: a server started and ended with all its children, whichever way the script itself ends.
#
#   free_port_or_die PORT             PORT is one, and nothing listens there
#   launch PORT LOG COMMAND...        returns when the port answers; sets SERVER_PID and URL
#   stop_server                       ends it and waits until the port is free
# HOST (127.0.0.1) and SERVER_WAIT (900 seconds) may be set.
SERVER_PID='' SERVER_PORT=''
HOST=${HOST:-127.0.0.1}

port_taken() { (exec 3<> "/dev/tcp/${HOST/#0.0.0.0/127.0.0.1}/$1") 2> /dev/null; }

free_port_or_die() {
    [[ $1 =~ ^[1-9][0-9]{0,4}$ && $1 -lt 65536 ]] || die "PORT=$1 is no port; choose one from 1024 to 65535"
    if port_taken "$1"; then die "port $1 is taken; end what listens there or choose another: PORT=$(($1 + 1))"; fi
}

launch() {
    local port=$1 log=$2 began=$SECONDS
    shift 2
    { mkdir -p "$(dirname "$log")" && : > "$log"; } 2> /dev/null \
        || die "$log: cannot be written; free the disk or name another OUT=… or LOG=…"
    setsid "$@" >> "$log" 2>&1 < /dev/null &
    SERVER_PID=$! SERVER_PORT=$port
    # Not even kill -9 of this script leaves the server behind: its end of this pipe closes, and the group is ended.
    # shellcheck disable=SC2016 # $0 is the watcher's own
    exec 8> >(exec > /dev/null 2>&1 setsid bash -c \
        'read -r || { kill -TERM -- "-$0"; sleep 10; kill -KILL -- "-$0"; }' "$SERVER_PID")
    until port_taken "$port"; do
        kill -0 "$SERVER_PID" 2> /dev/null || { stop_server; die "the server ended: $(recipes why "$log"); all of it: $log"; }
        ((SECONDS - began < ${SERVER_WAIT:-900})) || { stop_server; die "no answer after ${SERVER_WAIT:-900} s; see $log"; }
        sleep 0.5
    done
    URL=http://$HOST:$port/v1
    echo "  server: ready after $((SECONDS - began)) s at $URL"
}

stop_server() {
    local i
    [[ -n $SERVER_PID ]] || return 0
    stop_group "$SERVER_PID"
    wait "$SERVER_PID" 2> /dev/null || true
    SERVER_PID=''
    { echo ended >&8 && exec 8>&-; } 2> /dev/null || true
    for ((i = 0; i < 50; i++)); do port_taken "$SERVER_PORT" || return 0; sleep 0.1; done
    echo "$SCRIPT: warning: port $SERVER_PORT is still taken" >&2
}
