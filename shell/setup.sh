#!/usr/bin/env bash
# Makes .venv and installs the kit and its tested versions into it. Does nothing when .venv is current.
#
#   bash shell/setup.sh                 core and the test tools: CPU or GPU
#   EXTRAS=dev,gpu bash shell/setup.sh  and vLLM, DeepSpeed, Liger on a GPU node
#
# PYTHON=python3.12 picks the interpreter. Disk: about 7 GB (torch's CUDA build), 14 GB with gpu.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PYTHON=${PYTHON:-python3}
stamp=.venv/.installed # hash of what was installed, and the extras
EXTRAS=${EXTRAS:-$(sed -n 2p "$stamp" 2> /dev/null || true)}
EXTRAS=${EXTRAS:-dev}

die() { echo "setup: $*" >&2; exit 1; }

wanted() {
    # A move of the folder breaks the scripts in .venv/bin, so the folder is part of the stamp.
    { pwd; echo "$EXTRAS"; cat pyproject.toml constraints.txt; } | sha256sum | cut -d' ' -f1
}

if [[ -x .venv/bin/python && -f $stamp && $(sed -n 1p "$stamp") == "$(wanted)" ]]; then
    exit 0
fi

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || die "needs Python 3.11 or newer, and '$PYTHON' is not; name one: PYTHON=/path/to/python3.11 bash shell/setup.sh"
free_gb=$(($(df -Pk . | awk 'NR==2 {print $4}') / 1024 / 1024))
[[ -d .venv || $free_gb -ge 8 ]] || die "needs 8 GB of free disk here, $free_gb GB are left"

echo "setup: installing into .venv (extras: $EXTRAS); a few minutes the first time"
# a .venv that was cut off while it was made has no pip
.venv/bin/python -m pip --version > /dev/null 2>&1 || "$PYTHON" -m venv --clear .venv \
    || die "could not make .venv; on Debian and Ubuntu: apt-get install python3-venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv \
    || die "pip could not install 'uv'; is the package index reachable?"
.venv/bin/uv pip install --quiet --python .venv/bin/python -c constraints.txt -e ".[$EXTRAS]" \
    || die "the install stopped (see above); run the same command again, finished downloads are kept"
{ wanted; echo "$EXTRAS"; } > "$stamp"
echo "setup: done ($(du -sh .venv | cut -f1) in .venv)"
