"""`circuit-vqa eval grade`: verdicts on replies that exist already."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from eval.given import BadRow, read_line
from eval.stats import wilson
from qa.dataset import write_whole
from qa.errors import KitError
from qa.grading import Verdict

BAD = 1
"""Exit code where some rows could not be graded; the others were."""
SHOWN = 10
"""So many bad rows are named on the screen."""
BAD_ROW = "bad row"
"""Kind of error of a row that cannot be graded: that of its file, not of the model."""


@dataclass
class Graded:
    """What came of a file: one verdict a row, in its order; rows that could not be graded are not counted."""

    verdicts: list[Verdict] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)
    """Indices of the rows that could not be graded."""

    @property
    def n(self) -> int:
        return len(self.verdicts) - len(self.faults)

    def count(self, outcome: str) -> int:
        bad = len(self.faults) if outcome == "unparsed" else 0
        return sum(v.verdict == outcome for v in self.verdicts) - bad


def grade_file(file: Path, verdicts: Path | None = None) -> int:
    """Grade a JSONL file, print accuracy, n and unparsed, write the verdicts if asked. Returns the exit code.

    Raises KitError where the file is missing or empty.
    """
    result = Graded()
    for number, line in _lines(file):
        try:
            question, reply = read_line(line)
        except BadRow as e:
            result.faults.append(f"{file}:{number}: {e}")
            result.bad.add(len(result.verdicts))
            result.verdicts.append(Verdict("unparsed", None, f"row cannot be graded: {e}", 0.0))
            continue
        result.verdicts.append(question.grade(reply))
    if not result.verdicts:
        raise KitError(f'{file} is empty; it should hold rows {{"form", "question", "answer", "reply"}}')
    _print(result)
    if verdicts:
        rows = [
            {"verdict": v.verdict, "read": v.read, "why": v.why, "fault": BAD_ROW if i in result.bad else v.fault}
            for i, v in enumerate(result.verdicts)
        ]
        write_whole(verdicts, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode())
    return BAD if result.faults else 0


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Lines that hold something, with their number from 1."""
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as f:
            yield from ((n, line) for n, line in enumerate(f, 1) if line.strip())
    except (FileNotFoundError, IsADirectoryError) as e:
        raise KitError(f"{file} is no file; give a JSONL of replies: circuit-vqa eval grade FILE.jsonl") from e


def _print(result: Graded) -> None:
    for fault in result.faults[:SHOWN]:
        print(" ".join(fault.split()), file=sys.stderr)
    right, n, unparsed = result.count("right"), result.n, result.count("unparsed")
    if n:
        low, high = wilson(right, n)
        print(f"accuracy {right / n:.1%} (95 % {low:.1%}–{high:.1%}), n {n}, right {right}, unparsed {unparsed}")
    kinds = Counter(str(v.fault) for v in result.verdicts if v.fault)
    if kinds:
        print(f"errors: {', '.join(f'{kind} {count}' for kind, count in kinds.most_common())}")
    if result.faults:
        print(
            f"not graded and not counted: {len(result.faults)} of {len(result.verdicts)} rows, see above"
            + (f" for the first {SHOWN}; all with --verdicts OUT.jsonl" if len(result.faults) > SHOWN else ""),
            file=sys.stderr,
        )
