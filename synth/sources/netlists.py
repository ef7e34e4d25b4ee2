"""Real pictures with golden netlists: pairs x.png + x.json become Circuits and are asked about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Form, Lang
from qa.progress import Advance
from synth.circuits.listing import netlist_text
from synth.circuits.netlist import GROUND, Circuit, Component, Shown
from synth.pictures.inspect import BadPicture, picture_bytes
from synth.questions.balance import Chances, Sample, blocks, evened_out
from synth.questions.function_names import key_of_netlist_type
from synth.questions.lists import USUAL, questions_on, sample_on
from synth.sources.circuits import FAULTS
from synth.sources.net_labels import Labels, printed_labels

SOURCE = "netlists"
LangChoice = Literal["zh", "en", "both"]

_TYPES: dict[str, tuple[str, dict[str, str]]] = {
    "res": ("resistor", {"Pos": "1", "Neg": "2"}),
    "cap": ("capacitor", {"Pos": "1", "Neg": "2"}),
    "ind": ("inductor", {"Pos": "1", "Neg": "2"}),
    "voltage": ("voltage_source", {"Positive": "+", "Negative": "-"}),
    "current": ("current_source", {"Out": "+", "In": "-"}),
    "diode": ("diode", {"In": "A", "Out": "K"}),
    "npn": ("npn", {"Base": "B", "Collector": "C", "Emitter": "E"}),
    "pnp": ("pnp", {"Base": "B", "Collector": "C", "Emitter": "E"}),
    "nmos": ("nmos", {"Gate": "G", "Drain": "D", "Source": "S"}),
    "pmos": ("pmos", {"Gate": "G", "Drain": "D", "Source": "S"}),
    "diso_amp": ("opamp", {"InP": "+", "InN": "-", "Out": "out"}),
    "dido_amp": ("opamp_diff", {"InP": "+", "InN": "-", "OutP": "out+", "OutN": "out-"}),
    "siso_amp": ("amplifier", {"In": "in", "Out": "out"}),
}
"""component_type -> our kind, and port -> pin. Where current flows: into `In` of a Current, out of its `Out`."""
_PORTS = ("gnd", "vdd")
"""Symbols, not components: they only name a net."""


def _net_name(name: str) -> str:
    if not name.strip() or not name.isprintable():  # a label nobody can read, or pins left open that look joined
        raise ValueError(f"{name!a} is no name of a net")
    return name


class _Part(BaseModel):
    component_type: str = Field(min_length=1)
    port_connection: dict[str, Annotated[str, AfterValidator(_net_name)]]


class _File(BaseModel):
    ckt_netlist: list[_Part] = Field(min_length=1)
    ckt_type: str


class BrokenPair(Exception):
    """A pair cannot be used; the message says why."""


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


def read_pair(png_path: Path, json_path: Path) -> Circuit:
    """The Circuit of one pair. Its name is the same for equal netlists, so that twins share a group.

    Raises BrokenPair where the JSON lacks a key, names an unknown type or port, or the picture does not open.
    """
    circuit = read_netlist(json_path)
    _picture(png_path)
    return circuit


def read_netlist(path: Path) -> Circuit:
    """The Circuit a golden netlist describes. Raises BrokenPair."""
    try:
        raw = _File.model_validate(json.loads(path.read_text("utf-8-sig")))
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(x) for x in first["loc"]) or "top level"
        raise BrokenPair(f"{path.name}: {where}: {first['msg'][0].lower()}{first['msg'][1:]}") from e
    except (OSError, ValueError, RecursionError) as e:
        raise BrokenPair(f"{path.name} is not readable as JSON ({e})") from e
    parts = [(i, p) for i, p in enumerate(raw.ckt_netlist) if p.component_type.casefold() not in _PORTS]
    ports = [p for p in raw.ckt_netlist if p.component_type.casefold() in _PORTS]
    labels = printed_labels(n for _, p in parts for n in p.port_connection.values())
    grounds = {n for p in ports if p.component_type.casefold() == "gnd" for n in p.port_connection.values()}
    rename = dict.fromkeys(labels.ground | grounds, GROUND)
    components = tuple(_upright(_component(path, i, p, rename), labels) for i, p in parts)
    if not components:
        raise BrokenPair(f"{path.name}: ckt_netlist holds no component")
    printed = {n: t for n, t in labels.printed.items() if n not in rename}
    for c in components:
        if c.kind == "voltage_source":  # a label beside a battery is the battery's name
            printed.pop(c.pins["+"], None)
    if labels.ground_is_sure or (grounds and not labels.ground):
        printed[GROUND] = "GND"
    return Circuit(
        name=f"{SOURCE}-{_signature(raw)}",
        components=components,
        shown=Shown(
            refs=False,
            values=False,
            nets=printed,
            unsure=_unsure(components),
        ),
        function=key_of_netlist_type(raw.ckt_type),
        family=raw.ckt_type,
    )


def _component(path: Path, index: int, part: _Part, rename: Mapping[str, str]) -> Component:
    where = f"{path.name}: ckt_netlist.{index} ({part.component_type})"
    known = _TYPES.get(part.component_type.casefold())
    if known is None:
        raise BrokenPair(f"{where}: unknown component_type; known: {', '.join(sorted(_TYPES))}")
    kind, pins = known
    ports = {port.casefold(): rename.get(net, net) for port, net in part.port_connection.items()}
    connected = {}
    for port, pin in pins.items():
        if port.casefold() not in ports:
            raise BrokenPair(f"{where}: port_connection lacks {port!r}")
        connected[pin] = ports[port.casefold()]
    if "body" in ports:
        connected["body"] = ports["body"]
    return Component(kind, connected)


def _upright(c: Component, labels: Labels) -> Component:
    """A PMOS whose drain is named on the positive supply: source and drain were swapped in typing."""
    high = {n for n, t in labels.printed.items() if t.casefold().startswith(("vdd", "avdd", "vcc"))}
    if c.kind == "pmos" and c.pins["D"] in high and c.pins["S"] not in high:
        pins = dict(c.pins) | {"D": c.pins["S"], "S": c.pins["D"]}
        return Component(c.kind, pins)
    return c


def _unsure(components: tuple[Component, ...]) -> frozenset[str]:
    """Kinds of source that are not asked about: supplies are drawn in many ways, a circle with a plus may be either."""
    voltage = any(c.kind == "voltage_source" for c in components)
    return frozenset({"voltage_source", "ac_source"} | ({"current_source"} if voltage else set()))


def _signature(raw: _File) -> str:
    rows = sorted([p.component_type.casefold(), sorted(p.port_connection.items())] for p in raw.ckt_netlist)
    return hashlib.sha256(json.dumps([raw.ckt_type, rows]).encode()).hexdigest()[:12]


def _picture(path: Path) -> bytes:
    try:
        return picture_bytes(path)
    except BadPicture as e:
        raise BrokenPair(str(e)) from e


def pairs(folder: Path) -> list[str]:
    """Stems of the folder's .png and .json files, sorted. Raises KitError for a folder without any."""
    if not folder.is_dir():
        raise KitError(f"{folder}: no such folder; give one with pairs x.png + x.json")
    stems = sorted({p.stem for p in folder.iterdir() if p.suffix.lower() in (".png", ".json")})
    if not stems:
        raise KitError(f"{folder} holds no pairs x.png + x.json; give the folder that does")
    return stems


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
    found = set()
    for stem in stems:
        try:
            found.add(read_netlist(_found(folder, stem, ".json")).function)
        except BrokenPair:
            continue  # named when its turn comes
    return tuple(sorted(found - {""}))


def asked_about(folder: Path, stem: str, company: tuple[str, ...]) -> Circuit:
    """The circuit of a pair, among those that it is asked together with. Raises BrokenPair."""
    return replace(read_netlist(_found(folder, stem, ".json")), company=company)


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
    png = _found(folder, stem, ".png")
    circuit = asked_about(folder, stem, company)
    data = _picture(png)
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


def _found(folder: Path, stem: str, suffix: str) -> Path:
    for s in (suffix, suffix.upper()):
        if (folder / f"{stem}{s}").is_file():
            return folder / f"{stem}{s}"
    raise BrokenPair(f"{stem}{suffix} is missing")


def _langs(lang: LangChoice) -> Iterator[Lang]:
    if lang in ("zh", "both"):
        yield "zh"
    if lang in ("en", "both"):
        yield "en"
