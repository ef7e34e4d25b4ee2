"""Calculated answers against ngspice: every figure a level-4 question holds for right, found a second way.

Run as: python benchmarks/ngspice_check.py --count 500 [--seed 0] [--families a b] [--show-worst 5]
Prints how many were checked, by quantity and family, and the worst error; exits 1 if one is off by more
than 0.1 % or got no number.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass

from qa.item import Lang
from synth.circuits.draw import draw_circuit, family_names
from synth.circuits.probe import Probe
from synth.circuits.spice import SpiceError, simulate
from synth.questions.calculations import CALCULATION_WRITERS
from synth.questions.draft import Draft

TOLERANCE = 1e-3
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """One answer with what ngspice says of it."""

    draft: Draft
    probe: Probe
    ours: float
    theirs: float

    @property
    def error(self) -> float:
        """Relative; infinite where ngspice gave no number."""
        if math.isnan(self.theirs):
            return math.inf
        return abs(self.theirs - self.ours) / abs(self.ours)


def answers(count: int, seed: int, families: list[str]) -> list[tuple[Draft, Probe, float]]:
    """At least `count` fill-in answers with their accepted values, a few from each circuit, families in turn."""
    found: list[tuple[Draft, Probe, float]] = []
    index, dry = 0, 0
    while len(found) < count and dry < 20:
        before = len(found)
        for family in families:
            rng = random.Random(f"{seed}/{family}/{index}")
            lang: Lang = "zh" if index % 2 else "en"
            circuit = draw_circuit(family, seed, index, lang).circuit
            for writer in CALCULATION_WRITERS:
                for draft in writer(circuit, lang, rng):
                    if draft.form == "fill" and draft.probe is not None:
                        (wanted,) = draft.accept
                        assert not isinstance(wanted, str)
                        found.append((draft, draft.probe, wanted.value))
        dry = dry + 1 if len(found) == before else 0
        index += 1
    return found


def check(asked: list[tuple[Draft, Probe, float]]) -> list[Checked]:
    """Measure all of them with ngspice. Raises SpiceError where it is missing."""
    done = []
    for start in range(0, len(asked), _BATCH):
        batch = asked[start : start + _BATCH]
        measured = simulate([(probe, value) for _, probe, value in batch])
        done += [Checked(d, p, ours, theirs) for (d, p, ours), theirs in zip(batch, measured, strict=True)]
    return done


def main() -> int:
    """Exit code 0: all within 0.1 %."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=500, help="check at least this many answers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", nargs="*", default=[], help="only these families")
    parser.add_argument("--show-worst", type=int, default=3, metavar="N")
    args = parser.parse_args()
    unknown = sorted(set(args.families) - set(family_names()))
    if unknown:
        print(f"no such family: {', '.join(unknown)}; there are {', '.join(family_names())}", file=sys.stderr)
        return 2
    started = time.perf_counter()
    try:
        done = check(answers(args.count, args.seed, args.families or family_names()))
    except SpiceError as e:
        print(e, file=sys.stderr)
        return 2
    if not done:
        print("no calculated answers to check", file=sys.stderr)
        return 2
    by_error = sorted(done, key=lambda c: -c.error)
    wrong = [c for c in done if not c.error <= TOLERANCE]
    print("quantities: " + ", ".join(f"{k} {n}" for k, n in Counter(c.probe.quantity for c in done).most_common()))
    print("families: " + ", ".join(f"{k} {n}" for k, n in Counter(c.probe.circuit.family for c in done).most_common()))
    for c in (wrong or by_error)[: args.show_worst]:
        print(f"  {c.error:.2e}  {c.probe.quantity} of {c.probe.circuit.name}: {c.ours!r}, ngspice {c.theirs!r}")
        print(f"            {c.draft.question}")
    print(
        f"{len(done)} calculated answers against ngspice: worst error {by_error[0].error:.2e},"
        f" {len(wrong)} off by more than {TOLERANCE:.1%}, {time.perf_counter() - started:.1f} s"
    )
    return 1 if wrong or len(done) < args.count else 0


if __name__ == "__main__":
    sys.exit(main())
