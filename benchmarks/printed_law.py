"""How often each value is printed in generated circuits: makes synth/questions/printed.json again.

Run as: python -m benchmarks.printed_law [--circuits 2400]

Wrong values beside a printed one are drawn by this law (synth/questions/printed_decoys.py). To be run after a change of
the values that families use. The same command gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from synth.circuits.draw import circuit_alone
from synth.circuits.netlist import KINDS, Circuit
from synth.questions.printed_decoys import PATH, taken_apart
from synth.questions.values import value_text
from synth.sources.circuits import jobs

SEED = 7_000_000


def printed_law(circuits: Iterable[Circuit]) -> dict[str, list[dict[str, float]]]:
    """unit -> [leading figure -> share, power of ten -> share] of the values that pictures print."""
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    powers: dict[str, Counter[str]] = defaultdict(Counter)
    for circuit in circuits:
        for c in circuit.components:
            if circuit.shown.values and circuit.shown.refs and value_text(c) and c.value:
                figure, power = taken_apart(c.value)
                figures[KINDS[c.kind].unit][figure] += 1
                powers[KINDS[c.kind].unit][str(power)] += 1
    return {unit: [_shares(figures[unit]), _shares(powers[unit])] for unit in sorted(figures)}


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = counts.total()
    return {k: round(n / total, 4) for k, n in sorted(counts.items(), key=lambda kn: float(kn[0])) if n / total > 5e-4}


def main() -> None:
    """Count and write."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--circuits", type=int, default=2400)
    todo = jobs(args.parse_args().circuits, SEED, "both")
    law = printed_law(circuit_alone(j.family, j.seed, j.index, j.lang) for j in todo)
    PATH.write_text(json.dumps(law, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{PATH.name}: {', '.join(f'{len(figures)} figures of {unit}' for unit, (figures, _) in law.items())}")


if __name__ == "__main__":
    main()
