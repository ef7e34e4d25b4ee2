"""Multiple-choice questions on circuit diagrams."""

from __future__ import annotations

from evalscope.api.registry import register_benchmark

from eval.benches.base import CircuitBench, meta

DESCRIPTION = """
Multiple-choice questions on circuit diagrams, four options, one right.

Levels: 1 component, 2 connection, 3 function, 4 calculation. A reply counts as its letter, or as the text of
exactly one option; two letters or a refusal are *unparsed*, which is counted apart and is wrong.
"""


@register_benchmark(meta("mcq", "Circuit diagrams, multiple choice", DESCRIPTION))
class CircuitMcq(CircuitBench):
    """`circuit_mcq`."""
