"""Questions put to a teacher or a student, several times each, and which of them are done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kd.replies import Reply
from qa.item import Item, Lang
from qa.prompts import SYSTEM, user_text
from synth.teacher.call import Answer, Call, Message
from synth.teacher.config import Teacher
from synth.teacher.prompts import load_prompt
from synth.writing.share import order

PACKAGE = "kd.prompts"
Words = Callable[[Item], tuple[str, tuple[Message, ...]]]
"""How a question is put: version of the words, and the turns."""


def step_by_step(items: Iterable[Item], root: Path, prompt: Path | None = None) -> Words:
    """The `solve` prompt in the language of each question. The right answer is not told: the steps are the teacher's.

    Raises:
        KitError: the user's own prompt cannot be used.
    """
    prompts = {x: load_prompt("solve", x, prompt, PACKAGE).needs(("question",), ("question",)) for x in _langs(items)}

    def words(item: Item) -> tuple[str, tuple[Message, ...]]:
        asked = prompts[item.lang]
        return asked.version, asked.messages(_pictures(item, root), question=user_text(item))

    return words


def as_in_training(root: Path, round_: str = "1") -> Words:
    """The turns of a training row. `round_` tells answers of one model from those of the same name trained further."""

    def words(item: Item) -> tuple[str, tuple[Message, ...]]:
        return f"plain@{round_}", (Message("system", SYSTEM), Message("user", user_text(item), _pictures(item, root)))

    return words


def _langs(items: Iterable[Item]) -> list[Lang]:
    return sorted({i.lang for i in items})


def _pictures(item: Item, root: Path) -> tuple[Path, ...]:
    return tuple(root / p for p in item.pictures)


@dataclass(frozen=True)
class Plan:
    """What is to be asked, before anybody is."""

    todo: tuple[Reply, ...]
    """The replies wanted, their texts empty."""
    had: tuple[Reply, ...]
    """Those that are there."""
    teachers: dict[str, Teacher]
    by_id: dict[str, Item]
    words: Words

    def calls(self) -> Iterator[Call]:
        """The calls, made as needed; a call's row is `ITEM/SAMPLE`."""
        return (self._call(wanted) for wanted in self.todo)

    def _call(self, wanted: Reply) -> Call:
        version, messages = self.words(self.by_id[wanted.item])
        parameters = {} if wanted.temperature is None else {"temperature": wanted.temperature}
        row = f"{wanted.item}/{wanted.sample}"
        return Call(row, wanted.teacher, version, messages, parameters, sample=wanted.sample)

    def record(self, answer: Answer) -> Reply:
        """The answer as it is kept."""
        item, _, sample = answer.call.row.rpartition("/")
        teacher = self.teachers[answer.call.teacher]
        return Reply(
            item=item,
            sample=int(sample),
            teacher=teacher.name,
            model=teacher.model,
            prompt=answer.call.prompt,
            temperature=answer.call.parameters.get("temperature"),
            text=answer.text or "",
            cut=answer.finish == "length",
        )

    @property
    def versions(self) -> str:
        """The words it asks with."""
        return ", ".join(sorted({r.prompt for r in (*self.todo, *self.had)}))


def make_plan(
    items: Sequence[Item],
    log: Iterable[Reply],
    teachers: Sequence[Teacher],
    words: Words,
    samples: int = 1,
    temperature: float | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Plan:
    """Every question `samples` times, less what the log holds.

    Several teachers share the questions out, by a hash of each. `limit` takes so many questions, at random, and the
    same ones and more with a larger limit.
    """
    by_name = {t.name: t for t in teachers}
    there = {r.key: r for r in log}
    chosen = sorted(items, key=lambda i: i.id)[:limit] if limit else items
    todo: list[Reply] = []
    had: list[Reply] = []
    for item in chosen:
        teacher = by_name[order(item.id, by_name, seed)[0]]
        version, _ = words(item)
        for sample in range(samples):
            wanted = Reply(
                item=item.id,
                sample=sample,
                teacher=teacher.name,
                model=teacher.model,
                prompt=version,
                temperature=temperature,
                text="",
            )
            if found := there.get(wanted.key):
                had.append(found)
            else:
                todo.append(wanted)
    return Plan(tuple(todo), tuple(had), by_name, {i.id: i for i in chosen}, words)
