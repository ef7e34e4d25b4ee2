"""One family of circuits a file; `FAMILIES` lists them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from synth.circuits.families import dividers, filters, networks, opamps, rlc
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
    Family("rl_low_pass", filters.rl_low_pass),
    Family("rl_high_pass", filters.rl_high_pass),
    Family("ladder_network", networks.ladder_network),
    Family("series_parallel_network", networks.series_parallel_network),
    Family("series_rlc", rlc.series_rlc),
    Family("parallel_rlc", rlc.parallel_rlc),
]
FAMILIES = MappingProxyType({f.name: f for f in _ALL})
