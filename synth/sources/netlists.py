"""Real pictures with golden netlists become Circuits and are asked about."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from qa.dataset import Dataset
from qa.item import Form, Lang
from qa.progress import Advance
from synth.circuits.listing import netlist_text
from synth.circuits.netlist import Circuit
from synth.questions.balance import Chances, Sample, blocks, evened_out
from synth.questions.lists import USUAL, questions_on, sample_on
from synth.sources.circuits import FAULTS
from synth.sources.golden import SOURCE, BrokenPair, found, pairs, picture, read_netlist

LangChoice = Literal["zh", "en", "both"]


@dataclass
class Report:
    """What came of a folder."""

    made: int = 0
    """Circuits asked about now."""
    kept: int = 0
    """Circuits that were in the dataset already."""
    items: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)
    """(name, why) of the pairs that were skipped."""


def run(
    folder: Path,
    dataset: Dataset,
    lang: LangChoice,
    seed: int,
    licence: str = "unknown",
    advance: Advance | None = None,
    forms: tuple[Form, ...] = USUAL,
) -> Report:
    """Add the Items of every pair, on disk pair by pair; what is there already is kept, what is broken is named.

    `advance` is told how many pairs are done. Raises KitError where the folder holds nothing to read, or another
    command is filling the dataset.
    """
    stems = pairs(folder)
    with dataset.filling():
        return _run(folder, stems, dataset, lang, seed, licence, advance or (lambda done, note="", /: None), forms)


def _run(
    folder: Path,
    stems: list[str],
    dataset: Dataset,
    lang: LangChoice,
    seed: int,
    licence: str,
    advance: Advance,
    forms: tuple[Form, ...],
) -> Report:
    report = Report()
    known = list(dataset.items()) if dataset.items_path.is_file() else []
    there = {(i.origin.file, i.lang) for i in known if i.origin.source == SOURCE}
    ids = {i.id for i in known}
    done = 0
    company = company_of(folder, stems)
    for block in blocks(stems, len(list(_langs(lang)))):
        fresh = any((f"{stem}.png", one) not in there for stem in block for one in _langs(lang))
        chances: ChancesOf = {}
        if fresh and "mcq" in forms:
            chances = chances_of(folder, block, company, lang, seed, partial(advance, done))
        for stem in block:
            done += 1
            file = f"{stem}.png"
            todo = [one for one in _langs(lang) if (file, one) not in there]
            try:
                if todo:
                    report.items += _ask(folder, stem, company, dataset, todo, seed, licence, ids, forms, chances)
                    report.made += 1
                else:
                    report.kept += 1
            except BrokenPair as e:
                report.broken.append((stem, str(e)))
            except FAULTS as e:
                report.broken.append((stem, f"{type(e).__name__}: {e}"))
            advance(done)
    if report.made:
        dataset.write_manifest()
    return report


ChancesOf = Mapping[tuple[str, Lang], Chances | None]
"""Of each pair and language."""


def company_of(folder: Path, stems: Sequence[str]) -> tuple[str, ...]:
    """Functions of the circuits of a folder, those of pairs with a fault left out."""
    functions: set[str] = set()
    for stem in stems:
        try:
            functions.add(read_netlist(found(folder, stem, ".json")).function)
        except BrokenPair:
            continue  # named when its turn comes
    return tuple(sorted(functions - {""}))


def asked_about(folder: Path, stem: str, company: tuple[str, ...]) -> Circuit:
    """The circuit of a pair, among those that it is asked together with. Raises BrokenPair."""
    return replace(read_netlist(found(folder, stem, ".json")), company=company)


def chances_of(
    folder: Path,
    stems: Sequence[str],
    company: tuple[str, ...],
    lang: LangChoice,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> ChancesOf:
    """With which chances choices on these pairs are asked, so that none can be guessed; pairs with a fault are left
    out. `tell` is told what is being done."""
    samples: dict[tuple[str, Lang], Sample] = {}
    for n, stem in enumerate(stems, 1):
        tell(f"weighing the questions on {n}")
        try:
            circuit = asked_about(folder, stem, company)
            samples |= {(stem, one): sample_on(circuit, one, question_seed(seed, stem, one)) for one in _langs(lang)}
        except (BrokenPair, *FAULTS):
            continue  # named when its turn comes
    tell("evening out the questions")
    return dict(zip(samples, evened_out(list(samples.values())), strict=True))


def question_seed(seed: int, stem: str, lang: Lang) -> str:
    """What the questions on a pair are drawn from."""
    return f"netlists/{seed}/{stem}/{lang}"


def _ask(
    folder: Path,
    stem: str,
    company: tuple[str, ...],
    dataset: Dataset,
    langs: list[Lang],
    seed: int,
    licence: str,
    ids: set[str],
    forms: tuple[Form, ...],
    chances: ChancesOf,
) -> int:
    """Append one pair's Items, but none whose id is among `ids`: a picture may be there twice. Returns how many.

    Raises BrokenPair.
    """
    png = found(folder, stem, ".png")
    circuit = asked_about(folder, stem, company)
    data = picture(png)
    digest = hashlib.sha256(data).hexdigest()
    items = [
        item
        for one in langs
        for item in questions_on(
            circuit,
            f"images/{digest[:20]}.png",
            digest,
            one,
            question_seed(seed, stem, one),
            SOURCE,
            licence,
            f"{stem}.png",
            forms,
            chances.get((stem, one)),
        )
    ]
    if not items:
        raise BrokenPair("no question could be asked of it")
    fresh = [i for i in items if i.id not in ids]
    ids.update(i.id for i in fresh)
    dataset.add_netlist(dataset.add_image(data), netlist_text(circuit))
    return dataset.append(fresh)


def _langs(lang: LangChoice) -> Iterator[Lang]:
    if lang in ("zh", "both"):
        yield "zh"
    if lang in ("en", "both"):
        yield "en"
