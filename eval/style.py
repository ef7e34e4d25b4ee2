"""`--style-of N`: answers to the most similar questions of the train split, shown as examples of how to answer.

Text only: the pictures of the examples are not sent, so they show form (units, letters, wording), not what to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eval.mode import WayError
from qa.dataset import Dataset
from qa.formats.asked import Asked
from qa.item import Form, Item, Lang
from qa.prompts import assistant_text, question_text
from qa.standing import standing

INTRO = {
    "zh": "下面是其他图上类似问题的作答样例(图不同,答案不能照抄,只看写法):",
    "en": "Answers to similar questions on other pictures, as examples of form (their answers are not yours):",
}
_SHOWN = ("accepted", "unchecked")
"""An Item that was rejected, or waits for a person, may be wrong."""
NOW = {"zh": "现在的问题:", "en": "Now the question:"}


@dataclass
class _Shelf:
    """The train questions of one form and language, searchable."""

    items: list[Item]
    index: Any


class Examples:
    """Finds, for a row, the N most similar questions of the train split by BM25 over words (Chinese cut by jieba)."""

    def __init__(self, data: Dataset, count: int, forms: Sequence[Form]) -> None:
        """Raises WayError where the train split has no question of one of these forms."""
        self.count = count
        self._shelves: dict[tuple[Form, Lang], _Shelf] = {}
        by_kind: dict[tuple[Form, Lang], list[Item]] = {}
        for item in data.items():
            if item.split == "train" and item.form in forms and standing(item) in _SHOWN:
                by_kind.setdefault((item.form, item.lang), []).append(item)
        if not by_kind:
            raise WayError(
                f"{data.root} has no train questions of the form {' or '.join(forms)} to take examples from;"
                " run without --style-of"
            )
        for kind, items in by_kind.items():
            self._shelves[kind] = _Shelf(items, _index([i.question for i in items]))

    def similar(self, row: Asked) -> list[Item]:
        """The most similar train questions, each question text once, never of the row's own group or picture."""
        shelf = self._shelves.get((row.form, row.lang))
        if shelf is None:
            return []
        words = _words(row.question)
        if not words:  # nothing to search by
            return []
        scores = shelf.index.get_scores(words)
        best: dict[str, Item] = {}
        pictures = set(row.images)
        for n in scores.argsort(kind="stable")[::-1]:
            item = shelf.items[int(n)]
            if not (row.group and item.group == row.group) and not pictures & set(item.pictures):
                best.setdefault(item.question, item)
            if len(best) == self.count:
                break
        return list(best.values())

    def __call__(self, row: Asked) -> str:
        """The examples as text, the most similar last; empty where there are none."""
        found = self.similar(row)[::-1]
        if not found:
            return ""
        shown = [f"{question_text(i.question, i.options, 'json', i.lang)}\n{assistant_text(i)}" for i in found]
        return "\n\n".join([INTRO[row.lang], *shown, NOW[row.lang]])


def _index(texts: Sequence[str]) -> Any:
    import bm25s

    index = bm25s.BM25()
    index.index([_words(t) for t in texts], show_progress=False)
    return index


def _words(text: str) -> list[str]:
    return [w for w in _jieba().lcut(text.casefold()) if any(c.isalnum() for c in w)]


@cache
def _jieba() -> Any:
    import logging
    import warnings

    with warnings.catch_warnings(action="ignore"):  # of its import of pkg_resources
        import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba
