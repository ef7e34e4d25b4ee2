"""What was paid, from the journal."""

from __future__ import annotations

from synth.report.blocks import Block, Section, Table, Text
from synth.report.folder import Folder
from synth.teacher.estimate import dollars


def total(folder: Folder) -> float:
    """US dollars paid for this folder so far."""
    return sum(s.cost for s in folder.spent)


def cost_section(folder: Folder) -> Section:
    """Answers, tokens and dollars by teacher and prompt version; dollars per accepted item."""
    if not folder.spent:
        return Section("Cost", (Text("No teacher was asked: nothing was paid."),))
    rows = [
        (s.teacher, s.model, s.prompt, f"{s.answers:,}", f"{s.tokens_in:,}", f"{s.tokens_out:,}", dollars(s.cost))
        for s in folder.spent
    ]
    whole = folder.spent
    rows.append((
        "all", "", "", f"{sum(s.answers for s in whole):,}", f"{sum(s.tokens_in for s in whole):,}",
        f"{sum(s.tokens_out for s in whole):,}", dollars(total(folder)),
    ))  # fmt: skip
    header = ("teacher", "model", "prompt", "answers", "tokens in", "tokens out", "cost")
    blocks: list[Block] = [Table(header, tuple(rows))]
    written = [j for j in folder.items if j.item.origin.writer.startswith("teacher:")]
    good = sum(j.standing == "accepted" for j in written)
    if good:
        each = dollars(total(folder) / good)
        blocks.append(Text(f"{each} for each of the {good:,} accepted items that teachers wrote, gold included."))
    dates = sorted({f"{name} {t.price.date}" for s in whole if (t := folder.teachers.get(name := s.teacher))})
    if dates:
        blocks.append(
            Text(f"Prices were looked up on: {', '.join(dates)}. Each answer was charged at the price of its day.")
        )
    return Section("Cost", tuple(blocks))
