"""One family of circuits a file; `FAMILIES` lists them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from synth.circuits.families import (
    amplifiers,
    bridges,
    diodes,
    dividers,
    equivalents,
    filters,
    grids,
    logic,
    networks,
    rectifiers,
    regulators,
    rlc,
    transistors,
)
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
    Family("inverting_amplifier", amplifiers.inverting_amplifier),
    Family("rl_low_pass", filters.rl_low_pass),
    Family("rl_high_pass", filters.rl_high_pass),
    Family("ladder_network", networks.ladder_network),
    Family("series_parallel_network", networks.series_parallel_network),
    Family("series_rlc", rlc.series_rlc),
    Family("parallel_rlc", rlc.parallel_rlc),
    Family("two_mesh", grids.two_mesh),
    Family("mesh_grid", grids.mesh_grid),
    Family("non_inverting_amplifier", amplifiers.non_inverting_amplifier),
    Family("buffer", amplifiers.buffer),
    Family("summing_amplifier", amplifiers.summing_amplifier),
    Family("difference_amplifier", amplifiers.difference_amplifier),
    Family("integrator", amplifiers.integrator),
    Family("differentiator", amplifiers.differentiator),
    Family("led_driver", diodes.led_driver),
    Family("half_wave_rectifier", rectifiers.half_wave_rectifier),
    Family("full_wave_rectifier", rectifiers.full_wave_rectifier),
    Family("zener_regulator", regulators.zener_regulator),
    Family("linear_regulator", regulators.linear_regulator),
    Family("common_emitter", transistors.common_emitter),
    Family("mosfet_switch", transistors.mosfet_switch),
    Family("npn_switch", transistors.npn_switch),
    Family("combinational_logic", logic.combinational_logic),
    Family("wheatstone_bridge", bridges.wheatstone_bridge),
    Family("thevenin", equivalents.thevenin),
    Family("norton", equivalents.norton),
]
FAMILIES = MappingProxyType({f.name: f for f in _ALL})
