#!/usr/bin/env bash
# The test command: sets up if needed, then lint, types, import floors, shell scripts, tests.
#
#   bash shell/test.sh            fast suite, under 5 minutes
#   SLOW=1 bash shell/test.sh     and the slow path: real swift training, EvalScope runs, the quickstart
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash shell/setup.sh
export PATH="$PWD/.venv/bin:$PATH"

say() { printf '\n== %s\n' "$*"; }

say "ruff";        ruff check . && ruff format --check .
say "mypy";        mypy
say "import floors"; lint-imports
say "shellcheck"
if command -v shellcheck > /dev/null; then
    shellcheck -x shell/*.sh .ci/run
else
    echo "not installed, skipped: apt-get install shellcheck"
fi
# One thread a worker: two workers of two threads on two cores wait for each other, spinning.
say "pytest";      OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} pytest -n "${WORKERS:-2}" "$@"
if [[ ${SLOW:-0} == 1 ]]; then
    say "pytest, slow"; pytest -m slow --durations=10
fi
say "all passed"
