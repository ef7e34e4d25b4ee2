"""How far the answers can be trusted: measured on gold, and where two teachers disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from qa.standing import BLIND
from synth.checks.gold import Share, share
from synth.checks.tell import in_words
from synth.report.blocks import Block, Command, Section, Table, Text, interval, percent
from synth.report.counts import LEVELS
from synth.report.folder import Folder, Judged


def gold_section(folder: Folder) -> Section:
    """Label error and accuracy of each teacher on solver-verified circuits."""
    error = folder.label_error
    if error is None or not error.asked:
        how = "Circuits whose answers a solver knows, asked in the same run, show how many labels are wrong:"
        ask = Command(f"circuit-vqa synth check data/{folder.name} --teacher OTHER --gold 50")
        return Section("Label error, measured", (Text(f"Not measured. {how}"), ask))
    lines = [f"Label error: {label_error_line(folder)}."]
    if error.weighted is not None:
        lines.append(f"Each level weighed as in the accepted items of this set: {percent(error.weighted, 1)}.")
    if error.before is not None and error.before.of:
        lines.append(f"Without any check it would be {_rate(error.before)}.")
    blocks: list[Block] = [Text(" ".join(lines))]
    if error.by_level:
        rows = [
            (
                LEVELS.get(level, str(level)),
                f"{e.of:,}",
                f"{e.count:,}",
                percent(e.count, e.of),
                interval(e.low, e.high),
            )
            for level, e in sorted(error.by_level.items())
        ]
        header = ("level", "passed the checks", "wrong", "label error", "95 % interval")
        blocks.append(Table(header, tuple(rows), "by level"))
    if folder.accuracy:
        teachers = tuple(
            (a.teacher, f"{a.asked:,}", f"{a.right:,}", f"{a.unparsed:,}", percent(a.right, a.asked),
             interval(a.low, a.high))
            for a in folder.accuracy
        )  # fmt: skip
        columns = ("teacher", "asked", "right", "unreadable", "accuracy", "95 % interval")
        blocks.append(Table(columns, teachers, "each teacher on these circuits"))
    blocks.append(
        Text(
            "These questions are worded by rules and drawn cleanly: on photographs, crowded pictures and questions of"
            " their own wording teachers may err more often."
        )
    )
    return Section("Label error, measured", tuple(blocks))


def label_error_line(folder: Folder) -> str:
    """The estimate in one line."""
    e = folder.label_error
    if e is None or not e.asked:
        return "not measured (check with --gold 50)"
    return in_words(e)


def _rate(share: Share) -> str:
    return f"{percent(share.count, share.of)} ({interval(share.low, share.high)})"


def agreement_section(folder: Folder) -> Section:
    """How often the second teacher reached the written answer, by level, topic and pair."""
    asked = [j for j in folder.items if BLIND in j.checks]
    if not asked:
        how = "No second teacher has answered these items. One that does not see their answers confirms them:"
        ask = Command(f"circuit-vqa synth check data/{folder.name} --teacher OTHER")
        return Section("Second teacher", (Text(how), ask))
    pairs = _agreement("writer and second teacher", asked, lambda j: f"{j.teacher}, {_by(j)}")
    levels = _agreement("level", asked, lambda j: LEVELS[j.item.level], worst_first=False)
    topics = _agreement("topic", asked, lambda j: f"{j.item.topic} (level {j.item.level})", most=15)
    where = Text("Lowest agreement first: these are the topics to review first.")
    return Section("Second teacher", (pairs, levels, where, topics))


def _by(judged: Judged) -> str:
    return judged.checks[BLIND].by.removeprefix("teacher:") or "?"


def _agreement(
    name: str, asked: list[Judged], key: Callable[[Judged], str], most: int = 25, worst_first: bool = True
) -> Table:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for j in asked:
        cell = counts[key(j)]
        cell[0] += 1
        cell[1] += j.checks[BLIND].verdict == "pass"
    shares = {k: share(agreed, n) for k, (n, agreed) in counts.items()}
    # By the upper bound: a topic asked once does not stand above one that failed fifty times.
    order = sorted(counts, key=lambda k: (shares[k].high if worst_first else 0.0, k))
    rows = [
        (k, f"{s.of:,}", f"{s.count:,}", percent(s.count, s.of), interval(s.low, s.high))
        for k in order[:most]
        for s in (shares[k],)
    ]
    header = (name, "asked", "agreed", "share", "95 % interval")
    return Table(header, tuple(rows), f"by {name}", tuple(shares[k].rate for k in order[:most]))
