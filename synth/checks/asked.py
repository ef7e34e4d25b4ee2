"""What the checking teachers are asked: the question alone (blind), its sense (judge), whether two answers agree."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from qa.item import Item
from qa.prompts import user_text
from qa.wire import sayable
from synth.teacher.call import Answer, Call
from synth.teacher.prompts import load_prompt
from synth.teacher.replies import read_object

BLIND_PROMPT = "blind@1"
JUDGE_PROMPT = "judge@1"
WORDING_PROMPT = "wording@1"


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")
    reason: str = ""


class SenseSaid(_Said):
    """The judge's reply on the sense of a question."""

    verdict: Literal["pass", "fail", "unsure"]


class WordingSaid(_Said):
    """The judge's reply on two answers."""

    verdict: Literal["same", "different", "unsure"]


def blind_call(item: Item, root: Path, teacher: str, sample: int = 0, temperature: float | None = None) -> Call:
    """The question, its options and its pictures: nothing of the answer or the explanation goes along."""
    prompt = load_prompt(BLIND_PROMPT, item.lang)
    return Call(
        row=item.id,
        teacher=teacher,
        prompt=prompt.version,
        messages=prompt.messages(_pictures(item, root), question=user_text(item)),
        parameters={} if temperature is None else {"temperature": temperature},
        sample=sample,
    )


def sense_call(item: Item, root: Path, teacher: str, doubts: str) -> Call:
    """The whole Item and what the rules doubt about it."""
    prompt = load_prompt(JUDGE_PROMPT, item.lang)
    options = dict(zip("ABCD", item.options or (), strict=False))
    answer = f"{item.answer_text}. {options[item.answer_text]}" if item.answer_text in options else item.answer_text
    values = {"doubts": doubts, "question": user_text(item), "answer": answer, "explanation": item.explanation}
    messages = prompt.messages(_pictures(item, root), **values)
    return Call(item.id, teacher, prompt.version, messages, schema=_schema(("pass", "fail", "unsure")))


def wording_call(item: Item, teacher: str, one: str, two: str) -> Call:
    """Two answers to one question in an order that tells nothing of whose they are; no picture, so no own opinion."""
    prompt = load_prompt(WORDING_PROMPT, item.lang)
    pair = sorted((one, two))
    Random(f"wording/{item.id}/{pair}").shuffle(pair)
    messages = prompt.messages((), question=item.question, one=pair[0], two=pair[1])
    return Call(item.id, teacher, prompt.version, messages, schema=_schema(("same", "different", "unsure")))


def read_sense(answer: Answer) -> tuple[Literal["pass", "fail", "unsure"], str]:
    """The judge's verdict and reason; unsure where the reply cannot be read."""
    if answer.text is None:
        return "unsure", no_text(answer)
    said = read_object(answer.text, SenseSaid, answer.finish)
    return (said.value.verdict, one_line(said.value.reason)) if said.value else ("unsure", "the reply cannot be read")


def read_wording(answer: Answer) -> bool | None:
    """Whether two answers say the same; None where the judge does not know."""
    said = read_object(answer.text or "", WordingSaid, answer.finish).value
    return None if said is None or said.verdict == "unsure" else said.verdict == "same"


def no_text(answer: Answer) -> str:
    """Why an answer has no text, in a line."""
    return one_line(f"{answer.failure.kind}: {answer.failure.what}") if answer.failure else "no text"


def one_line(text: str, longest: int = 200) -> str:
    text = " ".join(sayable(text).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _pictures(item: Item, root: Path) -> tuple[Path, ...]:
    return tuple(root / p for p in item.pictures)


def _schema(verdicts: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"verdict": {"type": "string", "enum": list(verdicts)}, "reason": {"type": "string"}},
        "required": ["verdict", "reason"],
        "additionalProperties": False,
    }
