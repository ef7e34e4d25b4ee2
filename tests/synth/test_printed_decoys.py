"""Wrong values beside a printed one: corners of a square, drawn as values are printed."""

from __future__ import annotations

import random

from synth.questions.printed_decoys import law, put_together, taken_apart, values_beside


def test_printed_values_come_back_whole() -> None:
    for value in (4700.0, 0.5, 1e-9, 2.2e-6, 999.0, 12.0):
        assert put_together(*taken_apart(value)) == value


def test_values_beside_a_printed_one_are_corners_of_a_square() -> None:
    rng = random.Random(2)
    for figures, powers in law().values():
        assert abs(sum(figures.values()) - 1) < 0.05 and abs(sum(powers.values()) - 1) < 0.05
    for run in values_beside(4700.0, "Ω", [330.0], rng):
        parts = [taken_apart(v) for v in (4700.0, *run)]
        assert len({f for f, _ in parts}) == len({p for _, p in parts}) == 2 and len(set(parts)) == 4
    assert values_beside(4700.0, "Ω", [330.0, 1e3, 2.2e3, 10e3], rng)[0][0] in (330.0, 1e3, 2.2e3, 10e3)
