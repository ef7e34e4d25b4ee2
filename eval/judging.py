"""A judge model's marks for open answers: asked like any model, kept by content, read by the bench from a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from eval.asking import Replies, Sampling, ask
from eval.benches.circuit_open import judge_prompt, judged
from eval.cases import Case, Turn
from eval.plain import line
from eval.replies import Reply, ReplyStore
from eval.server import Endpoint
from qa.dataset import write_whole

MARK = "judge"
"""Name of the measure."""
_MAX_TOKENS = 2048
"""Room for a judge that thinks first; one that does not stops by itself."""


@dataclass(frozen=True)
class Judged:
    """What came of the answers that were to be marked."""

    marked: int = 0
    """With a mark, those that are `empty` among them."""
    empty: int = 0
    """Answers that say nothing, or were refused by the model's server: marked 0, and the judge was not asked."""
    unread: int = 0
    """The judge replied, but no mark could be read: left out of the mean."""
    cut_off: int = 0
    """Of the unread ones, those in which the judge was cut off."""
    refused: int = 0
    """The judge's server refused the question: left out of the mean."""
    example: str = ""
    """The first reply of the judge that could not be read, in one line."""

    def counts(self) -> dict[str, int]:
        """For the report."""
        return {k: getattr(self, k) for k in ("marked", "empty", "unread", "cut_off", "refused")}


def judge(
    asked: Sequence[Case], replies: Replies, endpoint: Endpoint, store: ReplyStore, at_once: int, file: Path,
    on_reply: Callable[[int], None],
) -> Judged:  # fmt: skip
    """Ask the judge about every reply and write its marks to `file`; returns how many it marked, and how many not.

    An empty or refused reply gets 0 without being asked about; one the judge gives no mark for is left out.
    Raises KitError where the judge's server is of no use.
    """
    numbers = [n for n in range(len(asked)) if n in replies.by_case and replies.by_case[n].text.strip()]
    todo = [
        Case(asked[n].row, (Turn("user", judge_prompt(asked[n].row, replies.by_case[n].text)),)) for n in numbers
    ]  # fmt: skip
    said = ask(todo, endpoint, Sampling(max_tokens=_MAX_TOKENS), store, at_once, on_reply)
    marks: dict[str, float] = {_name(case.row.id, case.rotation, case.repeat): 0.0 for case in asked}
    unread: list[Reply] = []
    for i, n in enumerate(numbers):
        mark = judged(said.by_case[i].text) if i in said.by_case else None
        if mark is None and i in said.by_case:
            unread.append(said.by_case[i])
        name = _name(asked[n].row.id, asked[n].rotation, asked[n].repeat)
        if mark is None:
            del marks[name]
        else:
            marks[name] = mark
    write_whole(file, json.dumps(marks).encode())
    return Judged(
        marked=len(marks),
        empty=len(asked) - len(numbers),
        unread=len(unread),
        cut_off=sum(r.stop == "max_tokens" for r in unread),
        refused=len(said.refused),
        example=line(unread[0].text) if unread else "",
    )


class Marks:
    """The marks in a file, by question."""

    def __init__(self, file: Path) -> None:
        self._marks: dict[str, float] = json.loads(file.read_bytes())

    @classmethod
    def of(cls, file: Path) -> Marks:
        """The marks of a file, read once as long as it stays the same."""
        return _read(file, file.stat().st_mtime_ns)

    def scores(self, asked: Mapping[str, Any]) -> dict[str, float]:
        """`{"judge": 0.7}` for a question, empty where the judge gave no mark."""
        mark = self._marks.get(_name(asked["id"], asked["rotation"], asked["repeat"]))
        return {} if mark is None else {MARK: mark}


def _name(item: str, rotation: int, repeat: int) -> str:
    return f"{item}/{rotation}/{repeat}"


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> Marks:
    return Marks(file)
