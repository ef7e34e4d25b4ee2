"""Two or more reports side by side: what differs, how sure that is, and which questions it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.compare.numbers import Comparison, numbers
from eval.compare.page import brief, markdown
from eval.compare.runs import match, read_runs

__all__ = ["Comparison", "brief", "compare", "markdown"]


def compare(folders: Sequence[Path], anyway: bool = False) -> Comparison:
    """All numbers, the base first; `brief` and `markdown` say them.

    Raises KitError where fewer than two reports are given, one is missing or broken, they share no bench, they were
    made on different questions, or both the model and the way of asking differ; `anyway` allows the last two.
    """
    runs = read_runs(folders)
    return numbers(runs, match(runs, anyway))
