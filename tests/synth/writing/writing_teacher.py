"""A teacher for tests that writes questions in the form of the write prompts, and errs as its script says.

Run as: python -m tests.synth.writing.writing_teacher '{"latency": 0.1, "wrong_letters": 0.2}'

What it writes follows from the picture alone. Nothing of the kit is imported here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.synth.teacher.fake_teacher import Server, running, serve_forever, share

SCRIPT = {
    "wrong_letters": 0.0,  # share of pictures whose first reply has two questions that cannot be used
    "few": 0.0,  # share of pictures whose first reply has three questions and skips nothing
    "junk": 0.0,  # share of pictures it only ever talks about
    "not_circuits": 0.0,  # share of pictures it skips altogether, with reasons
}
CATEGORIES = ("recognition", "connection", "function", "calculation", "absent")


class Writing(Server):
    """The fake teacher with questions that the kit takes."""

    def __init__(self, script: dict[str, Any]) -> None:
        super().__init__({**SCRIPT, **script})

    def name_of(self, request: dict[str, Any]) -> str:
        """The picture, by the hash of what was sent."""
        urls = (p["image_url"]["url"] for m in request["messages"] for p in parts(m) if p["type"] == "image_url")
        return hashlib.sha256(next(urls, "?").encode()).hexdigest()[:12]

    def cut(self, text: str) -> str:
        return text[: len(text) * 2 // 3]

    def text_for(self, name: str, request: dict[str, Any]) -> str:
        s = self.script
        said = "\n".join(p["text"] for m in request["messages"] for p in parts(m) if p["type"] == "text")
        zh, as_text = "图" in said, '"questions"' not in said
        again = re.search(r"补出 (\d+) 道题|write (\d+) more", said)
        self.counts["corrections" if again else "first"] += 1
        if share("junk", name) < s["junk"]:
            return "这是一张很好的电路图。" if zh else "What a fine circuit."
        if share("circuit", name) < s["not_circuits"]:
            return written([], zh, as_text)
        wanted = re.search(r"至少 (\d+) 道题|at least (\d+) questions", said)
        count = int(next(g for g in wanted.groups() if g)) if wanted else 5
        if again:  # others than the first time
            missing = int(again[1] or again[2])
            return written([question(name, i, zh) for i in range(50, 50 + missing)], zh, as_text)
        made = [question(name, i, zh) for i in range(count)]
        if share("letters", name) < s["wrong_letters"]:
            made[0]["answer"] = "E"
            made[1]["options"] = ["R1", "R2", "R1", "R4"]
        if share("few", name) < s["few"]:
            made = made[:3]
        return written(made, zh, as_text)


def parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Texts and pictures of one turn."""
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def question(name: str, i: int, zh: bool) -> dict[str, Any]:
    """The i-th question on a picture: three mcq, then a fill, and so on."""
    category = CATEGORIES[i % 5]
    if i % 5 == 3:
        value = 10 + int(share(name, i) * 900)
        ask = f"图中电阻R{i + 1}的阻值为______Ω。" if zh else f"In the picture resistor R{i + 1} has ______ Ω."
        why = f"图中R{i + 1}标注{value}Ω。" if zh else f"Next to R{i + 1} the picture says {value} Ω."
        return {"category": category, "form": "fill", "topic": "value", "question": ask, "options": None,
                "answer": str(value), "explanation": why}  # fmt: skip
    first = int(share(name, i, "first") * 90)
    right = int(share(name, i, "letter") * 4)
    options = [f"R{first + k}" for k in range(4)]
    ask = f"图中与引脚{i + 1}相连的是哪个电阻?" if zh else f"Which resistor is connected to pin {i + 1} in the picture?"
    why = f"由图可见是{options[right]}。" if zh else f"The picture shows that it is {options[right]}."
    return {"category": category, "form": "mcq", "topic": "Connected To", "question": ask, "options": options,
            "answer": "ABCD"[right], "explanation": why}  # fmt: skip


def written(questions: list[dict[str, Any]], zh: bool, as_text: bool) -> str:
    """The whole reply; a reply without questions skips every category."""
    skipped = [] if questions else [{"category": c, "reason": "no circuit"} for c in CATEGORIES]
    if not as_text:
        return json.dumps({"questions": questions, "skipped": skipped}, ensure_ascii=False)
    heads = ("问题", "选项", "答案", "解析", "类别", "跳过") if zh else (
        "Question", "Options", "Answer", "Explanation", "Category", "Skipped"
    )  # fmt: skip
    lines = []
    for q in questions:
        lines.append(f"{heads[0]}: {q['question']}")
        if q["options"]:
            lines.append(f"{heads[1]}: " + " ".join(f"{x}. {o}" for x, o in zip("ABCD", q["options"], strict=True)))
        lines += [f"{heads[2]}: {q['answer']}", f"{heads[3]}: {q['explanation']}"]
        lines += [f"{heads[4]}: {q['category']}/{q['topic']}", ""]
    return "\n".join(lines + [f"{heads[5]}: {s['category']}: {s['reason']}" for s in skipped])


@contextmanager
def writing_teacher(**script: Any) -> Iterator[str]:
    """A server with this script; yields its base URL."""
    with running(["-m", "tests.synth.writing.writing_teacher"], script) as url:
        yield url


if __name__ == "__main__":
    asyncio.run(serve_forever(Writing(json.loads(sys.argv[1]))))
