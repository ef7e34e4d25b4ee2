"""A report as Markdown that fits a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.item import LETTERS
from synth.report.blocks import Block, Command, Section, Table, Text
from synth.report.build import Report
from synth.report.folder import Judged

MOST_BYTES = 60_000
"""GitHub takes 65,536 characters in a comment."""
_SAMPLES = 8
_LINK = re.compile(r"://|www\.", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]|~$^#!])")


def escape(text: str, most: int = 200) -> str:
    """Plain text for any place in Markdown: one line, no markup, no HTML, no mention, no link."""
    line = " ".join(text.split())
    line = line if len(line) <= most else line[: most - 1] + "…"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _SPECIAL.sub(r"\\\1", line)
    return _LINK.sub(lambda m: m[0].replace(":", "&#58;").replace(".", "&#46;"), line.replace("@", "&#64;"))


def markdown(report: Report) -> str:
    """The whole report; samples, then whole sections from the end are left out where it grows too long."""
    head = [f"# Quality report: {escape(report.name)}", "", "| | |", "|---|---|"]
    head += [f"| {escape(f.name)} | {escape(f.value, 400)} |" for f in report.headline]
    parts = ["\n".join(head), *(_section(s) for s in report.sections)]
    for samples in (report.cards[:_SAMPLES], ()):
        text = _joined([*parts, *_samples(samples)])
        if len(text.encode()) <= MOST_BYTES:
            return text
    dropped = 0
    while len(text.encode()) > MOST_BYTES:
        parts.pop()
        dropped += 1
        text = _joined([*parts, f"{dropped} sections are left out here: they stand in report.html."])
    return text


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    return "\n\n".join([f"## {escape(section.title)}", *(_block(b) for b in section.blocks)])


def _block(block: Block) -> str:
    match block:
        case Text(text):
            return escape(text, 2_000)
        case Command(line):
            return f"```bash\n{line.replace('`', '')}\n```"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    lines = [f"**{escape(table.title)}**", ""] if table.title else []
    lines.append("| " + " | ".join(escape(h) for h in table.header) + " |")
    lines.append("|" + "|".join("--:" if right else "---" for right in table.numeric) + "|")
    lines += ["| " + " | ".join(escape(c) for c in row) + " |" for row in table.rows]
    return "\n".join(lines)


def _samples(cards: Sequence[Judged]) -> list[str]:
    if not cards:
        return []
    return ["## Samples", "With their pictures in report.html.", *(_sample(j) for j in cards)]


def _sample(judged: Judged) -> str:
    item = judged.item
    lines = [f"**{escape(judged.standing)}**, level {item.level}, {escape(item.topic)}, by {escape(judged.teacher)}:"
             f" {escape(item.question, 400)}"]  # fmt: skip
    for letter, option in zip(LETTERS, item.options or (), strict=False):
        right = letter == item.answer
        lines.append(f"- {'**' if right else ''}{letter}. {escape(option)}{'** ✓' if right else ''}")
    if not item.options:
        lines.append(f"- answer: **{escape(item.answer_text)}**")
    for name, check in judged.checks.items():
        if check.verdict != "pass":
            note = f": {escape(check.note)}" if check.note else ""
            lines.append(f"- {escape(name)} {check.verdict} by {escape(check.by or 'the kit')}{note}")
    return lines[0] + "\n\n" + "\n".join(lines[1:])
