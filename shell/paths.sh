# shellcheck shell=bash
# Sourced by common.sh: settings that name a file or a folder.

from_caller() { # NAME: a setting that is a relative path becomes an absolute one
    local path=$CALLED_FROM/${!1:-}
    if [[ $CALLED_FROM == "$PWD" || -z ${!1:-} || ${!1} == /* ]]; then return; fi
    case $1 in
        RECIPE) [[ -e $CALLED_FROM/${!1%%+*} ]] || return 0 ;; # mine.yaml+packing: parts may be added
        MODEL | TEACHER | BASE | NEW) [[ -e $path ]] || return 0 ;; # else a hub name
        *) [[ -e $path || ! -e ${!1} ]] || return 0 ;;
    esac
    export "$1=$path"
}

links_lead_on() { # NAME: no link in its path leads nowhere or in a circle
    local part=${!1:-}/
    while [[ $part == */* ]]; do
        part=${part%/*}
        [[ ! -L $part || -e $part ]] \
            || die "$1=${!1}: the link $part leads nowhere or back to itself; remove it, or name another $1=…"
    done
}

for key in MODEL DATA OUT ADAPTER REAL RECIPE LOG TEACHER; do
    from_caller "$key"
    links_lead_on "$key"
done
