"""What `synth check` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from qa.dataset import Dataset
from qa.item import Item
from qa.standing import BLIND, FORM, SENSE, TWIN, VOTE, latest, standing
from synth.checks.asked import one_line
from synth.checks.gold import LabelError, label_error
from synth.checks.panel import by_teacher
from synth.checks.run import Report
from synth.teacher.estimate import dollars

_NAMED = (FORM, SENSE, TWIN, BLIND, VOTE)


def standings(items: Sequence[Item]) -> str:
    """A line for each check, then what all of them come to."""
    mine = [i for i in items if by_teacher(i)]
    lines = []
    for name in _NAMED:
        verdicts = Counter(str(c.verdict) for i in mine if (c := latest(i).get(name)))
        if verdicts:
            lines.append(
                f"{name}: " + ", ".join(f"{n} {v}" for v, n in _in_order(verdicts, ("pass", "unsure", "fail")))
            )
    come_to = Counter(str(standing(i)) for i in mine)
    order = ("accepted", "review", "unchecked", "rejected")
    if mine:
        lines.append(f"{len(mine)} items by teachers: " + ", ".join(f"{n} {s}" for s, n in _in_order(come_to, order)))
    else:
        lines.append("no items by teachers, so there is nothing to check")
    others = len(items) - len(mine)
    if others:
        lines.append(
            f"{others} other items were not asked about: their answers come from a netlist, a person or a file"
        )
    return "\n".join(lines)


def _in_order(counts: Counter[str], order: Iterable[str]) -> list[tuple[str, int]]:
    return [(name, counts[name]) for name in order if counts[name]]


def label_error_line(ds: Dataset) -> str:
    """The measured label error and what it was before the checks; how to measure it where nothing was."""
    error = label_error(ds)
    if not error.asked:
        return "label error: not measured; --gold 50 mixes in 50 questions whose answers a solver knows"
    before = f"; without checks {error.before.rate * 100:.1f} %" if error.before else ""
    return f"label error: {in_words(error)}{before}"


def in_words(error: LabelError) -> str:
    """The rate with its interval and the counts it comes from, for an error that was measured."""
    if not error.passed:
        return f"not known: of {error.asked} gold items none passed the checks"
    interval = f"95 % interval {error.low * 100:.1f} to {error.high * 100:.1f} %"
    return (
        f"{error.rate * 100:.1f} % ({interval}): {error.wrong} wrong of {error.passed} gold items that passed the"
        f" checks, {error.asked} asked"
    )


def run_line(report: Report) -> str:
    """What was asked and paid."""
    return f"{report.asked} answers asked for, {report.cached} from the journal, {dollars(report.cost)}"


def waiting_line(report: Report) -> str:
    """What is left and why."""
    why = report.stopped or "; ".join(one_line(what) for what, _ in report.waiting.most_common(2))
    return f"{report.open} items wait ({why}); the same command goes on"
