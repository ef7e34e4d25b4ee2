"""What the checks are worth: time and false alarms of rules, label error before and after, coverage of its interval.

Run as: python benchmarks/checks.py [--items 3000]

The teachers are simulated with known error rates; `copied` is how often the later teachers repeat a wrong label.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from qa.item import Item, Origin
from qa.standing import standing
from synth.checks.gold import measured
from synth.checks.rules import form_check
from synth.checks.twins import twins
from synth.sources.circuits import jobs, make
from tests.synth.checks.driven import Crowd, driven, gold_items, panel
from tests.synth.checks.made import MCQ, item

BY_TEACHER = Origin(source="images", writer="teacher:writer@write@1")
CROWDS = [(0.15, 0.10, 0.0), (0.15, 0.10, 0.3), (0.15, 0.25, 0.0), (0.30, 0.10, 0.0)]


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("--items", type=int, default=3000)
    count = args.parse_args().items
    rules()
    value(count)
    coverage(count)


def rules() -> None:
    """Rules over questions that are right by construction: every alarm is a false one."""
    items = [i for job in jobs(400, 11, "both") for i in make(job).items]
    start = time.perf_counter()
    verdicts = Counter(form_check(i).verdict for i in items)
    each = (time.perf_counter() - start) / len(items)
    start = time.perf_counter()
    found = twins(items)
    twin = (time.perf_counter() - start) / len(items)
    print(
        f"10,000 items: rules {each * 1e4:.1f} s, twins {twin * 1e4:.1f} s; false alarms on {len(items)} right by"
        f" construction: {verdicts['fail']} fail, {verdicts['unsure']} unsure, {len(found)} twins"
    )


def value(count: int) -> None:
    """The same labels under each policy."""
    print("\nwriter wrong / others wrong / copied | policy             | label error | right ones lost | for a person")
    for writer, others, copied in CROWDS:
        for policy, settings in (
            ("no checks", None),
            ("second alone", {"third": False}),
            ("vote of 1", {"votes": 1, "quorum": 1}),
            ("vote, 2 of 3", {"votes": 3, "quorum": 2}),
        ):
            crowd = Crowd(Random("value"), writer, others, copied)
            counts: Counter[str] = Counter()
            for of in gold_items(count):
                label = crowd.label(of, "A")
                made = labelled(of, label)
                checked = driven(made, panel(**settings), crowd) if settings is not None else made
                state = "accepted" if settings is None else standing(checked)
                counts[state, label == "A"] += 1  # type: ignore[index]
            print(row((writer, others, copied), policy, counts))


def labelled(of: Item, label: str) -> Item:
    return item(of.question, label, MCQ, id=of.id, origin=BY_TEACHER)


def row(rates: tuple[float, float, float], policy: str, counts: Counter[str]) -> str:
    right = {s: counts[s, True] for s in ("accepted", "review", "rejected")}  # type: ignore[index]
    wrong = {s: counts[s, False] for s in ("accepted", "review", "rejected")}  # type: ignore[index]
    error = wrong["accepted"] / max(1, wrong["accepted"] + right["accepted"])
    lost = right["rejected"] / sum(right.values())
    person = (right["review"] + wrong["review"]) / counts.total()
    said = " / ".join(f"{r:.0%}" for r in rates)
    return f"{said:36} | {policy:18} | {error:10.1%}  | {lost:14.1%}  | {person:.1%}"


def coverage(count: int) -> None:
    """How often the interval of 50 gold items holds the label error of the set."""
    print()
    for rates in CROWDS:
        rng = Random(f"coverage/{rates}")
        crowd = Crowd(rng, *rates)
        accepted = [
            label != "A"
            for of in gold_items(count)
            if (label := crowd.label(of, "A")) and standing(driven(labelled(of, label), panel(), crowd)) == "accepted"
        ]
        truth = sum(accepted) / len(accepted)
        pool = [driven(of, panel(), crowd, gold=True) for of in gold_items(count)]
        runs = [measured(rng.sample(pool, 50)) for _ in range(1000)]
        held = sum(r.low <= truth <= r.high for r in runs) / len(runs)
        print(
            f"{rates}: true label error {truth:.1%}; the interval of 50 gold items holds it in {held:.1%} of 1000 runs"
        )


if __name__ == "__main__":
    main()
