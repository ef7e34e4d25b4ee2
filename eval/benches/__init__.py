"""The benches, one a file. `import eval.evalscope_benches` registers them in EvalScope."""

from __future__ import annotations

from eval.benches.base import Bench
from eval.benches.circuit_components import CircuitComponents
from eval.benches.circuit_fill import CircuitFill
from eval.benches.circuit_mcq import CircuitMcq
from eval.benches.circuit_open import CircuitOpen
from eval.benches.doc_qa import DocQa

BENCHES: dict[str, Bench] = {
    b.name: b for b in (CircuitMcq(), CircuitFill(), CircuitOpen(), CircuitComponents(), DocQa())
}
"""By name, in the order of the report."""
