"""A question before it becomes an Item: what a question writer yields."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from qa.item import Lang, Level, Wanted
from synth.circuits.netlist import Circuit
from synth.circuits.probe import Probe


@dataclass(frozen=True, slots=True)
class Draft:
    """One question with its right answer as text and the wrong options a person might fall for."""

    rule: str
    """Name of the writer, lands in `origin.writer` as `rule:NAME@VERSION`."""
    topic: str
    level: Level
    form: Literal["mcq", "fill"]
    question: str
    answer: str
    """mcq: the text of the right option; fill: what goes into the blank."""
    distractors: tuple[str, ...] = ()
    """mcq: wrong options, most tempting first, at least three; none equal to the answer within tolerance."""
    about: str = ""
    """What the answer hangs on besides the picture (`resistor`, `Q`, `ground`), the same in both languages: questions
    of one rule and topic about one thing are balanced among each other (balance.py). Empty: one set of options only."""
    runs: tuple[tuple[str, ...], ...] = ()
    """Threes of wrong options that go together, where only whole ones do: counts without a gap."""
    codes: tuple[tuple[str, str], ...] = ()
    """(option, what the balance calls it in both languages), where that is not the text itself."""
    accept: tuple[Wanted | str, ...] = ()
    explanation: str = ""
    probe: Probe | None = None
    """Level 4: what the answer measures, so that ngspice can find it in its own way."""


Writer = Callable[[Circuit, Lang, random.Random], Iterator[Draft]]
"""Works on any netlist: yields nothing where the circuit or its picture does not give enough."""
