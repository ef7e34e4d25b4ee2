"""Which pictures are to be analysed, how a teacher is asked, what is kept: `analyses.jsonl` of a dataset folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from kd.analysis import Analysis, schema
from kd.solving import PACKAGE
from qa.item import Item, Lang
from qa.jsonl import read_records
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher
from synth.teacher.prompts import Prompt, load_prompt
from synth.teacher.replies import correction, read_object
from synth.writing.share import LangChoice, language, order

MAX_TOKENS = 2048
"""Room for a reply: an analysis of twelve components takes about 1,200 tokens in either language."""
AnalysisKey = tuple[str, str, str, str, str]


class Record(BaseModel):
    """One analysis as a teacher gave it. It is held against the truth each time rows are written, not once."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    picture: str
    """Path in the folder."""
    lang: Lang
    teacher: str
    model: str
    prompt: str
    """Version, `analyse@1`."""
    analysis: Analysis

    @property
    def key(self) -> AnalysisKey:
        """What makes it another one."""
        return self.picture, self.lang, self.teacher, self.model, self.prompt


@dataclass(frozen=True)
class Plan:
    """What is to be asked, before anybody is."""

    todo: tuple[tuple[str, Lang, Teacher], ...]
    """(picture, language, who)."""
    had: int
    teachers: dict[str, Teacher]
    prompts: dict[Lang, Prompt]
    root: Path

    @property
    def versions(self) -> str:
        return ", ".join(dict.fromkeys(p.version for p in self.prompts.values()))

    def calls(self) -> Iterator[Call]:
        """The first call about each picture; its row is `PICTURE LANGUAGE`."""
        form = schema()
        for picture, lang, teacher in self.todo:
            prompt = self.prompts[lang]
            settings = teacher.parameters
            room = max(MAX_TOKENS, int(settings.get("max_tokens") or 0))
            yield Call(
                row=f"{picture} {lang}",
                teacher=teacher.name,
                prompt=prompt.version,
                messages=prompt.messages((self.root / picture,)),
                parameters={} if "max_completion_tokens" in settings else {"max_tokens": room},
                schema=form,
            )


@dataclass
class Desk:
    """Reads replies; one that cannot be read gets one more turn."""

    teachers: dict[str, Teacher]
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """(picture, why) after both turns."""
    _corrected: set[str] = field(default_factory=set)

    def follow(self, answer: Answer) -> Call | None:
        """The one more turn, where the reply is none."""
        row = answer.call.row
        if answer.text is None or row in self._corrected:
            return None
        read = read_object(answer.text, Analysis, answer.finish)
        if read.value is not None:
            return None
        self._corrected.add(row)
        return correction(answer, read.reason, _split(row)[1])

    def record(self, answer: Answer) -> Record | None:
        """What is kept of an answer; None where it cannot be read."""
        picture, lang = _split(answer.call.row)
        read = read_object(answer.text or "", Analysis, answer.finish)
        if read.value is None:
            if any(m.role == "assistant" for m in answer.call.messages):
                self.unreadable.append((picture, f"{answer.call.teacher}: {read.reason}"))
            return None
        teacher = self.teachers[answer.call.teacher]
        return Record(
            picture=picture,
            lang=lang,
            teacher=teacher.name,
            model=teacher.model,
            prompt=answer.call.prompt,
            analysis=read.value,
        )


def _split(row: str) -> tuple[str, Lang]:
    picture, _, lang = row.rpartition(" ")
    return picture, "en" if lang == "en" else "zh"


def pictures_of(items: Iterable[Item]) -> list[str]:
    """Every picture of these Items once, in order."""
    return list(dict.fromkeys(p for i in items for p in i.pictures))


def make_plan(
    root: Path,
    pictures: Sequence[str],
    had: Iterable[Record],
    teachers: Sequence[Teacher],
    lang: LangChoice = "zh",
    prompt: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Plan:
    """Every picture once, less those that are done with this prompt by the teacher whose turn it is.

    Several teachers share the pictures out; `lang` "both" gives half of them to each language. `limit` takes so many
    pictures, at random, and the same ones and more with a larger limit.

    Raises:
        KitError: the prompt cannot be used.
    """
    langs: tuple[Lang, ...] = ("zh", "en") if lang == "both" else (lang,)
    prompts = {x: load_prompt("analyse", x, prompt, PACKAGE).needs(()) for x in langs}
    by_name, there = {t.name: t for t in teachers}, {r.key for r in had}
    chosen = sorted(pictures)[:limit] if limit else pictures  # names are hashes
    todo: list[tuple[str, Lang, Teacher]] = []
    for picture in chosen:
        one = language(picture, lang, seed)
        teacher = by_name[order(picture, by_name, seed)[0]]
        if (picture, one, teacher.name, teacher.model, prompts[one].version) not in there:
            todo.append((picture, one, teacher))
    return Plan(tuple(todo), len(chosen) - len(todo), by_name, prompts, root)


def read_log(path: Path) -> list[Record]:
    """Every analysis, the latest where one stands there twice. Raises KitError naming the first bad line."""
    return list({r.key: r for r in read_records(path, Record)}.values())
