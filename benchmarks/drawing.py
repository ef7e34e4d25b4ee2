"""How fast pictures are made, stage by stage, against the floor of bare schemdraw and PyMuPDF.

Run as: .venv/bin/python benchmarks/drawing.py [--count 300]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable

from synth.circuits.draw import draw_circuit, family_names, sheet_of
from synth.circuits.drawing import compose
from synth.circuits.render import to_png
from synth.circuits.style import Style

GOAL = 60.0
"""Circuits a second on one core, drawing, rendering and PNG alone."""


def floor_once() -> bytes:
    """The least a picture of six parts costs: schemdraw's own drawing, MuPDF's pixels, its own PNG."""
    import pymupdf
    import schemdraw
    import schemdraw.elements as parts

    with schemdraw.Drawing(show=False, canvas="svg") as d:
        d += parts.SourceV().up().label("V1 5V")
        d += parts.Resistor().right().label("R1 10k")
        d += parts.Resistor().down().label("R2 4.7k")
        d += parts.Line().left()
        d += parts.Resistor().at((6, 3)).down().label("R3 1k")
        d += parts.Ground()
    with pymupdf.open(stream=d.get_imagedata("svg"), filetype="svg") as page:
        return page[0].get_pixmap(matrix=pymupdf.Matrix(1.5, 1.5)).tobytes("png")


def timed(work: Callable[[], object], count: int) -> float:
    """Mean milliseconds of CPU of a call."""
    spent = []
    for _ in range(count):
        start = time.process_time()
        work()
        spent.append(1e3 * (time.process_time() - start))
    return statistics.fmean(spent)


def main() -> None:
    """Prints the figures; exits with 1 under the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args().count
    names = family_names()
    for name in names:  # symbols, fonts and imports are paid for once a process
        draw_circuit(name, 0, 0, "zh")

    stages = {"build": 0.0, "compose": 0.0, "render": 0.0}
    start = time.process_time()
    for i in range(count):
        family = names[i % len(names)]
        t0 = time.process_time()
        rng = random.Random(f"9/{family}/{i}")
        sheet = sheet_of(family, rng)
        style = Style.sample(rng, "zh")
        t1 = time.process_time()
        scene = compose(sheet, style)
        t2 = time.process_time()
        to_png(scene.svg, style, rng)
        t3 = time.process_time()
        for stage, spent in zip(stages, (t1 - t0, t2 - t1, t3 - t2), strict=True):
            stages[stage] += spent
    each = (time.process_time() - start) / count
    for stage, spent in stages.items():
        print(f"{stage:<8} {1e3 * spent / count:6.2f} ms a circuit")
    floor = timed(floor_once, 40)
    print(f"all      {1e3 * each:6.2f} ms a circuit, {1 / each:.0f} circuits/s on one core (goal {GOAL:.0f})")
    print(f"floor    {floor:6.2f} ms a picture of bare schemdraw + PyMuPDF; ratio {1e3 * each / floor:.2f}")
    raise SystemExit(1 / each < GOAL)


if __name__ == "__main__":
    main()
