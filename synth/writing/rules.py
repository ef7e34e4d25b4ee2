"""A teacher's question made into an Item, or one line that says what is wrong with it, fit to be sent back."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pydantic import ValidationError

from qa.blanks import BLANK, question_units
from qa.item import LETTERS, REL_TOL, Item, Lang, Origin, Wanted, item_id
from qa.quantity import Quantity, find_counts, parse_whole
from qa.reply import plain
from synth.checks.rules import findings
from synth.pictures.stock import Picture
from synth.questions.options import same_option
from synth.writing.reply import LEVELS, Category, Question

LONGEST = {"question": 600, "option": 160, "answer": 60, "explanation": 2000, "topic": 40}
"""Characters; a `fill` whose answer is longer has no short unique answer."""
EXACT = 0.005
"""Relative tolerance of a value that is printed, not calculated: room for another way to write it, no more."""
_SPECIAL = re.compile(
    r"<\|[^|<>]{1,40}\|>|</?(?:image|video|audio|img|think|answer|bbox|ref-object|cot-process|start-image)\b[^<>]{0,40}>",
    re.IGNORECASE,
)
"""What templates of chat models take for their own marks; `<image>` in a question would cost a row its picture."""
_HEAD = re.compile("^\\s*(?:选\\s?)?[(\uff08]?([A-Da-d\uff21-\uff24])\\s?[.\uff0e、:\uff1a)\uff09]\\s*(?=\\S)")
_CHOSEN = re.compile("(?:应?选择?|选项|option|choice)\\s?[:(]?\\s?([A-D])\\s?[)]?", re.IGNORECASE)
_WIDE_BLANK = re.compile("\uff08\\s*\uff09|\uff3b\\s*\uff3d")
_NOTHING = re.compile(
    r"[-+]?(?:nan|inf(?:inity)?)|null|none|n/?a|undefined|unknown|未知|无法确定|不确定|略", re.IGNORECASE
)
_EITHER = re.compile(
    r".*(?<=[A-Za-z0-9Ω%])\s*或者?\s*(?=[-+A-Za-z0-9]).*|.*\S\s*或者\s*\S.*|\S+\sor\s\S+"
    r"|[-+]?\d\S*(?:\s\S+)?\sor\s[-+]?\d\S*(?:\s\S+)?"
)
"""`D1或LED1`, `5 V or 6 V`: two answers; 或门, `OR gate`, `reference of a voltage or current` are one."""
_LISTED = re.compile(
    r"(?<![A-Za-z0-9_])A\s?[.、:)].+?(?<![A-Za-z0-9_])B\s?[.、:)].+?(?<![A-Za-z0-9_])C\s?[.、:)]", re.S
)
_NUMBER = re.compile(
    "^\\s*(?:(?:问题|题目|Question)\\s*\\d{0,3}\\s*[:\uff1a]|\\d{1,2}\\s*[.、\uff0e)\uff09](?!\\d))\\s*"
)
_OF_OTHERS = re.compile(
    "以上(?:都|均|皆|全|选项|答案|说法|[一二两三四]项)|上述(?:都|均|皆|选项|答案|说法)|前[两三]项"
    "|\\A(?:选项)?[A-D]\\s*(?:和|与|或|、|,|\uff0c|and|or|&)\\s*[A-D]\\s*(?:都|均)?\\Z"
    r"|\b(?:all|none|both|any|neither|either) of (?:the above|these|them)\b|\bthe above\b",
    re.IGNORECASE,
)


class BadQuestion(Exception):
    """The question cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the Items of one picture share."""

    picture: Picture
    digest: str
    """SHA-256 of the copy in the dataset."""
    lang: Lang
    writer: str
    """`teacher:MODEL@PROMPT_VERSION`."""


def item_of(question: Question, source: Source) -> Item:
    """The Item of a teacher's question, in which the rules of the check `form` find no fault. Raises BadQuestion."""
    asked = _text(_NUMBER.sub("", question.question), "question")
    explanation = _text(question.explanation, "explanation", required=False)
    if question.form == "mcq":
        if _LISTED.search(plain(asked)):
            raise BadQuestion("question repeats the options; their order will change")
        options, answer = _options(question)
        accept: tuple[Wanted | str, ...] = ()
    else:
        options = None
        asked = _one_blank(asked)
        answer = _one_answer(question.answer)
        accept = _accept(asked, answer, question.category)
    try:
        item = Item(
            id=item_id([source.digest], asked, options),
            pictures=(source.picture.path,),
            form=question.form,
            level=LEVELS[question.category],
            topic=_topic(question),
            lang=source.lang,
            question=asked,
            options=options,
            answer=answer,
            accept=accept,
            explanation=explanation,
            group=source.picture.group or source.picture.path,
            origin=Origin(
                source=source.picture.source,
                writer=source.writer,
                licence=source.picture.licence,
                file=source.picture.file,
                page=source.picture.page,
            ),
        )
    except ValidationError as e:
        raise BadQuestion(e.errors()[0]["msg"].removeprefix("Value error, ")) from e
    if faults := [f.note for f in findings(item) if f.verdict == "fail"]:
        raise BadQuestion("; ".join(faults))
    return item


def same_question(text: str) -> str:
    """What two wordings of one question on a picture have in common: no case, spaces, marks."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _text(text: str, what: str, required: bool = True) -> str:
    """The text on one line, without control characters. Raises BadQuestion."""
    if not text.isprintable() or "\u3000" in text:
        text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    text = " ".join(text.split())
    if required and not text:
        raise BadQuestion(f"{what} is empty")
    if _SPECIAL.search(text):
        raise BadQuestion(f"{what} holds markup of chat models ({_SPECIAL.findall(text)[0]})")
    if len(text) > LONGEST[what]:
        raise BadQuestion(f"{what} is {len(text)} characters long, at most {LONGEST[what]}")
    return text


def _options(question: Question) -> tuple[tuple[str, ...], str]:
    """Four options without their letters, and the letter of the right one. Raises BadQuestion."""
    written = [_text(o, "option") for o in question.options or ()]
    if len(written) != len(LETTERS):
        raise BadQuestion(f"options: {len(written)}, an mcq has exactly 4")
    heads = [_head(m) if (m := _HEAD.match(o)) else "" for o in written]
    if heads == list(LETTERS):  # `A. R1`: the letter is no part of the option
        written = [_HEAD.sub("", o) for o in written]
    if other := next((o for o in written if _OF_OTHERS.search(o)), None):
        raise BadQuestion(f"option {other!r} speaks of other options; their order will change")
    return tuple(written), _letter(question.answer, written)


def _letter(answer: str, options: list[str]) -> str:
    answer = _text(answer, "answer")
    plainly = plain(answer).strip(" .。()[]")
    chosen = _CHOSEN.fullmatch(plainly)
    plainly = (chosen[1] if chosen else plainly).upper()
    if plainly in LETTERS and len(plainly) == 1:
        return plainly
    head = _HEAD.match(answer)
    if head:
        rest = answer[head.end() :]
        if same_option(rest, options[LETTERS.index(_head(head))]):
            return _head(head)
        raise BadQuestion(f"answer {answer!r} names a letter and another option's text")
    fitting = [x for x, o in zip(LETTERS, options, strict=True) if same_option(answer, o)]
    if len(fitting) != 1:
        raise BadQuestion(f"answer {answer!r} is none of A, B, C, D")
    return fitting[0]


def _head(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[1]).upper()


def _one_blank(question: str) -> str:
    """The question with its one blank as six underscores. Raises BadQuestion."""
    question = _WIDE_BLANK.sub("______", question)
    found = BLANK.findall(question)
    if len(found) != 1:
        raise BadQuestion(f"question has {len(found)} blanks, a fill has exactly one ______")
    return BLANK.sub(lambda m: "______" + m[0][len(m[0].rstrip()) :], question)


def _one_answer(text: str) -> str:
    """The answer to a blank. Raises BadQuestion where it is none, or two."""
    answer = _text(text, "answer")
    if _NOTHING.fullmatch(answer.strip(" .。")):
        raise BadQuestion(f"answer {answer!r} says nothing")
    if _EITHER.fullmatch(answer):
        raise BadQuestion(f"answer {answer!r} is two answers, a blank has one")
    return answer


def _accept(question: str, answer: str, category: Category) -> tuple[Wanted | str, ...]:
    """The quantity an answer is, in base units; none for a text and where the unit is anybody's guess (`4k7`)."""
    units = question_units(question)
    hint = units[0] if units else None
    quantity = parse_whole(plain(answer)) or _count_in_words(plain(answer))
    if quantity is None:
        if hint is not None and hint.dim:
            raise BadQuestion(f"answer {answer!r} is no quantity in the unit after the blank")
        return ()
    unit = quantity.unit if quantity.unit is not None else hint
    if quantity.unit is not None and quantity.unit.bare_prefix:
        if hint is None:
            return ()
        value, dim = quantity.number * quantity.unit.scale, hint.dim
    else:
        value, dim = quantity.number * (unit.scale if unit else 1.0), unit.dim if unit else ""
    if quantity.unit is not None and hint is not None and hint.dim and dim != hint.dim:
        raise BadQuestion(f"answer {answer!r} is not in the unit after the blank")
    printed = 0.0 if not dim and value.is_integer() else EXACT
    tolerance = REL_TOL if category == "calculation" else printed
    try:
        return (Wanted(value=value, unit=dim, rel_tol=tolerance),)
    except ValidationError as e:
        raise BadQuestion(f"answer {answer!r} is out of range") from e


def _count_in_words(answer: str) -> Quantity | None:
    """`三`, `三个`, `three`: a reader writes `3` as well."""
    found = find_counts(answer)
    return found[0] if len(found) == 1 and found[0].start == 0 and len(answer) <= found[0].end + 1 else None


def _topic(question: Question) -> str:
    if question.category == "absent":
        return "absent"
    slug = re.sub(r"[^a-z0-9]+", "-", plain(question.topic).lower()).strip("-")[: LONGEST["topic"]].strip("-")
    return slug or question.category
