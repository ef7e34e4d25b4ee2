"""Who answers whom: a second teacher that did not write the Item, a third for votes, a judge of words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.errors import KitError
from qa.item import Item
from synth.teacher.config import Teacher


@dataclass(frozen=True, slots=True)
class Panel:
    """The teachers of a check and how they vote."""

    seconds: tuple[Teacher, ...]
    thirds: tuple[Teacher, ...] = ()
    judge: Teacher | None = None
    votes: int = 3
    quorum: int = 2
    temperature: float | None = None
    """Of votes; None leaves it to the teacher's own settings."""
    same_model: bool = False
    """Whether a model may confirm what it wrote itself."""

    def second(self, writer: str) -> Teacher | None:
        """Who answers an Item of this writer blind; None where all of them wrote it."""
        return next((t for t in self.seconds if self.same_model or not wrote(t, writer)), None)

    def third(self, writer: str, second: Teacher) -> Teacher | None:
        """Who votes on it: a model that is neither the writer's nor the second's."""
        if not self.thirds:
            return None
        others = (t for t in (*self.thirds, *self.seconds) if t.model != second.model)
        return next((t for t in others if self.same_model or not wrote(t, writer)), None)


def model_of(writer: str) -> str:
    """`teacher:gpt-4o@write@1` -> `gpt-4o`; empty where no teacher wrote it."""
    kind, _, rest = writer.partition(":")
    return rest.rsplit("@", 2)[0] if kind == "teacher" else ""


def wrote(teacher: Teacher, writer: str) -> bool:
    """Whether this teacher's model is the writer's, under whatever name."""
    return model_of(writer) in (teacher.model, teacher.name)


def by_teacher(item: Item) -> bool:
    """Whether a teacher wrote it: nobody vouches for its answer yet."""
    return item.origin.writer.startswith("teacher:")


def refuse_same_voter(panel: Panel) -> None:
    """Raise KitError where nobody but the second teacher would vote: one model asked twice is no third."""
    seconds, thirds = {t.model for t in panel.seconds}, {t.model for t in panel.thirds}
    if thirds and thirds | seconds == seconds and len(seconds) == 1:
        raise KitError(
            f"--third {panel.thirds[0].name} is the model that answers blind, so its vote would be no other; name a"
            " third model, or leave --third out and decide on disagreements yourself"
        )


def refuse_own_word(panel: Panel, items: Iterable[Item]) -> None:
    """Raise KitError where Items have no second teacher but their own writer."""
    alone = Counter(model_of(i.origin.writer) for i in items if panel.second(i.origin.writer) is None)
    for model, count in alone.most_common(1):
        raise KitError(
            f"{model} wrote {count} of the items, so it cannot confirm them; name another model with --teacher"
            " (it may be given twice), or force it with --same-model"
        )


def teacher_of(model: str, teachers: Sequence[Teacher]) -> Teacher | None:
    """The teacher with this model, or this name."""
    return next((t for t in teachers if t.model == model), None) or next((t for t in teachers if t.name == model), None)
