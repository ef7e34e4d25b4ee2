"""Generated circuits: drawn from a seed, solved, and asked about. Truth by construction."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Form, Item, Lang
from synth.circuits.draw import circuit_alone, draw_circuit, family_names
from synth.circuits.listing import netlist_text
from synth.circuits.netlist import Circuit
from synth.questions.balance import Chances, Sample, blocks, evened_out
from synth.questions.lists import USUAL, questions_on, sample_on
from synth.workers import in_order

SOURCE = "circuits"
LICENCE = "Apache-2.0"
FAULTS = (ArithmeticError, ValueError, LookupError, RuntimeError)
"""What a circuit that cannot be drawn, solved or asked about raises."""
LangChoice = Literal["zh", "en", "both"]


@dataclass(frozen=True, slots=True)
class Job:
    """One circuit to make: the same Job gives the same bytes on any machine and in any worker."""

    index: int
    seed: int
    family: str
    lang: Lang
    forms: tuple[Form, ...] = USUAL
    """Forms of questions; `components` and `open` only where they are asked for."""
    company: tuple[str, ...] = ()
    """Families of the run; empty: all. A family is called as its function where that has a name."""

    @property
    def name(self) -> str:
        """Name of the circuit; lands in `origin.file`."""
        return f"{self.family}-{self.seed}-{self.index:06d}"

    @property
    def question_seed(self) -> str:
        """What its questions are drawn from."""
        return f"questions/{self.seed}/{self.family}/{self.index}"


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a Job."""

    job: Job
    png: bytes
    items: tuple[Item, ...]
    netlist: str = ""
    fault: str = ""


@dataclass
class Report:
    """Counts of a run."""

    note: str = ""
    """What is done before circuits are drawn."""
    circuits: int = 0
    items: int = 0
    kept: int = 0
    """Circuits that were there already."""
    faults: list[tuple[str, str]] = field(default_factory=list)


def jobs(
    count: int, seed: int, lang: LangChoice, families: Sequence[str] = (), forms: tuple[Form, ...] = USUAL
) -> list[Job]:
    """The list of circuits of a run. Raises KitError for an unknown family."""
    known = family_names()
    unknown = [f for f in families if f not in known]
    if unknown:
        raise KitError(f"no family {unknown[0]!r}; there are: {', '.join(known)}")
    chosen = list(families) or known
    langs: tuple[Lang, ...] = ("zh", "en") if lang == "both" else (lang,)
    # Languages change once a round of families, so that each family is drawn in both.
    company = tuple(sorted(set(families)))
    return [
        Job(i, seed, chosen[i % len(chosen)], langs[i // len(chosen) % len(langs)], forms, company)
        for i in range(count)
    ]


def make(job: Job, chances: Chances | None = None) -> Made:
    """Draw one circuit and write its Items. A fault in one circuit is reported, never lost or raised."""
    try:
        drawn = draw_circuit(job.family, job.seed, job.index, job.lang)
        circuit = asked_about(job, drawn.circuit)
        digest = hashlib.sha256(drawn.png).hexdigest()
        picture = f"images/{digest[:20]}.png"
        items = questions_on(
            circuit, picture, digest, job.lang, job.question_seed, SOURCE, LICENCE, job.name, job.forms, chances
        )
    except FAULTS as e:
        return Made(job, b"", (), fault=f"{type(e).__name__}: {e}")
    return Made(job, drawn.png, tuple(items), netlist_text(circuit), "" if items else "no question could be asked")


def _make(todo: tuple[Job, Chances | None]) -> Made:
    return make(*todo)


def asked_about(job: Job, circuit: Circuit) -> Circuit:
    """The circuit as questions know it. Equal circuits drawn twice share a name, which becomes their group: a twin of a
    test circuit would be trained on otherwise."""
    return dataclasses.replace(circuit, name=f"{job.family}-{signature(circuit)}", company=job.company)


def weigh(job: Job) -> Sample | None:
    """What the choices of a circuit would give away; None of one that has a fault."""
    try:
        circuit = asked_about(job, circuit_alone(job.family, job.seed, job.index, job.lang))
        return sample_on(circuit, job.lang, job.question_seed)
    except FAULTS:
        return None  # `make` names it


def signature(circuit: Circuit) -> str:
    """12 hex digits over kinds, values and connections, whatever the names of parts and nets."""
    names: dict[str, int] = {}
    parts = []
    for c in sorted(circuit.components, key=lambda c: (c.kind, c.value or 0.0, c.ref)):
        nets = [names.setdefault(n, len(names)) for n in c.nets]
        parts.append([c.kind, c.value, nets, sorted(c.params.items())])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def run(ds: Dataset, todo: Sequence[Job], workers: int | None = None) -> Iterator[Report]:
    """Make every Job that the folder does not hold yet, in order; yields the growing Report after each circuit.

    Items and pictures are on disk before their Report is yielded, so stopping at any point keeps what is done.
    Raises KitError where another command is filling the folder.
    """
    with ds.filling():
        yield from _run(ds, todo, workers)


def _run(ds: Dataset, todo: Sequence[Job], workers: int | None) -> Iterator[Report]:
    remember(ds, todo)
    there = {i.origin.file for i in ds.items() if i.origin.source == SOURCE}
    report = Report(kept=sum(j.name in there for j in todo))
    yield report
    for block in blocks(todo):
        if all(j.name in there for j in block):
            continue
        chances: list[Chances | None] = [None] * len(block)
        if any("mcq" in j.forms for j in block):
            samples: list[Sample | None] = []
            for sample in in_order(weigh, block, workers):  # of all, so that a run that goes on asks the same
                samples.append(sample)
                report.note = f"weighing the questions on {len(samples)}"
                yield report
            report.note = "evening out the questions"
            yield report
            chances, report.note = evened_out(samples), ""
            samples.clear()
        fresh = [(j, c) for j, c in zip(block, chances, strict=True) if j.name not in there]
        for made in in_order(_make, fresh, workers):
            if made.fault:
                report.faults.append((made.job.name, made.fault))
            else:
                ds.add_netlist(ds.add_image(made.png), made.netlist)
                report.items += ds.append(made.items)
            report.circuits += 1
            yield report
    ds.write_manifest()


def remember(ds: Dataset, todo: Sequence[Job]) -> None:
    """Note the run in the manifest. Raises KitError where the folder holds another language of the same circuits."""
    noted = ds.manifest().get("circuits_runs")
    made_with = {s: had for s, had in noted.items() if _is_langs(had)} if isinstance(noted, dict) else {}
    for seed, langs in {str(j.seed): sorted({j.lang for j in todo}) for j in todo}.items():
        if made_with.get(seed, langs) != langs:
            raise KitError(
                f"{ds.root} holds circuits of --seed {seed} in {'+'.join(made_with[seed])}, now asked in"
                f" {'+'.join(langs)}; give another --seed or another --out"
            )
        made_with[seed] = langs
    ds.write_manifest(circuits_runs=made_with)


def _is_langs(noted: object) -> bool:
    """Whether the manifest, which a person may have edited, says it as we write it."""
    return isinstance(noted, list) and all(isinstance(one, str) for one in noted)
