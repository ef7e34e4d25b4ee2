"""A model's opinion of a few accepted items: a second pair of eyes, no measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from qa.item import Item, Lang
from qa.prompts import question_text
from synth.checks.gold import share
from synth.report.blocks import Block, Command, Section, Table, Text, interval, percent
from synth.report.folder import Folder
from synth.report.samples import spread
from synth.teacher.budget import Budget
from synth.teacher.call import Answer, Call
from synth.teacher.config import Teacher
from synth.teacher.journal import Journal
from synth.teacher.prompts import load_prompt
from synth.teacher.replies import Parsed, correction, read_object
from synth.teacher.schedule import ask

TITLE = "A model's opinion"
_LONGEST_EXPLANATION = 1_500


class Score(BaseModel):
    """One score of the whole."""

    score: Annotated[int, Field(ge=1, le=5)]
    reason: str = ""


class SampleVerdict(BaseModel):
    """What the model says of one sample."""

    number: int
    right: bool
    reason: str = ""


class Opinion(BaseModel):
    """The reply to the prompt `assess`."""

    samples: list[SampleVerdict]
    diversity: Score
    expertise: Score
    difficulty: Score
    fit: Score


@dataclass(frozen=True, slots=True)
class Assessment:
    """The section of the report, and why there is no opinion (empty where there is one)."""

    section: Section
    problem: str = ""


def not_asked(folder: Folder) -> Section:
    """The section of a report that asked nobody."""
    return Section(TITLE, (
        Text("No model was asked. A teacher that is shown ten accepted items judges them:"),
        Command(f"circuit-vqa synth report data/{folder.name} --assess gpt-4o"),
    ))  # fmt: skip


def assess(folder: Folder, teacher: Teacher, count: int, seed: int, budget: Budget) -> Assessment:
    """Ask `teacher` about `count` items at once, in one call; the answer stays in the journal.

    The same items are drawn by the same seed, so that asking again about an unchanged folder costs nothing.
    """
    there = [j for j in folder.kept if all((folder.root / p).is_file() for p in j.item.pictures)]
    items = [j.item for j in spread(there, count, seed)]
    if not items:
        return _failed(teacher, "there are no items to judge")
    call = assess_call(folder.root, items, teacher)
    lang = _lang(items)

    def mend(answer: Answer) -> Call | None:
        if answer.text is None or len(answer.call.messages) > len(call.messages):
            return None  # one correction turn and no more
        reason = read_opinion(answer, len(items)).reason
        return correction(answer, reason, lang) if reason else None

    with Journal(folder.root / "journal.sqlite") as journal:
        last = list(ask([call], {teacher.name: teacher}, journal, budget, follow=mend))[-1]
    if last.failure is not None:
        return _failed(teacher, last.failure.what)
    got = read_opinion(last, len(items))
    if got.value is None:
        return _failed(teacher, f"its reply is not the form asked for: {got.reason}")
    return Assessment(opinion_section(got.value, items, teacher, seed))


def assess_call(root: Path, items: Sequence[Item], teacher: Teacher) -> Call:
    """The one call that shows all items with their pictures, question, options, answer and explanation."""
    prompt = load_prompt("assess", _lang(items))
    pictures = [root / p for i in items for p in i.pictures]
    messages = prompt.messages(
        pictures, shown=len(pictures), count=len(items), samples="\n\n".join(_samples(items, prompt.lang))
    )
    return Call("assess", teacher.name, prompt.version, messages, schema=_schema())


def read_opinion(answer: Answer, count: int) -> Parsed[Opinion]:
    """The opinion in a reply, or what is wrong with it: every sample must be judged once."""
    got = read_object(answer.text or "", Opinion, answer.finish)
    if got.value is not None and sorted(s.number for s in got.value.samples) != list(range(1, count + 1)):
        return Parsed(None, f"samples: must hold every number from 1 to {count} once")
    return got


def opinion_section(opinion: Opinion, items: Sequence[Item], teacher: Teacher, seed: int) -> Section:
    """The opinion as it stands in the report, marked as one."""
    wrong = [s for s in opinion.samples if not s.right]
    rate = share(len(wrong), len(items))
    scores = (("diversity", opinion.diversity), ("expertise", opinion.expertise),
              ("difficulty", opinion.difficulty), ("fit for fine-tuning", opinion.fit))  # fmt: skip
    rows = [(name, f"{s.score} of 5", s.reason) for name, s in scores]
    found = f"{len(wrong)} of {len(items)} ({percent(rate.rate, 1)}; 95 % interval {interval(rate.low, rate.high)})"
    rows.append(("error rate", found, "items it holds for wrong, listed below" if wrong else "it found none wrong"))
    blocks: list[Block] = [
        Text(
            f"The opinion of {teacher.name} ({teacher.model}) on {len(items)} items drawn with seed {seed}. Models err"
            " too: the label error above is measured, this is not."
        ),
        Table(("", "score", "reason"), tuple(rows)),
    ]
    if wrong:
        listed = tuple((items[s.number - 1].id, items[s.number - 1].question, s.reason) for s in wrong)
        blocks.append(Table(("item", "question", "what it holds for wrong"), listed, "look at these"))
    return Section(TITLE, tuple(blocks))


def _failed(teacher: Teacher, why: str) -> Assessment:
    text = f"{teacher.name} was asked, but there is no opinion: {why}"
    return Assessment(Section(TITLE, (Text(text),)), f"{teacher.name}: no opinion: {why}")


def _lang(items: Sequence[Item]) -> Lang:
    return "zh" if 2 * sum(i.lang == "zh" for i in items) >= len(items) else "en"


def _samples(items: Sequence[Item], lang: Lang) -> list[str]:
    words = _WORDS[lang]
    texts, first = [], 1
    for n, item in enumerate(items, 1):
        last = first + len(item.pictures) - 1
        where = f"{first}" if last == first else f"{first}-{last}"
        lines = [f"{words['sample']} {n} ({words['picture']} {where})"]
        lines.append(question_text(item.question, item.options, "open", item.lang))
        lines.append(f"{words['answer']}: {item.answer_text}")
        if item.explanation:
            lines.append(f"{words['explanation']}: {item.explanation[:_LONGEST_EXPLANATION]}")
        texts.append("\n".join(lines))
        first = last + 1
    return texts


_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {"sample": "样本", "picture": "图", "answer": "给出的答案", "explanation": "给出的解析"},
    "en": {"sample": "Sample", "picture": "picture", "answer": "Given answer", "explanation": "Given explanation"},
}


def _schema() -> dict[str, Any]:
    """JSON schema of the reply, in the strict form OpenAI asks for: every field named, none beside them."""

    def entry(**fields: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}

    text = {"type": "string"}
    score = entry(score={"type": "integer", "enum": [1, 2, 3, 4, 5]}, reason=text)
    sample = entry(number={"type": "integer"}, right={"type": "boolean"}, reason=text)
    scores = dict.fromkeys(("diversity", "expertise", "difficulty", "fit"), score)
    return entry(samples={"type": "array", "items": sample}, **scores)
