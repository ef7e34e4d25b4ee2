#!/usr/bin/env bash
# The whole path on a machine without GPU, key or weights: circuits -> questions -> swift sft -> merge -> report.
#
#   bash shell/quickstart.sh
#   REAL=path/to/pairs bash shell/quickstart.sh    real pictures with golden netlists (x.png + x.json) as well
#   DATA=data/mine bash shell/quickstart.sh        the questions of a dataset folder that exists; no circuits are made
#
# Two cores, 8 GB of memory, 8 GB of disk; run again to go on after a stop. CIRCUITS=400 generated circuits of FAMILIES
# (four that the stand-in was not pretrained on; FAMILIES= takes all), SEED=0, EVAL_LIMIT=250 questions of each bench;
# flags go to `swift sft` (--max_steps 20). All it makes is called NAME and lies under data/, models/, runs/ and reports/.
# DATA is split and exported only where it holds no swift/train.jsonl.
SECONDS=0
# shellcheck source=shell/common.sh
source "$(dirname "$0")/common.sh"
FAMILIES=${FAMILIES-summing_amplifier,non_inverting_amplifier,series_rlc,parallel_rlc}
CIRCUITS=${CIRCUITS:-400} SEED=${SEED:-0} EVAL_LIMIT=${EVAL_LIMIT:-250} REAL=${REAL:-} DATA=${DATA:-}
DATA=${DATA%/}
name=${NAME:-quickstart${REAL:+-real}${DATA:+-$(basename "$(realpath -m "$DATA")")}}
data=${DATA:-data/$name} model=models/tiny run=runs/$name reports=reports/$name

stage() { say "[$((SECONDS / 60)) min $((SECONDS % 60)) s] $*"; }
part() { env DATA="$data" "$@"; } # each script sees this run's data and nothing of the caller's OUT or URL
unset OUT URL SERVED ADAPTER RECIPE MAX_PIXELS MAX_LENGTH
[[ -z $REAL || -d $REAL ]] || die "REAL=$REAL: no such folder; it must hold pairs x.png + x.json (docs/data.md)"

make_questions() {
    stage "1/6 circuits and questions: $CIRCUITS generated${REAL:+, and those of $REAL}"
    circuit-vqa synth circuits --count "$CIRCUITS" --seed "$SEED" --lang both --families "$FAMILIES" --out "$data"
    if [[ -n $REAL ]]; then
        # A broken pair is named and skipped; the path goes on with the rest.
        circuit-vqa synth netlists "$REAL" --lang both --seed "$SEED" --out "$data" || [[ $? == 1 ]]
    fi
    circuit-vqa synth split "$data" --val 0.03 --test 0.2 --seed "$SEED"
    circuit-vqa synth export "$data"
}

take_questions() { # of a folder that exists; what was exported from it is used as it is
    stage "1/6 questions: those of $data"
    [[ -z $REAL ]] || die "DATA and REAL are both set; put both in one: circuit-vqa synth netlists $REAL --out $data"
    [[ -s $data/items.jsonl ]] || die "DATA=$data: holds no items.jsonl; fill it first (docs/pictures_to_dataset.md)"
    if [[ ! -f $data/swift/train.jsonl ]]; then
        circuit-vqa synth split "$data" --seed "$SEED"
        circuit-vqa synth export "$data"
    fi
    [[ -s $data/swift/train.jsonl ]] || die "DATA=$data: no accepted question to train on; see: circuit-vqa synth report $data"
    circuit-vqa eval check --data "$data"
}

if [[ -n $DATA ]]; then take_questions; else make_questions; fi

stage "2/6 the stand-in: Qwen2.5-VL's architecture, small, pretrained on other circuits"
circuit-vqa recipes tiny --out "$model"

stage "3/6 before training: EvalScope on the test split"
part MODEL=$model OUT="$reports/before" bash shell/eval.sh --limit "$EVAL_LIMIT" --max-tokens 24 --batch 16

stage "4/6 training: swift sft, QLoRA"
part MODEL=$model OUT="$run" bash shell/train_qlora.sh "$@"

stage "5/6 merging: swift export"
part MODEL=$model OUT="$run" bash shell/merge.sh

stage "6/6 after training: EvalScope on the same questions"
part MODEL="$run/merged" OUT="$reports/after" bash shell/eval.sh --limit "$EVAL_LIMIT" --max-tokens 24 --batch 16

stage "before and after"
circuit-vqa eval compare "$reports/before" "$reports/after" --out "$reports/compare.md" --json "$reports/compare.json"
circuit-vqa eval gallery "$reports/before" "$reports/after" --out "$reports/gallery.html" --data "$data"
cat << EOF

This model is a stand-in: 2 million parameters beside its vocabulary, pretrained on small circuits of other kinds
(docs/stand_in.md), then trained for some minutes on these. A rise shows that the path teaches; its score says nothing of
Qwen2.5-VL-3B.

  questions     $data/items.jsonl, pictures in $data/images/
  adapter       $run/last          merged model  $run/merged
  reports       $reports/before, $reports/after, table in $reports/compare.md
  every wrong answer, with picture and reading: open $reports/gallery.html

On a GPU node the same scripts do it for real (Qwen/Qwen2.5-VL-3B-Instruct):
  EXTRAS=dev,gpu bash shell/setup.sh
EOF
if [[ -z $DATA ]]; then
    echo "  .venv/bin/circuit-vqa synth circuits --count 2000 --lang both --out data/mine"
    echo "  .venv/bin/circuit-vqa synth split data/mine && .venv/bin/circuit-vqa synth export data/mine"
fi
echo "  DATA=${DATA:-data/mine} bash shell/train_qlora.sh"
echo "($((SECONDS / 60)) min $((SECONDS % 60)) s)"
