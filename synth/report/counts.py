"""How many items there are of what, and what the checks said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from qa.standing import BLIND, TWIN, VOTE
from synth.report.blocks import Block, Section, Table, Text, by, counted, crossed
from synth.report.folder import STANDINGS, Folder, Judged

_BY: tuple[tuple[str, Callable[[Judged], object]], ...] = (
    ("source", lambda j: j.item.origin.source),
    ("form", lambda j: j.item.form),
    ("language", lambda j: j.item.lang),
    ("topic", lambda j: j.item.topic),
)
_ANSWERS = {BLIND, VOTE, TWIN}
"""The notes of these name an answer or an item: each is its own."""
LEVELS = {1: "1 component", 2: "2 connection", 3: "3 function", 4: "4 calculation"}


def items_section(folder: Folder) -> Section:
    """Counts by standing, truth, source, level, topic, language, form and writer."""
    if not folder.items:
        return Section("Items", (Text("There are no items yet."),))
    blocks: list[Block] = [
        crossed(
            "by level and standing", "level", ((LEVELS[j.item.level], j.standing) for j in folder.items), STANDINGS,
            by_name=True,
        ),
        crossed("by writer and standing", "writer", ((j.teacher, j.standing) for j in folder.items), STANDINGS),
        crossed("by truth and standing", "where the answer comes from",
                ((j.truth, j.standing) for j in folder.items), STANDINGS),
    ]  # fmt: skip
    for name, key in _BY:
        blocks.append(counted(f"by {name}", name, by(key(j) for j in folder.items)))
    return Section("Items", tuple(blocks))


def checks_section(folder: Folder) -> Section:
    """The verdict of every check."""
    verdicts = [(name, c.verdict) for j in folder.items for name, c in j.checks.items()]
    if not verdicts:
        return Section("Checks", (Text("No check has looked at these items yet."),))
    blocks: list[Block] = [crossed("", "check", verdicts, ("pass", "unsure", "fail"))]
    reasons = Counter(
        (name, c.note)
        for j in folder.items
        for name, c in j.checks.items()
        if c.verdict == "fail" and c.note and name not in _ANSWERS
    )
    if reasons:
        rows = tuple((n, why, f"{k:,}") for (n, why), k in sorted(reasons.items(), key=lambda x: (-x[1], x[0]))[:15])
        blocks.append(Table(("check", "why it failed", "items"), rows, "most frequent reasons"))
    return Section("Checks", tuple(blocks))
