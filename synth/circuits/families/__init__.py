"""One family of circuits a file; `FAMILIES` lists them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from synth.circuits.families import dividers, filters, opamps
from synth.circuits.layout import Sheet


@dataclass(frozen=True, slots=True)
class Family:
    """A name and how to build one circuit of it."""

    name: str
    build: Callable[[random.Random], Sheet]


_ALL = [
    Family("voltage_divider", dividers.voltage_divider),
    Family("current_divider", dividers.current_divider),
    Family("rc_low_pass", filters.rc_low_pass),
    Family("rc_high_pass", filters.rc_high_pass),
    Family("inverting_amplifier", opamps.inverting_amplifier),
]
FAMILIES = MappingProxyType({f.name: f for f in _ALL})
