"""Every question writer there is, in a fixed order: the order is part of what a seed means."""

from __future__ import annotations

from synth.questions.calculations import CALCULATION_WRITERS
from synth.questions.components import COMPONENT_WRITERS
from synth.questions.connections import CONNECTION_WRITERS
from synth.questions.draft import Writer
from synth.questions.functions import FUNCTION_WRITERS
from synth.questions.printed_values import VALUE_WRITERS
from synth.questions.transistors import TRANSISTOR_WRITERS

WRITERS: tuple[Writer, ...] = (
    *COMPONENT_WRITERS,
    *VALUE_WRITERS,
    *CONNECTION_WRITERS,
    *TRANSISTOR_WRITERS,
    *FUNCTION_WRITERS,
    *CALCULATION_WRITERS,
)
