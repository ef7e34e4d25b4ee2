"""Four options that are really four, and a question that does not print its own answer."""

from __future__ import annotations

import random
import re
from functools import lru_cache

from qa.item import LETTERS, REL_TOL
from qa.quantity import Quantity, parse_whole
from qa.reply import plain
from synth.questions.draft import Draft

_ASIDE = re.compile(r"[(\uff08](?:[^()\uff08\uff09]|[(\uff08][^()\uff08\uff09]*[)\uff09])*[)\uff09]|“[^”]*”")
"""Where a blank's choices are listed: the answer may stand there among the others."""
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+|\S")
_BARE_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


@lru_cache(maxsize=20_000)
def squeezed(text: str) -> str:
    """Text as compared: NFKC, no case, no spaces."""
    return "".join(plain(text).casefold().split())


def same_option(a: str, b: str) -> bool:
    """Whether a reader, or the grader, could take one option for the other."""
    if squeezed(a) == squeezed(b):
        return True
    x, y = _quantity(a), _quantity(b)
    if x is None or y is None:
        return False
    if (x.unit is None) != (y.unit is None):
        return x.number == y.number
    if x.unit is None or y.unit is None:
        close = 0.0 if x.number.is_integer() and y.number.is_integer() else REL_TOL
        return abs(x.number - y.number) <= close * max(abs(x.number), abs(y.number))
    if x.unit.dim != y.unit.dim and not (x.unit.bare_prefix or y.unit.bare_prefix):
        return False
    one, other = x.number * x.unit.scale, y.number * y.unit.scale
    return abs(one - other) <= 2 * REL_TOL * max(abs(one), abs(other))


@lru_cache(maxsize=20_000)
def _quantity(text: str) -> Quantity | None:
    return parse_whole(plain(text))


def wrong_options(draft: Draft, rng: random.Random | None = None) -> list[str]:
    """The first three distractors that differ from the answer and from each other; fewer where there are not.

    With `rng`, the third often gives way to a longer one where the answer would be the longest of the four.
    """
    chosen: list[str] = []
    need = len(LETTERS) - 1
    even_out = rng is not None and rng.random() < 0.75
    for d in draft.distractors:
        full = len(chosen) == need
        if full and not (even_out and len(draft.answer) > max(map(len, chosen))):
            break
        kept = chosen[: need - 1] if full else chosen
        if full and len(d) < len(draft.answer):
            continue
        if d.strip() and not any(same_option(d, other) for other in (draft.answer, *kept)):
            chosen = [*kept, d]
    return chosen


def gives_itself_away(draft: Draft) -> bool:
    """The question prints its own answer outside a list of choices."""
    if _BARE_NUMBER.fullmatch(draft.answer):
        return False  # `3` in `R3` or in `A=1` says nothing
    if squeezed(draft.answer) not in squeezed(draft.question):
        return False
    question, answer = (plain(t).casefold() for t in (_ASIDE.sub(" ", draft.question), draft.answer))
    pattern = r"\s*".join(re.escape(token) for token in _TOKEN.findall(answer))
    if answer[:1].isascii() and answer[:1].isalnum():
        pattern = r"(?<![a-z0-9.])" + pattern
    if answer[-1:].isascii() and answer[-1:].isalnum():
        pattern += r"(?![a-z0-9]|\.\d)"
    return re.search(pattern, question) is not None


def fault(draft: Draft) -> str:
    """Why a Draft cannot become an Item; empty if it can."""
    if not draft.question.strip() or not draft.answer.strip():
        return "empty"
    if gives_itself_away(draft):
        return "answer in question"
    if draft.form == "mcq" and len(wrong_options(draft)) < len(LETTERS) - 1:
        return "too few options"
    return ""
