"""What is to be found out about a circuit: one number. Solver and ngspice each answer it in their own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from synth.circuits.netlist import Circuit

Quantity = Literal[
    "voltage",  # V, DC: v(a) - v(b)
    "current",  # A, DC: into pin a of component `ref`
    "power",  # W, DC: absorbed by component `ref`
    "resistance",  # Ω: between nets a and b, independent sources zero
    "gain",  # DC transfer from inputs[0] to the output
    "gain_db",  # dB: 20·lg of the magnitude of the DC transfer
    "ac_gain",  # magnitude of the transfer at `freq`
    "ac_voltage",  # V, peak: magnitude of v(a) - v(b) at `freq`
    "ac_current",  # A, peak: magnitude of the current through `ref` at `freq`
    "impedance",  # Ω: magnitude of voltage over current of `ref` at `freq`
    "time_constant",  # s, with one capacitor or inductor
    "cutoff",  # Hz, -3 dB point, with one capacitor or inductor
    "resonance",  # Hz, with one L and one C
    "bandwidth",  # Hz, of that resonance
    "quality",  # Q of that resonance
]


@dataclass(frozen=True, slots=True)
class Probe:
    """One number asked of one circuit."""

    quantity: Quantity
    circuit: Circuit
    """For what-ifs the changed circuit."""
    ref: str = ""
    a: str = ""
    b: str = ""
    freq: float = 0.0
    magnitude: bool = False
    """Whether the sign is dropped."""
    factor: float = 1.0
    """-1 to count a current or power the other way round (a source's delivered power)."""
