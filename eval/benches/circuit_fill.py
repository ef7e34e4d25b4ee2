"""Fill-in questions on circuit diagrams: quantities with units, references, names."""

from __future__ import annotations

from evalscope.api.registry import register_benchmark

from eval.benches.base import CircuitBench, meta

DESCRIPTION = """
Fill-in questions on circuit diagrams: quantities, reference designators, names.

Levels: 1 component, 2 connection, 3 function, 4 calculation. Quantities are compared by value and dimension
(1.592 kHz is 1592 Hz), sign strict, within 2 % unless the question says otherwise; a reply without an answer is
*unparsed*, which is counted apart and is wrong.
"""


@register_benchmark(meta("fill", "Circuit diagrams, fill in", DESCRIPTION))
class CircuitFill(CircuitBench):
    """`circuit_fill`."""
