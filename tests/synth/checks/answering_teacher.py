"""A teacher for tests of the checks: it replies to a question what the test wrote down for it, and keeps every request.

Run as: python -m tests.synth.checks.answering_teacher '{"says": {"second": {"R1": "答案:A"}}, "log": "asked"}'
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.synth.teacher.fake_teacher import Server, running, serve_forever

REFUSED = "<refused>"


class Answering(Server):
    """`says`: model -> part of a question -> reply, or replies one after the other, the last one again and again."""

    def __init__(self, script: dict[str, Any]) -> None:
        super().__init__(script)
        self.says: dict[str, dict[str, Any]] = script["says"]
        self.times: Counter[tuple[str, str]] = Counter()

    def name_of(self, request: dict[str, Any]) -> str:
        return f"{request['model']}:{self.part(request)}"

    def part(self, request: dict[str, Any]) -> str:
        text = json.dumps(request["messages"], ensure_ascii=False)
        return max((p for p in self.says[request["model"]] if p in text), key=len, default="")

    def text_for(self, name: str, request: dict[str, Any]) -> str:
        with Path(self.script["log"]).open("a", encoding="utf-8") as log:
            log.write(json.dumps(request, ensure_ascii=False) + "\n")
        replies = self.says[request["model"]].get(self.part(request), "答案:无法确定")
        replies = [replies] if isinstance(replies, str) else replies
        said: str = replies[min(self.times[name, ""], len(replies) - 1)]
        self.times[name, ""] += 1
        self.counts[request["model"]] += 1
        return said

    def completion(self, name: str, text: str, corrected: bool, echo: str) -> dict[str, Any]:
        done = super().completion(name, text, corrected, echo)
        if text == REFUSED:
            done["choices"][0]["message"] = {
                "role": "assistant",
                "content": None,
                "refusal": "I cannot help with that.",
            }
        return done


class Teachers:
    """teachers.yaml with one teacher for each model, and what they were asked."""

    def __init__(self, home: Path, url: str, models: list[str]) -> None:
        self.file, self.log, self.url = home / "teachers.yaml", home / "asked.jsonl", url
        rows = [
            f"  - {{name: {m}, base_url: '{url}', model: {m}, price: {{input: 1, output: 1, date: 2026-11-01}}}}\n"
            for m in models
        ]
        self.file.write_text("teachers:\n" + "".join(rows), "utf-8")

    def asked(self) -> list[dict[str, Any]]:
        """Every request that was answered, as it came."""
        return [json.loads(x) for x in self.log.read_text("utf-8").splitlines()] if self.log.is_file() else []


@contextmanager
def answering(home: Path, says: Mapping[str, Mapping[str, Any]], **script: Any) -> Iterator[Teachers]:
    """Teachers that say this; one for each model named."""
    home.mkdir(parents=True, exist_ok=True)
    full = {"says": says, "log": str(home / "asked.jsonl"), **script}
    with running(["-m", "tests.synth.checks.answering_teacher"], full) as url:
        yield Teachers(home, url, list(says))


if __name__ == "__main__":
    asyncio.run(serve_forever(Answering(json.loads(sys.argv[1]))))
