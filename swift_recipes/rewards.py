"""What a reply is worth to reinforcement learning, by the one grader. Pure; plugins.py hands these to ms-swift.

answer   right 1.0, wrong 0.0, component lists their F1
form     1.0 where the last line is the answer as asked for (`答案:…`, `Answer: …`) and can be read, else 0.0
length   0.0 up to CIRCUIT_REWARD_CHARS characters, then falling evenly to -1.0 at twice as many
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from qa.errors import KitError
from qa.formats import swift_rows
from qa.formats.asked import Asked
from qa.prompts import ASK, LEAD
from qa.reply import clean

CHARS_ENV = "CIRCUIT_REWARD_CHARS"
CHARS = 300
"""Characters that cost nothing: a short reason and the answer."""


@lru_cache(maxsize=4_096)
def read_solution(solution: str) -> Asked:
    """What is asked, from the `solution` column of swift/grpo.jsonl; cached, as every row is answered many times.

    Raises:
        ValueError: it is not what `synth export` writes there; one line.
    """
    return swift_rows.read_solution(solution)


def answer(asked: Asked, reply: str) -> float:
    """1.0 for a right answer, 0.0 for a wrong or unreadable one; component lists: F1."""
    return asked.grade(reply).score


def form(asked: Asked, reply: str) -> float:
    """1.0 where the reply ends with the line that was asked for, in the language of the question, else 0.0.

    Whether the answer in it is right does not matter. Where no last line was asked for (component lists, JSON, YAML,
    netlists), a reply that can be read is enough.
    """
    if (asked.form, asked.lang) in ASK:
        lead = clean(LEAD[asked.lang])
        reply = clean(reply).rpartition("\n")[2].strip()
        if not reply.startswith(lead) or not any(c.isalnum() for c in reply.removeprefix(lead)):
            return 0.0
    return float(asked.grade(reply).verdict != "unparsed")


def length(reply: str, free: int) -> float:
    """0.0 for up to `free` characters, -1.0 from twice as many on, evenly between."""
    return -min(1.0, max(0, len(reply) - free) / free)


def free_chars() -> int:
    """How many characters cost nothing: CIRCUIT_REWARD_CHARS. Raises KitError if that is no whole number above 0."""
    text = os.environ.get(CHARS_ENV, str(CHARS)).strip()
    if not text.isdecimal() or int(text) < 1:
        raise KitError(f"{CHARS_ENV}={text}: must be a whole number of characters above 0, as {CHARS_ENV}={CHARS}")
    return int(text)


def text_of(completion: object) -> str:
    """The reply in a completion: a text, or a list of turns of which the last counts; empty for anything else."""
    if isinstance(completion, list | tuple) and completion:
        completion = completion[-1]
    if isinstance(completion, Mapping):
        completion = completion.get("content")
    return completion if isinstance(completion, str) else ""
