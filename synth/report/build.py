"""The report of a folder: headline, sections, and the items that are shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from synth.report.blocks import Fact, Section, percent
from synth.report.cost import cost_section, total
from synth.report.counts import checks_section, items_section
from synth.report.folder import STANDINGS, Folder, Judged
from synth.report.pictures import pictures_line, pictures_section, refused_line
from synth.report.samples import cards
from synth.report.trust import agreement_section, gold_section, label_error_line
from synth.report.variety import choices_section, variety_section
from synth.teacher.estimate import dollars


@dataclass(frozen=True, slots=True)
class Report:
    """All that is written out."""

    name: str
    headline: tuple[Fact, ...]
    sections: tuple[Section, ...]
    cards: tuple[Judged, ...]
    """Items shown with their pictures."""
    items: int
    """Of how many."""


def build(folder: Folder, opinion: Section, seed: int = 0, wrong_first: bool = False) -> Report:
    """The report; the same folder gives the same report."""
    return Report(
        name=folder.name,
        headline=headline(folder),
        sections=(
            gold_section(folder),
            agreement_section(folder),
            checks_section(folder),
            items_section(folder),
            pictures_section(folder),
            variety_section(folder),
            choices_section(folder),
            cost_section(folder),
            opinion,
        ),
        cards=tuple(cards(folder, seed, wrong_first)),
        items=len(folder.items),
    )


def headline(folder: Folder) -> tuple[Fact, ...]:
    """What a person wants to know first."""
    counts = Counter(j.standing for j in folder.items)
    n = len(folder.items)
    standing = ", ".join(f"{counts[s]:,} {_WORDS.get(s, s)} ({percent(counts[s], n)})" for s in STANDINGS if counts[s])
    facts = [Fact("Items", f"{n:,}: {standing}" if n else "none yet")]
    if folder.pictures or n:
        facts.append(Fact("Pictures", pictures_line(folder)))
    if refused := refused_line(folder):
        facts.append(Fact("Pictures refused", refused))
    facts.append(Fact("Label error", label_error_line(folder)))
    written = sum(j.item.origin.writer.startswith("teacher:") and j.standing == "accepted" for j in folder.items)
    each = f", {dollars(total(folder) / written)} per accepted item" if written and folder.spent else ""
    facts.append(Fact("Cost", f"{dollars(total(folder))}{each}" if folder.spent else "no teacher was asked"))
    return tuple(facts)


_WORDS = {"review": "in review"}
