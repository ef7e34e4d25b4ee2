"""A report in a few hundred bytes, for docs/results.md: each bench by source of the pictures, and how it was asked."""

from __future__ import annotations

import json
from pathlib import Path

from eval import report as reports
from qa.dataset import write_whole


def note(folder: Path, out: Path, data: str = "", model: str = "") -> int:
    """Write the note of a report folder; returns how many rows it gives. Raises KitError where there is no report.

    Paths of this machine stay out: of model and dataset only the last names are kept, or what is given.
    """
    report = reports.read(folder)
    parts = [
        {
            "bench": name,
            "source": source,
            "n": t.n,
            "accuracy": round(t.accuracy, 4),
            "interval": [round(t.interval[0], 4), round(t.interval[1], 4)],
            "chance": None if t.chance is None else round(t.chance, 4),
        }
        for name, bench in report.benches.items()
        for source, t in bench.by.get("source", {}).items()
    ]
    named = Path(report.title or report.model)
    kept = {
        "data": data or report.data,
        "model": model or named.name,
        "asked": str(report.mode),
        "parts": parts,
    }
    write_whole(out, (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode())
    return len(parts)
