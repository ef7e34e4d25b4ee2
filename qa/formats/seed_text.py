"""The seed-text form people write by hand: `问题:… 选项:A. … B. … C. … D. … 答案:B`, one question or many.

Forgiven: half- and full-width colons and letters, `A.` `A、` `A:` `(A)`, options on their own lines, English
(`Question: … Options: … Answer: …`), a fill-in question without options.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.item import LETTERS, Lang
from qa.letters import read_choice
from qa.reply import clean

_COLON = "\\s*[:\uff1a]\\s*"
_QUESTION = re.compile(rf"(?:^|(?<=[\s。;\uff1b]))(?:问题|题目|Question)\s*\d{{0,3}}{_COLON}", re.IGNORECASE)
_OPTIONS = re.compile(rf"(?:^|(?<=[\s。?\uff1f;\uff1b,\uff0c_)\uff09]))(?:选项|Options|Choices){_COLON}", re.IGNORECASE)
_ANSWER = re.compile(rf"(?:^|(?<=[\s。;\uff1b?\uff1f!\uff01)\uff09_]))(?:正确答案|答案|Answer){_COLON}", re.IGNORECASE)
_WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in LETTERS}
_OPEN, _CLOSE, _STOP = "[(\uff08]", "[)\uff09]", ".\uff0e、:\uff1a"
_BEFORE_MARK = "(?:^|(?<=[\\s;\uff1b,\uff0c。、]))"
_MARKS = {
    letter: re.compile(
        rf"{_BEFORE_MARK}(?:{_OPEN}\s?[{letter}{_WIDE[letter]}]\s?{_CLOSE}\s?[{_STOP}]?"
        rf"|[{letter}{_WIDE[letter]}]\s?(?:[.\uff0e]|[、:\uff1a]|{_CLOSE}))\s*"
    )
    for letter in LETTERS
}
_FIRST_LINE = re.compile(rf"(?m)^\s*{_OPEN}?[A{_WIDE['A']}]{_CLOSE}?\s?[{_STOP})]")


@dataclass(frozen=True, slots=True)
class SeedQuestion:
    """One question of a seed text."""

    question: str
    options: tuple[str, ...] | None
    answer: str
    """A letter where there are options, else the text as written."""
    line: int
    """The line it begins on, from 1."""


def parse(text: object) -> list[SeedQuestion]:
    """Every question of a seed text, in order.

    Raises:
        ValueError: one line naming the line and what is missing there.
    """
    if not isinstance(text, str):
        raise ValueError(f"seed text: {type(text).__name__} instead of a text")
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    starts = list(_QUESTION.finditer(text))
    if not starts:
        if text.strip():
            raise ValueError("line 1: no 问题: (Question:) found")
        return []
    before = text[: starts[0].start()].strip()
    if before:
        raise ValueError(f"line 1: {before[:30]!r} stands before the first 问题: (Question:)")
    ends = [m.start() for m in starts[1:]] + [len(text)]
    return [_one(text[m.end() : end], text.count("\n", 0, m.start()) + 1) for m, end in zip(starts, ends, strict=True)]


def _one(block: str, line: int) -> SeedQuestion:
    answers = list(_ANSWER.finditer(block))
    if not answers:
        raise ValueError(f"line {line}: no 答案: (Answer:) for the question that begins here")
    question, options = split_prompt(block[: answers[-1].start()], line)
    answer = block[answers[-1].end() :].strip()
    if not question:
        raise ValueError(f"line {line}: the question is empty")
    if not answer:
        raise ValueError(f"line {line}: nothing after 答案: (Answer:)")
    if options is not None:
        letter = read_choice(clean(answer), options).letter
        if letter is None:
            raise ValueError(f"line {line}: the answer {answer[:30]!r} is none of {', '.join(LETTERS[: len(options)])}")
        answer = letter
    return SeedQuestion(question, options, answer, line)


def split_prompt(text: str, line: int = 1) -> tuple[str, tuple[str, ...] | None]:
    """Question and options of `问题:… 选项:A. … B. …` (without its answer). Raises ValueError naming the line."""
    text = text.strip()
    head = _QUESTION.match(text)
    if head:
        text = text[head.end() :]
    marks = list(_OPTIONS.finditer(text))
    if marks:
        options = split_options(text[marks[-1].end() :])
        if options is None:
            raise ValueError(f"line {line}: 选项: (Options:) is not followed by A. … B. …")
        return text[: marks[-1].start()].strip(), options
    first = _FIRST_LINE.search(text)
    if first:  # options without their heading, each on its own line
        options = split_options(text[first.start() :])
        if options is not None:
            return text[: first.start()].strip(), options
    return text, None


def split_options(text: str) -> tuple[str, ...] | None:
    """The texts of `A. … B. … C. … D. …`, two to four in order; None where they are not there."""
    places: list[tuple[int, int]] = []
    at = 0
    for letter in LETTERS:
        m = _MARKS[letter].search(text, at)
        if m is None or (not places and text[: m.start()].strip()):
            break
        places.append((m.start(), m.end()))
        at = m.end()
    if len(places) < 2:
        return None
    ends = [start for start, _ in places[1:]] + [len(text)]
    options = tuple(
        text[begin:end].strip().rstrip(";\uff1b,\uff0c").strip() for (_, begin), end in zip(places, ends, strict=True)
    )
    return options if all(options) else None


def write(question: str, options: Sequence[str] | None, answer: str, lang: Lang = "zh") -> str:
    """One question as seed text, on one line; `parse` reads it back."""
    ask, opts, ans = ("问题:", "选项:", "答案:") if lang == "zh" else ("Question: ", "Options: ", "Answer: ")
    parts = [ask + " ".join(question.split())]
    if options:
        parts.append(opts + " ".join(f"{x}. {o}" for x, o in zip(LETTERS, options, strict=False)))
    parts.append(ans + answer)
    return " ".join(parts)
