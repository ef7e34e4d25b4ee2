"""Which question writers give their answers away: choices a model gets right without the picture (`--blind`)."""

from __future__ import annotations

from collections.abc import Mapping

from eval.plain import word
from eval.tally import BenchReport, Tally

MARGIN = 0.05
"""Blind accuracy may be so far above chance."""


def at_fault(bench: BenchReport) -> dict[str, Tally]:
    """Writers of choice questions whose blind accuracy beats chance by more than MARGIN, the worst first."""
    found = {w: t for w, t in bench.by.get("writer", {}).items() if t.chance and t.accuracy - t.chance > MARGIN}
    return dict(sorted(found.items(), key=lambda x: (x[1].chance or 0) - x[1].accuracy))


def lines(benches: Mapping[str, BenchReport]) -> list[str]:
    """What a report of a blind run says of it."""
    said = []
    for name, bench in benches.items():
        if bench.total.chance is None:
            continue
        excess = (bench.total.accuracy - bench.total.chance) * 100
        said += ["", f"{word(name)} without the picture: {excess:+.1f} points against chance"
                 f" ({bench.total.chance * 100:.1f} %)."]  # fmt: skip
        for writer, t in at_fault(bench).items():
            sure = "" if t.interval[0] > (t.chance or 0) else ", which may be luck"
            more = (t.accuracy - (t.chance or 0)) * 100
            said.append(f"- {word(writer)}: {more:+.1f} points on {t.n} questions{sure}")
    return said
