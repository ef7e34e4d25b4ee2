"""What a run of the benches is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from eval.mode import Mode


@dataclass(frozen=True)
class Judge:
    """A model that marks open answers."""

    url: str
    model: str = ""
    api_key: str = field(default="EMPTY", repr=False)


@dataclass(frozen=True)
class Request:
    """What is to be evaluated, and how."""

    url: str
    data: Path
    out: Path
    model: str = ""
    """Name the server knows it by; empty: the only one it serves."""
    api_key: str = field(default="EMPTY", repr=False)
    benches: tuple[str, ...] = ()
    """Names of benches; empty: each one that the dataset has rows for."""
    split: str = "test"
    limit: int | None = None
    batch: int = 0
    """Questions at once; 0: as many as the server says it takes."""
    max_tokens: int = 512
    mode: Mode = field(default_factory=Mode)
    judge: Judge | None = None
    weights: tuple[Path, ...] = ()
    """Folders of the weights served; a change in them asks everything anew."""
    fresh: bool = False
    title: str = ""
    """What the report calls the model."""
