"""Every question writer there is, in a fixed order: the order is part of what a seed means."""

from __future__ import annotations

from synth.questions.amplifiers import AMPLIFIER_WRITERS
from synth.questions.calculated import CALCULATED_WRITERS
from synth.questions.components import COMPONENT_WRITERS
from synth.questions.connections import CONNECTION_WRITERS
from synth.questions.draft import Writer
from synth.questions.frequency import FREQUENCY_WRITERS
from synth.questions.functions import FUNCTION_WRITERS
from synth.questions.logic_output import LOGIC_WRITERS
from synth.questions.ports import PORT_WRITERS
from synth.questions.transistors import TRANSISTOR_WRITERS
from synth.questions.what_if import WHAT_IF_WRITERS

WRITERS: tuple[Writer, ...] = (
    *COMPONENT_WRITERS, *CONNECTION_WRITERS, *TRANSISTOR_WRITERS, *FUNCTION_WRITERS,
    *CALCULATED_WRITERS, *PORT_WRITERS, *AMPLIFIER_WRITERS, *FREQUENCY_WRITERS, *LOGIC_WRITERS, *WHAT_IF_WRITERS,
)  # fmt: skip
