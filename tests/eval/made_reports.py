"""Report folders made of a few words: which questions are right, of which model, asked how."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from eval.mode import Mode
from eval.prediction import Prediction
from eval.report import Report, bench_report, write


def question(i: int, verdict: str = "wrong", **more: Any) -> Prediction:
    """Question number i, on a circuit of its own, levels 1 and 2 by turns of ten."""
    row: dict[str, Any] = {
        "id": f"{i:012x}", "bench": "circuit_mcq", "form": "mcq", "level": 1 + i // 10 % 2, "topic": "value",
        "lang": "zh", "source": "circuits", "split": "test", "group": f"g{i:04d}", "question": f"R{i} = ?",
        "options": ("a", "b"),
        "answer": "A", "verdict": verdict,
        "reply": {"right": "A", "wrong": "B"}.get(verdict, "?"), "read": {"right": "A", "wrong": "B"}.get(verdict),
    }  # fmt: skip
    return Prediction.model_validate(row | more)


def predictions(right: Collection[int], n: int = 20, unparsed: Collection[int] = (), **more: Any) -> list[Prediction]:
    """The questions 0 to n - 1."""
    return [question(i, "right" if i in right else "unparsed" if i in unparsed else "wrong", **more) for i in range(n)]


def make_report(folder: Path, rows: Sequence[Prediction], sha: str = "aa", **more: Any) -> Path:
    """A report folder of these predictions, all benches on the same data."""
    benches = dict.fromkeys(p.bench for p in rows)
    said: dict[str, Any] = {
        "model": folder.name, "data": "toy", "date": "2026-01-01T00:00:00+00:00", "versions": {"evalscope": "1.14.1"},
        "settings": {"temperature": 0, "max_tokens": 512}, "seconds": 1.0, "mode": Mode(),
        "benches": {b: bench_report([p for p in rows if p.bench == b], sha, None) for b in benches},
    }  # fmt: skip
    write(folder, Report(**(said | more)), list(rows))
    return folder
