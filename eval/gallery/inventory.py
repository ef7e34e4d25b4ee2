"""Which components are in a picture, as far as the run itself asked for their list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eval.prediction import Prediction
from qa.components import wanted_entries
from qa.text import DESIGNATOR

Inventory = Mapping[tuple[str, ...], frozenset[str]]
"""Pictures of a question -> every designator in them; pictures nobody listed are absent."""
_PARTS = ("R", "C", "L", "D", "Q", "U", "V", "M", "T")
"""Letters of components: `N3` may be a node."""


def inventory(predictions: Iterable[Prediction]) -> Inventory:
    """From the right answers to `components` questions that go by designator."""
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for p in predictions:
        if p.form == "components" and p.images:
            refs = frozenset(e.ref for e in wanted_entries(p.answer) if e.ref)
            if refs:
                found[p.images] = found.get(p.images, frozenset()) | refs
    return found


def names_the_absent(p: Prediction, stock: Inventory) -> bool:
    """Whether what was read names a component that the picture does not hold; False where that cannot be known."""
    refs = stock.get(p.images)
    if not refs or not p.read:
        return False
    said = {m.upper() for m in DESIGNATOR.findall(p.read)}
    return any(s.startswith(_PARTS) and s not in refs for s in said)
