# shellcheck shell=bash
# Sourced by common.sh: keys among the flags. Swift would write them into logs and args.json, and every user of the
# machine could read them in the list of processes; so they are refused before anything is printed.
#
#   shown WORDS...     prints them after blanks, without what follows --api_key (deploy.sh's own)
for flag in "$@"; do
    case $flag in
        --*[_-]token | --*[_-]token=* | --*[_-]secret | --*[_-]secret=* | --*password | --*password=*)
            die "${flag%%=*}: a key among the flags would stand in logs and args.json; leave it out and export it, as HF_TOKEN=…" ;;
    esac
done

shown() {
    local word hide=''
    for word in "$@"; do
        if [[ -n $hide ]]; then word=…; fi
        hide=''
        case $word in
            --*[_-]key) hide=1 ;;
            --*[_-]key=*) word=${word%%=*}=… ;;
        esac
        printf ' %s' "$word"
    done
}
