"""Golden netlists on disk: pairs x.png + x.json, read as Circuits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from qa.errors import KitError
from synth.circuits.netlist import GROUND, Circuit, Component, Shown
from synth.pictures.inspect import BadPicture, picture_bytes
from synth.questions.function_names import key_of_netlist_type
from synth.sources.net_labels import Labels, printed_labels

SOURCE = "netlists"
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


def read_pair(png_path: Path, json_path: Path) -> Circuit:
    """The Circuit of one pair. Its name is the same for equal netlists, so that twins share a group.

    Raises BrokenPair where the JSON lacks a key, names an unknown type or port, or the picture does not open.
    """
    circuit = read_netlist(json_path)
    picture(png_path)
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


def picture(path: Path) -> bytes:
    """The bytes of a picture that opens. Raises BrokenPair."""
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


def found(folder: Path, stem: str, suffix: str) -> Path:
    """The file of a pair, its suffix in small or capital letters. Raises BrokenPair."""
    for s in (suffix, suffix.upper()):
        if (folder / f"{stem}{s}").is_file():
            return folder / f"{stem}{s}"
    raise BrokenPair(f"{stem}{suffix} is missing")
