"""Question, options, answer and explanation out of free text, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.formats.seed_text import split_options, split_prompt
from qa.item import LETTERS
from qa.letters import read_choice
from qa.prompts import ASK
from qa.reply import clean
from synth.sources.importing.found import BadRow

_COLON = "\\s*[:\uff1a]\\s*"
_LEAD = re.compile(rf"(?:正确答案|最终答案|参考答案|答案|(?:Final |Correct )?Answer){_COLON}", re.IGNORECASE)
_REASON = re.compile(
    rf"(?:^|(?<=[\s。.;\uff1b,\uff0c]))(?:解析|解释|说明|Explanation|Rationale|Reason(?:ing)?){_COLON}", re.IGNORECASE
)
_FIFTH = re.compile("(?:^|[\\s;\uff1b,\uff0c。、])[(\uff08]?[E\uff25]\\s?[.\uff0e、:\uff1a)\uff09]\\s*\\S")
_PLACE = re.compile(r"<image(?:\s?\d+)?>|<img>.*?</img>", re.DOTALL)
_LABELLED = re.compile("\\s*[(\uff08]?([A-H])\\s?[.\uff0e、:\uff1a)\uff09]\\s*")


def without_places(text: str) -> str:
    """The text without `<image>`, `<image 1>`, `<img>…</img>`."""
    return _PLACE.sub("", text).strip()


def asked_in(text: str) -> tuple[str, tuple[str, ...] | None]:
    """(question, options) of a user's turn or a question cell. Raises BadRow."""
    text = without_places(text)
    for ask in ASK.values():
        text = text.removesuffix(ask).strip()
    try:
        question, options = split_prompt(text)
    except ValueError as e:
        raise BadRow("options", str(e).partition(": ")[2] or str(e)) from e
    if options and len(options) == len(LETTERS) and _FIFTH.search(options[-1]):
        raise BadRow("options", "more than four; an item holds two to four")
    return question, options


def options_of(value: object) -> tuple[str, ...] | None:
    """Options as a list, as `{"A": …}` or as a text `A. … B. …`; labels are taken off. Raises BadRow."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, str):
        options = split_options(value)
        if options is None:
            raise BadRow("options", f"{_short(value)} is not A. … B. …")
        if len(options) == len(LETTERS) and _FIFTH.search(options[-1]):
            raise BadRow("options", "more than four; an item holds two to four")
        return options
    if isinstance(value, dict):
        letters = [str(k).strip().upper() for k in value]
        if letters != list("ABCDEFGH"[: len(letters)]):
            raise BadRow("options", "its keys are not A, B, C, …")
        value = list(value.values())
    if not isinstance(value, list | tuple):
        raise BadRow("options", f"{type(value).__name__} instead of a list")
    texts = [scalar("options", v) for v in value]
    labels = [_LABELLED.match(t) for t in texts]
    if all(m and m[1] == letter for m, letter in zip(labels, "ABCDEFGH", strict=False)):
        texts = [t[m.end() :] for t, m in zip(texts, labels, strict=True) if m]
    if not 2 <= len(texts) <= len(LETTERS):
        raise BadRow("options", f"{len(texts)}; an item holds two to four")
    if not all(t.strip() for t in texts):
        raise BadRow("options", "one is empty")
    return tuple(t.strip() for t in texts)


def split_reply(text: str) -> tuple[str, str]:
    """(answer, explanation) of an assistant's turn: what follows the last `答案:`, and what stands around it."""
    leads = list(_LEAD.finditer(text))
    if leads and text[leads[-1].end() :].strip():
        before, text = text[: leads[-1].start()].strip(), text[leads[-1].end() :].strip()
        head = _REASON.match(before)
        before = before[head.end() :] if head else before
    else:
        before = ""
    reason = _REASON.search(text)
    if reason and text[: reason.start()].strip():
        return text[: reason.start()].strip(), before or text[reason.end() :].strip()
    return text.strip(), before


def letter(answer: str, options: Sequence[str]) -> str:
    """The letter an answer names, by itself or by an option's text. Raises BadRow."""
    choice = read_choice(clean(answer), options)
    if choice.letter is None:
        raise BadRow("answer", f"{_short(answer)} is none of {', '.join(LETTERS[: len(options)])} ({choice.why})")
    return choice.letter


def scalar(field: str, value: object) -> str:
    """A text or number as text. Raises BadRow for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise BadRow(field, "is missing" if value is None else f"{type(value).__name__} instead of a text")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
