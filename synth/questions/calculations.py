"""All writers of level 4, in a fixed order."""

from __future__ import annotations

from synth.questions.amplifiers import AMPLIFIER_WRITERS
from synth.questions.calculated import CALCULATED_WRITERS
from synth.questions.draft import Writer
from synth.questions.frequency import FREQUENCY_WRITERS
from synth.questions.frequency_response import gain_at
from synth.questions.logic_output import LOGIC_WRITERS
from synth.questions.ports import PORT_WRITERS
from synth.questions.transistor_stage import STAGE_WRITERS
from synth.questions.what_if import WHAT_IF_WRITERS

CALCULATION_WRITERS: tuple[Writer, ...] = (
    *CALCULATED_WRITERS,
    *PORT_WRITERS,
    *FREQUENCY_WRITERS,
    gain_at,
    *AMPLIFIER_WRITERS,
    *STAGE_WRITERS,
    *LOGIC_WRITERS,
    *WHAT_IF_WRITERS,
)
"""Each works on any netlist; together they take a few milliseconds a circuit."""
