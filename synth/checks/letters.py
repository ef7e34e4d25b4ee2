"""Right letters evenly over A to D: options reordered once, before anybody is asked about them.

The id of an Item stays: it names the question, and reviews, splits and the journal go by it. The check `letters` says
that an Item had its turn, so it never moves again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from re import IGNORECASE
from re import compile as pattern

from qa.item import LETTERS, Check, Item
from qa.letters import read_choice
from qa.reply import clean
from qa.standing import BLIND, REVIEW, VOTE, latest
from synth.checks.panel import by_teacher
from synth.checks.relabel import relabelled

LETTERS_CHECK = "letters"
_BY = "letters@1"
_FIXED = pattern(
    r"以上|上述|前述|都(?:不|没|对|正确|错)|均(?:不|正确|错|可)|其他选项|\b(?:all|none|both|neither|any) of\b|\babove\b"
    r"|\bboth\b|\bneither\b"
    r"|(?<![A-Za-z0-9])[A-D]\s*(?:和|与|、|及|或|,|&|\band\b|\bor\b)\s*[A-D](?![A-Za-z0-9])|选项\s*[A-D]|\boption\s+[A-D]\b",
    IGNORECASE,
)
_NAMES_OPTIONS = pattern(r"选项\s*[A-D](?![A-Za-z0-9])|\boptions?\s+[A-D]\b", IGNORECASE)


def shuffled(items: list[Item], seed: int) -> list[Item]:
    """The Items with every new multiple-choice question of a teacher given its final order.

    The right letter goes where it is needed most among the questions with as many options; what depends on the order
    (`以上都不是`, `both A and B`, an explanation whose letters cannot be told from names) stays as it is.
    """
    used: dict[int, Counter[str]] = defaultdict(Counter)
    for item in items:
        if item.options and by_teacher(item) and (not _is_new(item) or _is_fixed(item)):
            used[len(item.options)][item.answer_text] += 1
    new = sorted((i for i in items if i.options and _is_new(i)), key=lambda i: i.id)  # not as answers came in
    placed = {i.id: _placed(i, used[len(i.options or ())], seed) for i in new}
    return [placed.get(i.id, i) for i in items]


def _is_new(item: Item) -> bool:
    had = latest(item)
    return by_teacher(item) and not had.keys() & {LETTERS_CHECK, BLIND, VOTE, REVIEW}


def _is_fixed(item: Item) -> bool:
    texts = item.options or ()
    return any(_FIXED.search(o) for o in texts) or _NAMES_OPTIONS.search(item.question) is not None


def _placed(item: Item, used: Counter[str], seed: int) -> Item:
    if _is_fixed(item):
        return _marked(item, "kept: the order belongs to the question")
    options = item.options or ()
    letters = LETTERS[: len(options)]
    rng = Random(f"letters/{seed}/{item.id}")
    lots = {x: rng.random() for x in letters}
    target = min(letters, key=lambda x: (used[x], lots[x]))
    others = [x for x in letters if x != item.answer]
    rng.shuffle(others)
    # order[i]: the old letter of what now stands at place i
    order = others
    order.insert(letters.index(target), item.answer_text)
    moved = dict(zip(order, letters, strict=True))
    explanation = relabelled(item.explanation, moved)
    if explanation is None or not _still_says(explanation, item, order, target):
        used[item.answer_text] += 1
        return _marked(item, "kept: the explanation's letters cannot be told from names")
    used[target] += 1
    new = item.model_copy(
        update={
            "options": tuple(options[LETTERS.index(x)] for x in order),
            "answer": target,
            "explanation": explanation,
        }
    )
    return _marked(new, f"written as {''.join(moved[x] for x in letters)}")


def _still_says(explanation: str, item: Item, order: list[str], target: str) -> bool:
    """Whether the reordered explanation comes to the letter that the old one came to."""
    options = item.options or ()
    old = read_choice(clean(item.explanation), options)
    new = read_choice(clean(explanation), tuple(options[LETTERS.index(x)] for x in order))
    if old.letter is None or not old.why.startswith("read as"):
        return True
    return new.letter is not None and order[LETTERS.index(new.letter)] == old.letter


def _marked(item: Item, note: str) -> Item:
    check = Check(name=LETTERS_CHECK, verdict="pass", by=_BY, note=note)
    origin = item.origin.model_copy(update={"checks": (*item.origin.checks, check)})
    return item.model_copy(update={"origin": origin})
