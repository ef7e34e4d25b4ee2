"""What a run of the benches is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """What is to be evaluated, and how."""

    url: str
    data: Path
    out: Path
    model: str = ""
    """Name the server knows it by; empty: the only one it serves."""
    api_key: str = "EMPTY"
    benches: tuple[str, ...] = ()
    """Names of benches; empty: each one that the dataset has rows for."""
    limit: int | None = None
    batch: int = 8
    max_tokens: int = 512
    weights: tuple[Path, ...] = ()
    """Folders of the weights served; a change in them asks everything anew."""
    fresh: bool = False
    title: str = ""
    """What the report calls the model."""
