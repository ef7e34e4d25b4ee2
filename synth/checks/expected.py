"""The calls a run is sure to make, for --dry-run; votes and judgements of wording come on top where they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qa.standing import FORM, SENSE, latest
from synth.checks.asked import blind_call, sense_call
from synth.checks.case import Case
from synth.teacher.call import Call


def calls_of(cases: Iterable[Case]) -> Iterator[Call]:
    """One blind answer for each, the judge where rules doubt, the writer's answer for gold."""
    for case in cases:
        had, judge = latest(case.item), case.panel.judge
        if case.writer is not None:
            yield blind_call(case.item, case.root, case.writer.name)
        elif judge is not None and FORM in had and had[FORM].verdict == "unsure" and SENSE not in had:
            yield sense_call(case.item, case.root, judge.name, had[FORM].note)
        second = case.panel.second(case.writer_name)
        if second is not None:
            yield blind_call(case.item, case.root, second.name)


def disagreement_line(cases: Sequence[Case]) -> str:
    """What disagreements cost."""
    panel = cases[0].panel if cases else None
    if panel is None or not panel.thirds:
        return "where writer and second teacher disagree a person has to look; --third NAME lets another model vote"
    low, high = panel.quorum, panel.votes
    calls = f"{low}" if low == high else f"{low} to {high}"
    return f"not counted: for every item on which they disagree, {calls} calls to {panel.thirds[0].name}"
