"""Calls for worked solutions, and which of them are done. The right answer is not told: the steps are the teacher's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kd.replies import Reply, ReplyKey
from qa.item import Item
from qa.prompts import user_text
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher
from synth.teacher.prompts import Prompt, load_prompt
from synth.writing.share import order

PACKAGE = "kd.prompts"
FILE = "solutions.jsonl"


@dataclass(frozen=True)
class Plan:
    """What is to be asked, before anybody is."""

    todo: tuple[tuple[Item, int], ...]
    """(Item, number of the sample)."""
    done: int
    teachers: dict[str, Teacher]
    prompts: dict[str, Prompt]
    temperature: float | None
    seed: int
    root: Path

    def teacher_of(self, item: Item) -> Teacher:
        """Who solves it: several teachers share the questions out, by a hash of each."""
        return self.teachers[order(item.id, self.teachers, self.seed)[0]]

    def calls(self) -> Iterator[Call]:
        """The calls, made as needed; a call's row is `ITEM/SAMPLE`."""
        return (self._call(item, sample) for item, sample in self.todo)

    def _call(self, item: Item, sample: int) -> Call:
        prompt = self.prompts[item.lang]
        return Call(
            row=f"{item.id}/{sample}",
            teacher=self.teacher_of(item).name,
            prompt=prompt.version,
            messages=prompt.messages([self.root / p for p in item.pictures], question=user_text(item)),
            parameters={} if self.temperature is None else {"temperature": self.temperature},
            sample=sample,
        )

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
            temperature=self.temperature,
            text=teacher.scrub(answer.text or ""),
            cut=answer.finish == "length",
        )


def make_plan(
    root: Path,
    items: Sequence[Item],
    had: Iterable[Reply],
    teachers: Sequence[Teacher],
    samples: int = 1,
    temperature: float | None = None,
    prompt: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Plan:
    """Every question `samples` times, less what was answered before.

    Raises:
        KitError: the prompt cannot be used.
    """
    langs = sorted({i.lang for i in items})
    prompts = {x: load_prompt("solve", x, prompt, PACKAGE).needs(("question",), ("question",)) for x in langs}
    plan = Plan((), 0, {t.name: t for t in teachers}, dict(prompts), temperature, seed, root)
    there: set[ReplyKey] = {r.key for r in had}
    todo: list[tuple[Item, int]] = []
    for item in items[:limit]:
        teacher, version = plan.teacher_of(item), prompts[item.lang].version
        for sample in range(samples):
            if (item.id, sample, teacher.name, teacher.model, version, temperature) not in there:
                todo.append((item, sample))
    done = len(items[:limit]) * samples - len(todo)
    return Plan(tuple(todo), done, plan.teachers, plan.prompts, temperature, seed, root)
