"""What the tests of the scheduler share; run as a program, it asks until it ends or is killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from synth.teacher.call import Call, Message
from synth.teacher.config import Price, Teacher
from synth.teacher.journal import Journal
from synth.teacher.schedule import ask


def teacher(url: str, name: str = "fake", **settings: object) -> Teacher:
    """A teacher at this address, a dollar a thousand tokens."""
    price = Price.model_validate({"input": 1000, "output": 1000, "date": "2026-01-01"})
    return Teacher.model_validate({"name": name, "base_url": url, "model": "m", "price": price, **settings})


def calls(count: int, picture: Path, to: str = "fake", prompt: str = "write@1") -> Iterator[Call]:
    """So many different calls about one picture."""
    for i in range(count):
        yield Call(f"r{i}", to, prompt, (Message("user", f"row r{i} ?", (picture,)),))


def main() -> None:
    url, folder, count, concurrency = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    fake = teacher(url, concurrency=concurrency)
    with Journal(folder / "journal.sqlite") as journal:
        for answer in ask(calls(count, folder / "a.png"), {"fake": fake}, journal):
            print(answer.call.row, answer.cached, flush=True)


if __name__ == "__main__":
    main()
