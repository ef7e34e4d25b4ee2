# shellcheck shell=bash
# Sourced by eval.sh: two models, one after the other, and what differs between them.
#
#   report_folder MODEL           where its report lands by default
#   compare_two BASE NEW [flags]  reports of both, compare.md, compare.json and gallery.html in OUT

report_folder() {
    local label=${1%/}
    echo "reports/$(basename "$DATA")/$(basename "$(dirname "$label")")-$(basename "$label")"
}

compare_two() {
    local base new gate=() code=0
    # shellcheck disable=SC2034 # read through their names
    BASE=$1 NEW=$2
    shift 2
    [[ -z ${URL:-}${ADAPTER:-} ]] || die "BASE and NEW are served one after the other; URL and ADAPTER say otherwise: unset them"
    DATA=${DATA:-data/quickstart}
    from_caller BASE
    from_caller NEW
    if [[ ! -f $BASE/report.json && ! -f $NEW/report.json && $(report_folder "$BASE") == "$(report_folder "$NEW")" ]]; then
        die "the reports of $BASE and $NEW would both land in $(report_folder "$BASE"); make them one by one, each with its own OUT, and give the report folders"
    fi
    base=$(report_of BASE "$@") || exit
    new=$(report_of NEW "$@") || exit
    OUT=${OUT:-$(dirname "$new")}
    read -r -a gate <<< "${GATE:-}"
    if [[ ${NO_WORSE:-0} == 1 ]]; then gate+=(--no-worse-than "$base"); fi
    say "comparing $base and $new"
    mkdir -p "$OUT"
    rm -f "$OUT/compare.md"
    circuit-vqa eval compare "$base" "$new" --out "$OUT/compare.md" --json "$OUT/compare.json" "${gate[@]}" || code=$?
    circuit-vqa eval gallery "$base" "$new" --out "$OUT/gallery.html"
    if [[ -f $OUT/compare.md ]]; then echo "table: $OUT/compare.md"; fi
    return "$code"
}

report_of() { # NAME of the variable, flags: the report folder of that model, made if it is none yet
    local model=${!1} out
    if [[ -f $model/report.json ]]; then echo "$model"; return; fi
    out=$(report_folder "$model")
    shift
    env MODEL="$model" DATA="$DATA" OUT="$out" bash shell/eval.sh "$@" >&2 || exit
    echo "$out"
}
