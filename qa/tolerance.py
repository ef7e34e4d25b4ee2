"""Whether a quantity is the wanted one: sign and dimension strict, the value within tolerance, and why not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from qa.faults import Fault
from qa.quantity import Quantity
from qa.units import Unit, parse_unit


@dataclass(frozen=True, slots=True)
class Target:
    """One right quantity in base units: what a Wanted means."""

    value: float
    dim: str
    rel_tol: float
    abs_tol: float
    unit: Unit
    """What a bare number is measured in."""


def target_of(value: float, unit: str, rel_tol: float, abs_tol: float, hint: Unit | None = None) -> Target:
    """What is right, in base units. `hint`: the unit printed after the blank; used if its dimension fits."""
    wanted = parse_unit(unit)
    bare = wanted
    if hint is not None and (hint.dim == wanted.dim or hint.bare_prefix):
        bare = Unit(wanted.dim, hint.scale)
    return Target(value * wanted.scale, wanted.dim, rel_tol, abs_tol * wanted.scale, bare)


class Checked(NamedTuple):
    """A quantity held against a target."""

    right: bool
    read: str
    """The quantity as read, with the unit a bare number takes."""
    why: str
    fault: Fault | None = None
    """What is wrong; None where it is right."""


def check(q: Quantity, target: Target) -> Checked:
    """A reading against a target."""
    value = q.value(target.unit)
    read = _as_read(q, target.unit)
    said = f"read as {read}, wanted {wanted_text(target)}"
    if not q.fits(target.dim):
        return Checked(False, read, f"wrong unit: {said}", "wrong unit")
    allowed = max(abs(target.value) * target.rel_tol, target.abs_tol)
    slack = 1e-9 * max(abs(target.value), target.abs_tol)
    if abs(value - target.value) <= allowed + slack:
        return Checked(True, read, said)
    fault, times = _fault(value, target, allowed)
    return Checked(False, read, f"{fault}{times}: {said}", fault)


def _as_read(q: Quantity, default: Unit) -> str:
    """As written, with the unit that a bare number takes."""
    text = " ".join(q.text.split())
    if q.unit is None:
        return f"{text} {_PREFIX_OF.get(default.scale, '')}{default.dim}".rstrip() if default.dim else text
    return f"{text}{default.dim}" if q.unit.bare_prefix else text


def _fault(value: float, target: Target, allowed: float) -> tuple[Fault, str]:
    """What is wrong with a number, and how many times too large or small it is where that is a prefix."""
    if not target.value or not value or not math.isfinite(value):
        return "wrong value", ""
    if abs(value + target.value) <= allowed:
        return "wrong sign", ""
    steps = round(math.log10(abs(value / target.value)) / 3)
    factor = 10.0 ** (3 * steps) if abs(steps) <= 6 else 1.0
    if steps and factor and abs(value / factor - target.value) <= allowed:
        return "wrong prefix", f" ({factor:.0f}×)" if steps > 0 else f" (1/{1 / factor:.0f}×)"
    return "wrong value", ""


def best(q: Quantity, targets: Sequence[Target]) -> Checked:
    """`check` against several right values: the first that fits, or the fault against the first."""
    verdicts = [check(q, t) for t in targets]
    return next((v for v in verdicts if v.right), verdicts[0])


_STEPS = (
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "μ"),
    (1e-9, "n"),
    (1e-12, "p"),
)
_PREFIX_OF = dict(_STEPS)
_UNSCALED = {"", "dB", "°", "°C", "rpm", "rad/s", "dBm", "dB/dec", "V/V"}


def show(value: float, dim: str) -> str:
    """A value with its unit for a person: `1.592 kHz`."""
    if dim in _UNSCALED or value == 0 or not math.isfinite(value):
        return f"{value:.4g} {dim}".rstrip()
    size = abs(value)
    for scale, prefix in _STEPS:
        if size >= scale * 0.9999995:
            return f"{value / scale:.4g} {prefix}{dim}"
    return f"{value:.4g} {dim}"


@lru_cache(maxsize=4_096)
def wanted_text(target: Target) -> str:
    """`1.592 kHz ± 2 %`."""
    text = show(target.value, target.dim)
    if target.value and target.rel_tol:
        text += f" ± {target.rel_tol * 100:.4g} %"
    if target.abs_tol:
        text += f" ± {show(target.abs_tol, target.dim)}"
    return text
