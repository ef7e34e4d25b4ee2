"""What lint found, and the shape of a trap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from swift_recipes.lint.reading import Given, Place

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One fault: where, which key, how bad, why, and what mends it."""

    place: Place
    key: str
    severity: Severity
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.severity}: {self.key}: {self.why}; {self.fix}"


@dataclass(frozen=True)
class Trap:
    """A combination of keys that goes wrong. The finding stands at the first of `keys` that is in the file."""

    keys: tuple[str, ...]
    severity: Severity
    when: Callable[[Given], bool]
    why: str
    fix: str

    def look(self, given: Given) -> Finding | None:
        """A finding where the trap is in the file."""
        if not self.when(given):
            return None
        key = next((k for k in self.keys if k in given.places), self.keys[0])
        return Finding(given.place(*self.keys), key, self.severity, self.why, self.fix)
