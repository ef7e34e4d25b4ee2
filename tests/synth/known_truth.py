"""Truth for the knowing teacher, made beforehand by the kit's own question writers.

A truth is a JSON file: name of a picture file -> language -> questions, each with its right answer and a wrong one:
{"pictures": {"001.png": {"zh": [{"category", "form", "topic", "question", "options", "answer", "wrong", …}]}}}
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from qa.grading import grade, grade_item
from qa.item import LETTERS, Item, Lang, Wanted
from qa.quantity import parse_whole
from qa.reply import plain
from synth.circuits.draw import draw_circuit
from synth.circuits.netlist import Circuit
from synth.pictures.inspect import picture_bytes
from synth.questions.assemble import items_for
from synth.sources.golden import BrokenPair, pairs, read_netlist

LANGS: tuple[Lang, ...] = ("zh", "en")
_CATEGORY = {1: "recognition", 2: "connection", 3: "function", 4: "calculation"}
_OTHER_WORDS: dict[Lang, tuple[str, ...]] = {
    "zh": ("串联", "并联", "电压基准", "电感"),
    "en": ("in series", "in parallel", "a voltage reference", "inductor"),
}
_REF = re.compile(r"[A-Z]{1,2}\d")


def category(item: Item) -> str:
    """What the write prompt calls the kind of question this is."""
    return "absent" if item.topic == "absent" else _CATEGORY[item.level]


def wrong_answer(item: Item) -> str:
    """An answer of the same shape that the grader marks wrong; the same one for the same Item."""
    chance = random.Random(f"wrong/{item.question}")
    if item.form == "mcq":
        return chance.choice([x for x in LETTERS[: len(item.options or ())] if x != item.answer])
    quantity = parse_whole(plain(item.answer_text))
    near: Iterable[str] = _OTHER_WORDS[item.lang]
    if quantity is not None:
        unit = item.answer_text.lstrip("+-0123456789.eE× ").strip()
        scaled = [quantity.number * f for f in (2, 0.5, 10, 3)]
        near = [f"{n:.4g} {unit}".strip() for n in scaled if unit or n.is_integer()] + ["7", "9"]
    elif _REF.fullmatch(item.answer_text):
        near = [f"{item.answer_text[:-1]}{n}" for n in chance.sample(range(1, 6), 5)]
    for text in near:
        if grade_item(item, text).verdict == "wrong":
            return text
    raise ValueError(f"no wrong answer found for {item.question!r}: {item.answer_text!r}")


def question(item: Item) -> dict[str, Any]:
    """An Item as the write prompt wants it, with a wrong answer beside the right one."""
    return {
        "category": category(item),
        "form": item.form,
        "topic": item.topic,
        "question": item.question,
        "options": list(item.options) if item.options else None,
        "answer": item.answer_text,
        "wrong": wrong_answer(item),
        "explanation": item.explanation,
        "accept": [a if isinstance(a, str) else a.model_dump() for a in item.accept],
    }


def questions_on(circuit: Circuit, picture: bytes, source: str, name: str) -> dict[str, list[dict[str, Any]]]:
    """By language, eight to ten questions; kinds that the others crowd out come in first."""
    digest = hashlib.sha256(picture).hexdigest()
    found = {}
    for lang in LANGS:
        rng = random.Random(f"known/{name}/{lang}")
        items = items_for(circuit, f"images/{digest[:20]}.png", digest, lang, rng, source, "", name, (8, 10))
        found[lang] = [question(i) for i in items if isinstance(i.answer, str)]
    return found


def of_netlists(folder: Path, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Truth of real pictures x.png with golden netlists x.json; of these stems, or of all."""
    known: dict[str, Any] = {}
    for stem in pairs(folder) if names is None else names:
        try:
            circuit = read_netlist(folder / f"{stem}.json")
            known[f"{stem}.png"] = questions_on(circuit, picture_bytes(folder / f"{stem}.png"), "netlists", stem)
        except BrokenPair:
            continue
    return known


def draw_into(folder: Path, count: int, families: Iterable[str], seed: int = 0) -> dict[str, Any]:
    """Draws circuits with values into a folder, as pictures only, and returns their truth."""
    known: dict[str, Any] = {}
    chosen = list(families)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        family = chosen[index % len(chosen)]
        drawn = draw_circuit(family, seed, index, cast("Lang", LANGS[index % 2]))
        name = f"{family}-{index:03}.png"
        (folder / name).write_bytes(drawn.png)
        known[name] = questions_on(drawn.circuit, drawn.png, "circuits", name)
    return known


def copy_pictures(folder: Path, stems: Iterable[str], to: Path) -> None:
    """The pictures alone, without their netlists: what a person with a folder of pictures has."""
    to.mkdir(parents=True, exist_ok=True)
    for stem in stems:
        shutil.copyfile(folder / f"{stem}.png", to / f"{stem}.png")


def write(truth: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps({"pictures": truth}, ensure_ascii=False), "utf-8")
    return path


def by_question(truth: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """(picture file, question text) -> the question with its truth."""
    return {(file, q["question"]): q for file, langs in truth.items() for qs in langs.values() for q in qs}


def is_right(item: Item, known: dict[str, Any]) -> bool:
    """Whether an Item's label is the truth, however its options are ordered."""
    if item.form == "mcq":
        options = item.options or ()
        return options[LETTERS.index(item.answer_text)] == known["options"][LETTERS.index(known["answer"])]
    accept = [a if isinstance(a, str) else Wanted(**a) for a in known["accept"]]
    return grade(item.form, item.question, known["answer"], item.answer_text, None, accept).verdict == "right"
