"""What a run would ask and what it may cost, without asking anybody: `--dry-run`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa.errors import KitError
from qa.picture_size import tokens as picture_tokens
from synth.teacher.call import Call, Request, make_request
from synth.teacher.config import Price, Teacher
from synth.teacher.journal import Journal

CORRECTED = 0.15
"""Share of calls taken to need another turn, where nobody knows better."""
_LIKELY, _MOST = 0.33, 0.5
"""Tokens a byte of UTF-8 text: a Chinese character (3 bytes) makes about 1, at most 1.5; 4 letters make 1 to 2."""
_CORRECTION_TOKENS = 3_000
"""Bound of what a correction turn says, besides the reply it is about."""


@dataclass(slots=True)
class Estimate:
    """The calls to one teacher."""

    teacher: Teacher
    calls: int = 0
    in_journal: int = 0
    """Answered already: they cost nothing."""
    faulty: int = 0
    """Calls whose picture cannot be read."""
    tokens_in: float = 0.0
    tokens_out: float = 0.0
    likely: float = 0.0
    """US dollars."""
    most: float = 0.0
    """US dollars if every reply is as long as allowed and every call takes all its turns; as right as `price` and
    `picture_tokens` are."""
    measured: bool = False
    """Tokens are the mean of earlier answers to this prompt, not a guess."""

    @property
    def to_ask(self) -> int:
        return self.calls - self.in_journal - self.faulty


def estimate(
    calls: Iterable[Call],
    teachers: Mapping[str, Teacher],
    journal: Path | None,
    *,
    likely_out: int,
    turns: int = 2,
    batch: bool = False,
) -> list[Estimate]:
    """One Estimate a teacher. Needs no key and writes nothing.

    Args:
        journal: journal.sqlite of the folder; it need not be there.
        likely_out: Tokens of a usual reply.
        turns: Most turns one call may take (2: with a correction); all but the first are taken by 15 %.
        batch: At batch price, for teachers that have one.

    Raises:
        TeacherError: the journal cannot be read, or a call names no teacher.
    """
    kept = Journal(journal) if journal is not None and journal.is_file() else None
    try:
        return _estimate(calls, teachers, kept, likely_out, turns, batch)
    finally:
        if kept is not None:
            kept.close()


def _estimate(
    calls: Iterable[Call],
    teachers: Mapping[str, Teacher],
    journal: Journal | None,
    likely_out: int,
    turns: int,
    batch: bool,
) -> list[Estimate]:
    found: dict[str, Estimate] = {}
    means = _means(journal)
    for call in calls:
        teacher = teachers[call.teacher]
        e = found.setdefault(call.teacher, Estimate(teacher))
        e.calls += 1
        try:
            request = make_request(call, teacher)
        except KitError:
            e.faulty += 1
            continue
        if journal is not None and journal.find(request.key):
            e.in_journal += 1
            continue
        mean = means.get((teacher.name, teacher.model, call.prompt))
        if mean:
            e.measured = True
            tokens_in, tokens_out = mean
        else:
            tokens_in, tokens_out = _likely_in(request, teacher), min(likely_out, request.most_out)
        again = CORRECTED if turns > 1 and not mean else 0.0
        e.tokens_in += tokens_in + again * (tokens_in + tokens_out)
        e.tokens_out += tokens_out * (1 + again)
        e.most += _most(request, teacher, turns, batch)
    for e in found.values():
        e.likely = _price(e.teacher, batch).cost(round(e.tokens_in), round(e.tokens_out))
        e.most = max(e.most, e.likely)
    return list(found.values())


def lines(estimates: Iterable[Estimate], batch: bool = False) -> list[str]:
    """The estimates as a person reads them, one line a teacher and the sum of several."""
    said = []
    estimates = list(estimates)
    for e in estimates:
        price = e.teacher.price
        at = f"prices of {price.date}"
        if batch:
            at += ", batch" if price.batch else ", it has no batch price"
        how = "as measured" if e.measured else "estimated"
        faulty = f", {e.faulty} with an unreadable picture" if e.faulty else ""
        said.append(
            f"{e.teacher.name}: {e.calls} calls, {e.in_journal} answered in the journal already{faulty};"
            f" {e.to_ask} to ask: about {e.tokens_in:,.0f} tokens in and {e.tokens_out:,.0f} out ({how}),"
            f" likely {dollars(e.likely)}, at most {dollars(e.most)} ({at})"
        )
    if len(estimates) > 1:
        likely, most = sum(e.likely for e in estimates), sum(e.most for e in estimates)
        said.append(f"together: likely {dollars(likely)}, at most {dollars(most)}")
    return said


def dollars(amount: float) -> str:
    """`$12.34`, `$0.0042`, `$0.00`."""
    return f"${amount:.4f}" if 0 < amount < 0.1 else f"${amount:,.2f}"


def _means(journal: Journal | None) -> dict[tuple[str, str, str], tuple[float, float]]:
    """(teacher, model, prompt) -> mean tokens in and out of earlier answers, where there are enough of them."""
    if journal is None:
        return {}
    return {
        (s.teacher, s.model, s.prompt): (s.tokens_in / s.answers, s.tokens_out / s.answers)
        for s in journal.spent()
        if s.answers >= 10
    }


def _likely_in(request: Request, teacher: Teacher) -> float:
    """Tokens of text and pictures; a picture as Qwen2.5-VL counts it, never more than the teacher's bound."""
    pictures = [p for m in request.call.messages for p in m.pictures]
    return _text(request, teacher) * _LIKELY + sum(_picture(p, teacher) for p in pictures)


def _text(request: Request, teacher: Teacher) -> int:
    """Bytes of all that is sent besides pictures."""
    return request.most_in - teacher.picture_tokens * len(request.pictures)


def _picture(path: Path, teacher: Teacher) -> int:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return min(teacher.picture_tokens, picture_tokens(*image.size))
    except (OSError, ValueError, Image.DecompressionBombError):
        return teacher.picture_tokens


def _most(request: Request, teacher: Teacher, turns: int, batch: bool) -> float:
    """Dollars of a call that takes every turn, each with the replies before it, none shorter than allowed."""
    tokens_in = _text(request, teacher) * _MOST + teacher.picture_tokens * len(request.pictures)
    price, most = _price(teacher, batch), 0.0
    for turn in range(turns):
        earlier = turn * (request.most_out + _CORRECTION_TOKENS)
        most += price.cost(round(tokens_in + earlier), request.most_out)
    return most


def _price(teacher: Teacher, batch: bool) -> Price:
    price = teacher.price
    if not batch or price.batch is None:
        return price
    return Price(input=price.batch.input, output=price.batch.output, date=price.date)
