"""A teacher for tests of kd: it works out the questions of a folder, rightly or wrongly as its script says.

Run as: python -m tests.kd.solving_teacher '{"truth": "truth.json", "wrong": 0.3}'

The truth was written beforehand (`teach`). What it does to a request follows from hashes, never from chance. Nothing of
the kit is imported by the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from tests.conftest import ROOT
from tests.synth.knowing_teacher import said
from tests.synth.teacher.fake_teacher import Server, running, serve_forever, share

KEY = "sk-distilled-0123456789abcdef"
STEPS = {
    "zh": "1. 先看图中的元件和连接关系。\n2. 第{n}种想法:由图逐步推出结果。",
    "en": "1. Look at the parts and what joins them.\n2. Way {n}: the result follows from the picture.",
}
MISTAKEN = "(mistaken)"
"""Stands in the steps of every wrong reply, so that a test finds what should not have been kept."""
LAST = {"zh": "答案:{}", "en": "Answer: {}"}


class Solving(Server):
    """`wrong`, `mute`, `bare`, `torn`: shares of answers that are wrong, hold none, no steps, or say two answers."""

    def __init__(self, script: dict[str, Any]) -> None:
        super().__init__({"wrong": 0.0, "mute": 0.0, "bare": 0.0, "torn": 0.0, "ways": 3, "finish": "stop", **script})
        self.truth: list[dict[str, Any]] = json.loads(Path(script["truth"]).read_text("utf-8"))

    def name_of(self, request: dict[str, Any]) -> str:
        return hashlib.sha256(json.dumps([request["model"], request["messages"]]).encode()).hexdigest()[:16]

    def text_for(self, name: str, request: dict[str, Any]) -> str:
        s, text, time = self.script, "\n".join(said(request)[0]), self.paid[name]
        known = next((q for q in self.truth if q["asked"] in text and q["picture"] in said(request)[1]), None)
        if known is None:
            self.counts["unknown"] += 1
            return "?"
        chance, lang = share("kind", name, time), known["lang"]
        steps = STEPS[lang].format(n=int(share("way", name, time) * s["ways"]))
        last = LAST[lang]
        if chance < s["wrong"]:
            return f"{steps} {MISTAKEN}\n{last.format(known['wrong'])}"
        if chance < s["wrong"] + s["mute"]:
            return steps + "\n" + last.format("无法确定" if lang == "zh" else "cannot be determined")
        if chance < s["wrong"] + s["mute"] + s["bare"]:
            return last.format(known["answer"])
        if chance < s["wrong"] + s["mute"] + s["bare"] + s["torn"]:
            return f"{steps} {MISTAKEN}\n{last.format(known['wrong'])}\n3. ...\n{last.format(known['answer'])}"
        return f"{steps}\n{last.format(known['answer'])}"

    def completion(self, name: str, text: str, corrected: bool, echo: str) -> dict[str, Any]:
        done = super().completion(name, text, corrected, echo)
        done["choices"][0]["finish_reason"] = self.script["finish"]
        return done


def teach(items: Iterable[Any], path: Path) -> Path:
    """Writes the truth of these Items for the teacher: how each is asked, its answer and a wrong one."""
    from qa.prompts import user_text
    from tests.synth.known_truth import wrong_answer

    known = []
    for item in items:
        if isinstance(item.answer, str):
            known.append(
                {
                    "asked": user_text(item), "picture": Path(item.pictures[0]).stem, "lang": item.lang,
                    "answer": item.answer_text, "wrong": wrong_answer(item),
                }
            )  # fmt: skip
    path.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
    return path


@contextlib.contextmanager
def solving_teacher(truth: Path, **script: Any) -> Iterator[str]:
    """A server that knows this truth; yields its base URL."""
    with running(["-m", "tests.kd.solving_teacher"], {"truth": str(truth), **script}) as url:
        yield url


def teachers_yaml(home: Path, url: str, names: Iterable[str] = ("one",), **settings: object) -> Path:
    """teachers.yaml in `home`: a dollar a million tokens, the key from KD_KEY."""
    more = "".join(f", {k}: {v}" for k, v in settings.items())
    rows = [
        f"  - {{name: {n}, base_url: '{url}', model: m-{n}, key_env: KD_KEY,"
        f" price: {{input: 1, output: 1, date: 2026-01-01}}{more}}}\n"
        for n in names
    ]
    (home / "teachers.yaml").write_text("teachers:\n" + "".join(rows), "utf-8")
    return home / "teachers.yaml"


def command(*words: str) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of `circuit-vqa kd WORDS`."""
    return [sys.executable, "-m", "circuit_vqa", "kd", *words], os.environ | {"KD_KEY": KEY, "PYTHONPATH": str(ROOT)}


def kd(home: Path, *words: str, code: int = 0) -> str:
    """Runs `circuit-vqa kd WORDS` in this process, in `home`; returns all it said."""
    from circuit_vqa import main

    out = io.StringIO()
    with (
        contextlib.chdir(home),
        mock.patch.dict(os.environ, {"KD_KEY": KEY}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        got = main(["kd", *words])
    said = out.getvalue()
    assert got == code, f"exit code {got}\n{said}"
    assert KEY not in said
    return said


if __name__ == "__main__":
    asyncio.run(serve_forever(Solving(json.loads(sys.argv[1]))))
