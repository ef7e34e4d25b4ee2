"""The stand-in in pretraining with what helps it learn and is thrown away: heads, choices, its compact vocabulary."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import nn

from swift_recipes.seeing import shards
from swift_recipes.seeing.balance import Fair
from swift_recipes.seeing.choices import Choices
from swift_recipes.seeing.heads import Heads, Letters
from swift_recipes.seeing.model import pretrainable
from swift_recipes.seeing.rows import Vocabulary
from swift_recipes.stand_in import build_tokenizer


def texts_of(pictures: list[shards.Picture]) -> Iterator[str]:
    """Every text a model is asked or should say about these pictures."""
    for picture in pictures:
        for asked in (*picture.truth["lists"], *picture.truth["questions"]):
            yield asked["user"]
            yield asked["reply"]


def first(folder: Path, count: int = 24) -> Iterator[shards.Picture]:
    """The pictures of the first shards: enough of them to meet all there is."""
    return (p for path in shards.paths(folder)[:count] for p in shards.read(path))


def in_use(pictures: list[shards.Picture], tokenizer: Any) -> tuple[Vocabulary, Letters, tuple[str, ...]]:
    """Vocabulary, letters and kinds of part in these pictures."""
    letters = {c for p in pictures for t in p.truth["texts"] for c in t["line"]}
    letters |= {c for p in pictures for part in p.truth["parts"] for c in part["ref"] + part["value"]}
    kinds = {part["kind"] for p in pictures for part in p.truth["parts"]}
    return Vocabulary.of(tokenizer, texts_of(pictures)), Letters(sorted(letters)), tuple(sorted(kinds))


class Student:
    """A model in pretraining; the vocabulary it began with is kept in `out`."""

    def __init__(self, data: Path, out: Path, seed: int) -> None:
        tokenizer = build_tokenizer()
        pictures = list(first(data / "train"))
        kept = out / "vocabulary.json"
        if kept.is_file():
            facts = json.loads(kept.read_text("utf-8"))
            self.vocabulary = Vocabulary(tokenizer, facts["ids"])
            letters, kinds = Letters(facts["letters"]), tuple(facts["kinds"])
        else:
            self.vocabulary, letters, kinds = in_use(pictures, tokenizer)
            out.mkdir(parents=True, exist_ok=True)
            facts = {"ids": self.vocabulary.ids, "letters": letters.letters, "kinds": kinds}
            kept.write_text(json.dumps(facts), "utf-8")
        self.fair = Fair(q for p in pictures for q in p.truth["questions"])
        self.model = pretrainable(len(self.vocabulary), seed)
        width = self.model.config.text_config.hidden_size
        self.heads, self.choices = Heads(width, kinds, letters), Choices(width)

    def parts(self) -> dict[str, nn.Module]:
        """What is trained, by its name in the saved state."""
        return {"model": self.model, "heads": self.heads, "choices": self.choices}
