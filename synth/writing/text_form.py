"""A reply in the plain text form: blocks of 问题, 选项, 答案, 解析, 类别; read as a reply in JSON would be."""

from __future__ import annotations

import re

from pydantic import ValidationError

from synth.teacher.replies import read_seed, seed_blocks
from synth.writing.reply import Question, Read, skipped_of

_COLON = "\\s*[:\uff1a]\\s*"
_CATEGORY = re.compile(rf"(?im)^[ \t>*#-]*(?:类别|Category){_COLON}(\w+)\s*(?:[/\uff0f]\s*([^\n]*?))?[ \t*]*$")
_WHY = re.compile(rf"(?im)^[ \t>*#-]*(?:解析|解释|说明|Explanation){_COLON}")
_SKIPPED = re.compile(rf"(?im)^[ \t>*#-]*(?:跳过|Skipped){_COLON}(\w+){_COLON}([^\n]*)$")


def read_text_form(text: str, finish: str = "") -> Read:
    """The questions of a reply in the plain text form. A block without its last line (类别) was cut off."""
    skipped = tuple(s for m in _SKIPPED.finditer(text) if (s := skipped_of({"category": m[1], "reason": m[2].strip()})))
    text = _SKIPPED.sub("", text)
    questions: list[Question] = []
    reasons: list[str] = []
    blocks = seed_blocks(text)
    for n, block in enumerate(blocks, 1):
        try:
            questions.append(_question(block))
        except ValueError as e:
            reasons.append(f"question {n}: {e}")
    if not blocks and not skipped:
        reasons.append("the reply holds no line that begins with 问题: (Question:)")
    return Read(tuple(questions), skipped, tuple(reasons))


def _question(block: str) -> Question:
    """One block. Raises ValueError saying what is missing."""
    category = _CATEGORY.search(block)
    if category is None:
        raise ValueError("no line 类别: (Category:) at its end; it was cut off")
    head = block[: category.start()]
    why = _WHY.search(head)
    seed = read_seed(head[: why.start()] if why else head)
    if not seed.values:
        raise ValueError(seed.reason.partition(": ")[2] or "cannot be read")
    q = seed.values[0]
    try:
        return Question(
            category=category[1],  # type: ignore[arg-type]  # checked by the model
            form="mcq" if q.options else "fill",
            topic=category[2] or "",
            question=q.question,
            options=q.options,
            answer=q.answer,
            explanation=head[why.end() :].strip() if why else "",
        )
    except ValidationError as e:
        raise ValueError(f"类别 {category[1]!r}: {e.errors()[0]['msg']}") from e
