"""What a rule finds in an Item, and the one Check that all findings come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from qa.item import Check


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or doubt. fail: the Item cannot be used. unsure: a model or a person should look."""

    verdict: Literal["fail", "unsure"]
    note: str


def fail(note: str) -> Finding:
    return Finding("fail", note)


def unsure(note: str) -> Finding:
    return Finding("unsure", note)


def check_of(name: str, by: str, findings: Iterable[Finding]) -> Check:
    """pass where nothing was found; the gravest verdict and every note of that kind otherwise."""
    found = list(findings)
    verdict: Literal["pass", "fail", "unsure"] = "pass"
    if found:
        verdict = "fail" if any(f.verdict == "fail" for f in found) else "unsure"
    notes = dict.fromkeys(f.note for f in found if f.verdict == verdict)
    return Check(name=name, verdict=verdict, by=by, note="; ".join(notes))
