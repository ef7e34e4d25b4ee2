"""Does the stand-in look? Multiple choice on held-out pictures, and on blank ones of the same size.

    python -m benchmarks.stand_in_sees --model models/tiny --data data/families [--level 1] [--count 400]

Two sets of test questions: as they come, and drawn so that usual answers do not help (`fair`). Of each: right answers
with a 95 % interval (Wilson), of the pictures, of blank pictures, and of a habit learnt from the train split, which
says what is usually right and never looks.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections import Counter
from pathlib import Path

from eval.stats import wilson
from qa.dataset import Dataset
from qa.grading import grade_item
from qa.item import Item
from qa.prompts import user_text
from swift_recipes.export import asking
from swift_recipes.rundir import read_kit_env
from swift_recipes.seeing.balance import Fair, Habit
from swift_recipes.seeing.rows import options_of


def as_question(item: Item) -> dict[str, str]:
    """An Item as the drawing of questions knows it."""
    return {"user": user_text(item), "reply": str(item.answer)}


def choices(ds: Dataset, level: int, split: str) -> list[Item]:
    """The choice questions with four options of a split at this level."""
    return [
        i for i in ds.items()
        if i.split == split and i.form == "mcq" and i.level == level and options_of(user_text(i))
    ]  # fmt: skip


def rows(ds: Dataset, items: list[Item], blanks: Path | None) -> list[dict[str, object]]:
    """What is asked, in swift's form; with `blanks`, of white pictures put there."""
    from PIL import Image

    asked = []
    for item in items:
        images = [str((ds.root / p).resolve()) for p in item.pictures]
        if blanks:
            whites = []
            for path in images:
                with Image.open(path) as picture:
                    white = blanks / f"{picture.width}x{picture.height}.png"
                    if not white.exists():
                        Image.new("RGB", picture.size, "white").save(white)
                whites.append(str(white))
            images = whites
        turn = {"role": "user", "content": "<image>" * len(images) + user_text(item)}
        asked.append({"messages": [turn], "images": images})
    return asked


def line(what: str, right: int, of: int) -> str:
    low, high = wilson(right, of)
    return f"{what:<16} {right:4d} of {of:4d}   {right / of:6.1%}   ({low:.1%} to {high:.1%})"


def compare(model: Path, ds: Dataset, items: list[Item], habit: Habit) -> dict[str, float]:
    """Prints and returns the shares right: looking, with blank pictures, and by habit."""
    figures = {}
    with tempfile.TemporaryDirectory() as place:
        for what, blanks in (("pictures", None), ("blank", Path(place))):
            replies = asking.answers(str(model), rows(ds, items, blanks))
            right = [grade_item(i, r.text).verdict == "right" for i, r in zip(items, replies, strict=True)]
            print(line(what, sum(right), len(right)), flush=True)
            figures[what] = sum(right) / len(right)
            if blanks is None:
                hits = Counter(i.topic for i, ok in zip(items, right, strict=True) if ok)
                for topic, of in sorted(Counter(i.topic for i in items).items()):
                    print(line(f"  {topic}", hits[topic], of))
    usual = sum(habit.right(as_question(i)) for i in items)
    print(line("habit", usual, len(items)))
    return figures | {"habit": usual / len(items)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--level", type=int, default=1)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--out", type=Path, help="figures as JSON")
    a = parser.parse_args()
    for key in ("MAX_PIXELS", "MAX_LENGTH"):
        if value := read_kit_env(a.model).get(key):
            os.environ.setdefault(key, value)
    ds = Dataset(a.data)
    seen, test = (choices(ds, a.level, split) for split in ("train", "test"))
    fair, habit = Fair(map(as_question, seen)), Habit(map(as_question, seen))
    rng = random.Random(0)
    rng.shuffle(test)
    drawn = [i for i in test if rng.random() < fair.chance(as_question(i))]
    figures: dict[str, object] = {"level": a.level}
    for name, items in (("as they come", test[: a.count]), ("fair", drawn[: a.count])):
        print(f"== level {a.level}, {name}: {len(items)} questions")
        figures[name] = compare(a.model, ds, items, habit) | {"questions": len(items)}
    if a.out:
        a.out.write_text(json.dumps(figures) + "\n", "utf-8")


if __name__ == "__main__":
    main()
