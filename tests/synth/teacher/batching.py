"""Asks by batch files until done or killed: python -m tests.synth.teacher.batching URL FOLDER COUNT ROWS_A_FILE."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from synth.teacher.batch.run import ask_batch
from synth.teacher.journal import Journal
from tests.synth.teacher.asking import calls
from tests.synth.teacher.test_batch import teacher


def main() -> None:
    url, folder, count, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    fake = teacher(url, batch={"requests": rows})

    with Journal(folder / "journal.sqlite") as journal:
        for answer in ask_batch(
            calls(count, folder / "a.png"), {"fake": fake}, journal, folder=folder / "batches", poll_s=0.1
        ):
            print(answer.call.row, answer.cached, answer.text is not None, flush=True)
    # not getrusage: there a process has the peak of the one that started it
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    print("peak", int(peak[1]) // 1024 if peak else 0, file=sys.stderr)


if __name__ == "__main__":
    main()
