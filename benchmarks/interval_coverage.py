"""How often the 95 % intervals of `eval/stats.py` hold the true value, by simulation.

Run as: python -m benchmarks.interval_coverage [--trials 4000] [--peers]

A circuit has 4 to 12 questions (8 on average). The chance that a model is right on one is drawn for circuit and
question (logistic, normal effects); the second model has the same, moved by an effect of its own for each circuit.
94 to 96 % is wanted for what is reported as a whole: 40 circuits and more. 4,000 trials know a coverage to ±0.7 points.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from eval.stats import difference, interval, wilson

WANTED = (94.0, 96.0)
Interval = tuple[float, float]


@dataclass(frozen=True)
class World:
    """Two models on questions of many circuits."""

    name: str
    middle: float
    """Log odds that the first model is right."""
    gain: float
    """By how much the second one's differ."""
    circuit: float = 1.0
    """Standard deviation of a circuit's effect, the same for both models; 0: questions have nothing in common."""
    own: float = 0.7
    """Of a circuit's effect on the second model alone."""
    question: float = 1.0
    """Of a question's."""
    most: int = 12
    """Questions on a circuit: from a third of this up to it; 1: one each."""

    def truth(self) -> tuple[float, float]:
        """Both models' accuracy over all circuits, by Gauss-Hermite quadrature."""
        x, w = np.polynomial.hermite_e.hermegauss(101)
        common = self.circuit**2 + self.question**2
        spread = np.sqrt(np.array([common, common + self.own**2]))[:, None]
        middle = np.array([self.middle, self.middle + self.gain])[:, None]
        first, second = (w / w.sum() / (1 + np.exp(-(middle + spread * x)))).sum(1)
        return float(first), float(second)

    def draw(self, circuits: int, random: np.random.Generator) -> tuple[list[float], list[float], list[str]]:
        """Scores of both models and the group of each question."""
        sizes = random.integers(max(1, self.most // 3), self.most + 1, circuits)
        group = np.repeat(np.arange(circuits), sizes)
        first = self.middle + random.normal(0, 1, circuits)[group] * self.circuit
        first += random.normal(0, 1, len(group)) * self.question
        second = first + self.gain + random.normal(0, 1, circuits)[group] * self.own
        right = [random.random(len(group)) < 1 / (1 + np.exp(-odds)) for odds in (first, second)]
        return *(r.astype(float).tolist() for r in right), [f"{g:05d}" for g in group]


WORLDS = (
    World("half right", 0.0, 0.4),
    World("three quarters", 1.5, -0.4),
    World("nearly all right", 3.5, 0.0),
    World("circuits alike", 0.5, 0.4, circuit=0.0, own=0.0),
    World("one question each", 0.5, 0.4, most=1),
)
CIRCUITS = (10, 20, 40, 80, 150, 300)

Draw = tuple[list[float], list[float], list[str]]


def methods(peers: bool, resamples: int) -> dict[str, tuple[bool, Callable[[Draw], Interval]]]:
    """Interval by name; True: of the difference, False: of the second model's accuracy."""

    def paired(draw: Draw, groups: list[str]) -> Interval:
        found = difference(draw[0], draw[1], groups, "coverage", resamples)
        return found.low, found.high

    ours: dict[str, tuple[bool, Callable[[Draw], Interval]]] = {
        "Wilson, plain": (False, lambda d: wilson(int(sum(d[1])), len(d[1]))),
        "Wilson": (False, lambda d: interval(d[1], d[2])),
        "difference, questions": (True, lambda d: paired(d, [str(i) for i in range(len(d[2]))])),
        "difference": (True, lambda d: paired(d, d[2])),
    }
    others = {name: (True, by_scipy(name, resamples)) for name in ("percentile", "BCa")} if peers else {}
    return ours | others


def by_scipy(method: str, resamples: int) -> Callable[[Draw], Interval]:
    """scipy.stats.bootstrap over circuits."""
    from scipy.stats import bootstrap

    def found(draw: Draw) -> Interval:
        group = np.array([int(g) for g in draw[2]])
        _, number = np.unique(group, return_inverse=True)
        sums = np.bincount(number, np.array(draw[1]) - np.array(draw[0]))
        data = (sums, np.bincount(number).astype(float))

        def mean(s: Any, n: Any, axis: int) -> Any:
            return s.sum(axis) / n.sum(axis)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # all circuits alike
            random = np.random.default_rng(1)
            ci = bootstrap(
                data, mean, n_resamples=resamples, paired=True, method=method, rng=random
            ).confidence_interval
        return float(ci.low), float(ci.high)

    return found


def coverage(
    world: World, circuits: int, trials: int, seed: int = 1, peers: bool = False, resamples: int = 1_000
) -> dict[str, float]:
    """Per cent of trials whose interval holds the truth, by method."""
    first, second = world.truth()
    held = dict.fromkeys(chosen := methods(peers, resamples), 0)
    random = np.random.default_rng([seed, circuits])
    for _ in range(trials):
        draw = world.draw(circuits, random)
        for name, (paired, method) in chosen.items():
            low, high = method(draw)
            held[name] += low - 1e-12 <= (second - first if paired else second) <= high + 1e-12
    return {name: 100 * n / trials for name, n in held.items()}


def lines(trials: int, peers: bool, only: str) -> Iterator[str]:
    """The table, row by row."""
    names = list(methods(peers, 1))
    yield f"{'world':18} {'right':>11} {'circuits':>8}  " + "  ".join(f"{n:>{max(8, len(n))}}" for n in names)
    for world in (w for w in WORLDS if only in w.name):
        first, second = (100 * x for x in world.truth())
        for circuits in CIRCUITS:
            found = coverage(world, circuits, trials, peers=peers)
            cells = "  ".join(f"{found[n]:>{max(8, len(n))}.1f}" for n in names)
            ours = [found[n] for n in ("Wilson", "difference")]
            aside = "" if all(WANTED[0] <= x <= WANTED[1] for x in ours) else "  *"
            yield f"{world.name:18} {first:4.0f} → {second:2.0f} % {circuits:8}  {cells}{aside}"


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("--trials", type=int, default=4000)
    args.add_argument("--peers", action="store_true", help="scipy's percentile and BCa bootstrap over circuits too")
    args.add_argument("--only", default="", help="worlds with this in their name")
    given = args.parse_args()
    start = time.perf_counter()
    for line in lines(given.trials, given.peers, given.only):
        print(line, flush=True)
    print(f"* one of ours outside {WANTED[0]:.0f}-{WANTED[1]:.0f} %; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
