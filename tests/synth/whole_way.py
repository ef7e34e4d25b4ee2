"""A folder of pictures, three teachers that know them, and every command on the way to a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.dataset import Dataset
from qa.item import Item
from tests.command_line import said
from tests.synth import known_truth
from tests.synth.knowing_teacher import knowing_teacher
from tests.synth.teacher.fake_teacher import counted

KEY = "sk-the-whole-way-0123456789abcdef"
INPUT, OUTPUT = 1.0, 4.0
ANSWER_COST = (1000 * INPUT + 200 * OUTPUT) / 1e6
"""US dollars: the fake teacher says 1000 tokens in and 200 out of every answer."""
TEACHERS = {
    "writer": {"wrong": 0.15, "twins": 0.3, "faults": 0.3},
    "second": {"wrong": 0.06, "chatty": 0.5},
    "third": {"wrong": 0.06, "chatty": 0.2},
}


@dataclass
class Way:
    """One person's folder and what the commands said."""

    home: Path
    url: str
    truth: dict[str, Any]
    said: dict[str, str] = field(default_factory=dict)
    decided: dict[str, str] = field(default_factory=dict)
    """Item -> what a person decided."""

    @property
    def data(self) -> Path:
        return self.home / "data" / "mine"

    def vqa(self, *words: str, code: int = 0) -> str:
        """Runs `circuit-vqa synth WORDS` in the home folder; returns all it said."""
        text = said("synth", *words, cwd=self.home, code=code, KNOWING_KEY=KEY)
        self.said[" ".join(words)] = text
        return text

    def items(self, folder: str = "") -> list[Item]:
        return list(Dataset.open(self.data / folder).items())

    def asked(self) -> dict[str, Any]:
        """What the teachers counted."""
        return counted(self.url)

    def label_is_right(self, item: Item) -> bool:
        """Whether a teacher's Item is labelled as the truth has it, also where its words were changed a little."""
        squeezed = "".join(item.question.split())
        known = [
            q
            for q in self.truth[item.origin.file][item.lang]
            if "".join(q["question"].split()) in squeezed and q["form"] == item.form
        ]
        assert known, f"a question nobody taught: {item.question}"
        return known_truth.is_right(item, max(known, key=lambda q: len(q["question"])))


@contextmanager
def whole_way(home: Path, truth: dict[str, Any], **script: Any) -> Iterator[Way]:
    """Teachers with this truth, and teachers.yaml in `home`; pictures are put into home/pictures by the caller."""
    known = known_truth.write(truth, home / "truth.json")
    with knowing_teacher(known, home / "data" / "mine", TEACHERS, **script) as url:
        lines = [
            f"  - {{name: {name}, base_url: '{url}', model: {name}, key_env: KNOWING_KEY,"
            f" price: {{input: {INPUT}, output: {OUTPUT}, date: 2026-11-01}}}}\n"
            for name in TEACHERS
        ]
        (home / "teachers.yaml").write_text("teachers:\n" + "".join(lines), "utf-8")
        yield Way(home, url, truth)
