"""Guessers that see a question and its options but never the picture: what they score, the set gives away."""

from __future__ import annotations

import hashlib
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence

from qa.item import LETTERS, Item
from qa.quantity import parse_whole
from qa.reply import plain
from qa.units import NONE


def guessers(items: Sequence[Item]) -> dict[str, float]:
    """Accuracy (0 to 1) of each guesser on multiple-choice items; there must be one at least."""
    letters = Counter(str(i.answer) for i in items)
    commonest = max(letters, key=lambda x: (letters[x], x))
    # What a model may learn from one half of the circuits without looking, tried on the other half.
    halves = [half(i) for i in items]
    texts: dict[tuple[bool, str, str], Counter[str]] = defaultdict(Counter)
    for i, h in zip(items, halves, strict=True):
        texts[h, i.topic, i.lang][right_text(i)] += 1
    guesses = {
        "first option": lambda i, h: "A",
        "most frequent letter": lambda i, h: commonest,
        "longest option": lambda i, h: _best([len(o) for o in i.options]),
        "shortest option": lambda i, h: _best([-len(o) for o in i.options]),
        "middle value": lambda i, h: median_option(i),
        "habit (likeliest text of the topic)": lambda i, h: _best(
            [texts[not h, i.topic, i.lang][o] for o in i.options]
        ),
    }
    return {
        name: sum(guess(i, h) == i.answer for i, h in zip(items, halves, strict=True)) / len(items)
        for name, guess in guesses.items()
    }


def median_option(item: Item) -> str:
    """The option nearest the median of the options' values; the first where they are no quantities."""
    values: list[float] = []
    for option in item.options or ():
        quantity = parse_whole(plain(option))
        value = quantity.value(NONE) if quantity else None
        if value is None:
            return LETTERS[0]
        values.append(value)
    middle = statistics.median(values)
    return _best([-abs(v - middle) for v in values])


def half(item: Item) -> bool:
    """Which half of the circuits an Item is in."""
    return hashlib.sha256(item.group.encode()).digest()[-1] % 2 == 0


def right_text(item: Item) -> str:
    """The text of the right option of a multiple-choice Item."""
    return (item.options or ())[LETTERS.index(str(item.answer))]


def _best(scores: Sequence[float]) -> str:
    return LETTERS[max(range(len(scores)), key=scores.__getitem__)]
