"""The seed text form: `问题:… 选项:A. … 答案:B`. Its picture: `图像:x.png` on a line above, or the file's own name."""

from __future__ import annotations

import re

from qa.formats import seed_text
from synth.sources.importing.found import Bad, BadRow, Found, Rows, found
from synth.sources.importing.prompt import asked_in, split_reply, without_places

NAME = "seed"
LOOKS_LIKE = "text 问题:… 选项:A. … B. … 答案:B, perhaps with 图像:x.png above"

_COLON = "\\s*[:\uff1a]\\s*"
_PICTURE = re.compile(rf"(?:图像名称|图像|图片|Image|Picture){_COLON}(\S.*)", re.IGNORECASE)
_QUESTION = re.compile(rf"(?:问题|题目|Question){_COLON}", re.IGNORECASE)
_REASON = re.compile(rf"(?:解析|解释|Explanation){_COLON}", re.IGNORECASE)


def fits(text: str) -> bool:
    """Whether a line of the text opens a question."""
    return any(_QUESTION.match(line.strip()) or _inline(line) for line in text.split("\n"))


def rows(text: str, stem: str = "") -> Rows:
    """The questions of a text, and what is wrong with the rest. `stem` names the picture where no line does."""
    picture, block, begins = stem, "", 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        stripped = line.strip()
        named = _PICTURE.fullmatch(stripped)
        opens = _QUESTION.match(stripped) is not None
        last = number > text.count("\n") + 1
        if named or opens or last:
            if block.strip():
                yield from _block(block, picture, begins)
            block, begins = "", number
        if named:
            before = re.split(rf"\s+(?={_QUESTION.pattern})", named[1], maxsplit=1, flags=re.IGNORECASE)
            picture = before[0].strip()
            block = before[1] + "\n" if len(before) > 1 else ""
        else:
            begins = begins if block.strip() else number
            block += line + "\n"


def _inline(line: str) -> bool:
    named = _PICTURE.fullmatch(line.strip())
    return named is not None and _QUESTION.search(named[1]) is not None


def _block(block: str, picture: str, begins: int) -> list[Found | Bad]:
    try:
        questions = seed_text.parse(_REASON.split(block, maxsplit=1)[0])
    except ValueError as e:
        where = re.match(r"line (\d+): (.*)", str(e), re.DOTALL)
        line, what = (int(where[1]), where[2]) if where else (1, str(e))
        return [Bad(begins + line - 1, "row", what)]
    reason = _REASON.search(block) if len(questions) == 1 else None
    explanation = block[reason.end() :].strip() if reason else ""
    return [_one(q, picture, begins + q.line - 1, explanation) for q in questions]


def _one(q: seed_text.SeedQuestion, picture: str, line: int, explanation: str) -> Found | Bad:
    try:
        question = without_places(q.question)
        if q.options:  # once more through the common reader, which notices a fifth option
            asked_in("问题:x 选项:" + " ".join(f"{x}. {o}" for x, o in zip("ABCD", q.options, strict=False)))
        answer = q.answer if q.options else split_reply(q.answer)[0]
        return found(
            line,
            {
                "images": [picture] if picture else [],
                "question": question,
                "options": q.options,
                "answer": answer,
                "explanation": explanation,
            },
        )
    except BadRow as e:
        return e.at(line)
