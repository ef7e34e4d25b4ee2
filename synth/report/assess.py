"""A model's opinion of a few accepted items: a second pair of eyes, no measurement."""

from __future__ import annotations

from synth.report.blocks import Command, Section, Text
from synth.report.folder import Folder
from synth.teacher.budget import Budget
from synth.teacher.config import Teacher

TITLE = "A model's opinion"


def NOT_ASKED(folder: Folder) -> Section:
    return Section(TITLE, (
        Text("No model was asked. A teacher that is shown ten accepted items scores them:"),
        Command(f"circuit-vqa synth report data/{folder.name} --assess gpt-4o"),
    ))  # fmt: skip


def assess_section(folder: Folder, teacher: Teacher, samples: int, seed: int, budget: Budget) -> Section:
    return NOT_ASKED(folder)
