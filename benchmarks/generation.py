"""How fast circuits are made, and whether a guesser who never looks at the picture can score.

Run as: python benchmarks/generation.py [--count 1000] [--workers 2] [--lang both]

Prints circuits/s against the floor (the same drawings without questions, files or a pool), items per circuit, the
share of each letter, and the accuracy of question-only guessers on the multiple-choice items. Exit code 1 where a
bound that the kit promises is broken.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from qa.dataset import Dataset
from qa.grading import grade
from qa.item import LETTERS, Item
from synth.circuits.draw import draw_circuit
from synth.report.guessers import guessers, right_text
from synth.sources import circuits as source


def floor_rate(count: int, workers: int) -> float:
    """Circuits a second of drawing alone on one core, times the cores."""
    jobs = source.jobs(count, 99, "both")
    start = time.perf_counter()
    for j in jobs:
        draw_circuit(j.family, j.seed, j.index, j.lang)
    return workers * len(jobs) / (time.perf_counter() - start)


def main() -> int:
    """Print the figures; 1 where a bound is broken."""
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--count", type=int, default=1000)
    args.add_argument("--workers", type=int, default=2)
    args.add_argument("--seed", type=int, default=0)
    args.add_argument("--lang", default="both")
    args.add_argument("--data", type=Path, help="measure this folder instead of making one")
    a = args.parse_args()
    bad: list[str] = []
    with tempfile.TemporaryDirectory() as tmp:
        ds = Dataset.create(a.data or Path(tmp) / "data")
        if not a.data:
            start = time.perf_counter()
            *_, report = source.run(ds, source.jobs(a.count, a.seed, a.lang), a.workers)
            rate = report.circuits / (time.perf_counter() - start)
            floor = floor_rate(min(a.count, 120), a.workers)
            print(
                f"{rate:.0f} circuits/s on {a.workers} workers; drawing alone {floor:.0f}: {floor / rate:.2f} x floor"
            )
            bad += [f"{rate:.0f} circuits/s < 40"] * (rate < 40) + [f"{len(report.faults)} circuits failed"] * bool(
                report.faults
            )
        items = list(ds.items())
    bad += describe(items)
    print("broken: " + "; ".join(bad) if bad else "every bound holds")
    return int(bool(bad))


def describe(items: Sequence[Item]) -> list[str]:
    """Print counts, letters and guessers; returns the bounds that are broken."""
    bad: list[str] = []
    per_circuit = Counter(i.origin.file or i.group for i in items)
    mcq = [i for i in items if i.form == "mcq"]
    print(f"{len(items)} items on {len(per_circuit)} circuits, {len(mcq)} of them multiple choice")
    print(f"items per circuit: least {min(per_circuit.values())}, median {statistics.median(per_circuit.values())}")
    print("levels: " + ", ".join(f"{k}: {n}" for k, n in sorted(Counter(i.level for i in items).items())))
    bad += ["a circuit has fewer than 6 items"] * (min(per_circuit.values()) < 6)
    letters = Counter(str(i.answer) for i in mcq)
    shares = {x: letters[x] / len(mcq) for x in LETTERS}
    print("letters: " + ", ".join(f"{x} {s:.1%}" for x, s in shares.items()))
    bad += [f"letter {x} {s:.1%}" for x, s in shares.items() if abs(s - 0.25) > 0.03]
    two_right = [i.id for i in mcq if not one_right(i)]
    print(f"items where another option would be graded right too: {len(two_right)}")
    bad += [f"two right options in {two_right[:3]}"] * bool(two_right)
    for name, accuracy in guessers(mcq).items():
        print(f"guesser, {name}: {accuracy:.1%}")
        bad += [f"guesser '{name}' {accuracy:.1%}"] * (accuracy >= 0.32 and "habit" not in name)
    return bad


def one_right(item: Item) -> bool:
    """Whether only the right option would be graded right as a fill-in answer."""
    text = right_text(item)
    return all(
        grade("fill", item.question, text, o).verdict != "right"
        for letter, o in zip(LETTERS, item.options or (), strict=False)
        if letter != item.answer
    )


if __name__ == "__main__":
    sys.exit(main())
