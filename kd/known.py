"""What is known for certain about a picture: its parts from a netlist, and what accepted Items say of it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qa.components import Entry
from qa.item import LETTERS, Item, Lang
from qa.names import Name, mentions, named, words
from qa.progress import Advance
from qa.quantity import Quantity, find
from qa.reply import plain
from synth.circuits.netlist import KINDS, Circuit

_NAME = re.compile(r"(?P<family>[a-z0-9_]+)-(?P<seed>-?\d+)-(?P<index>\d{6,})")
"""`origin.file` of a generated circuit."""


@dataclass(frozen=True, slots=True)
class Known:
    """Truth about one picture, as far as there is any."""

    parts: tuple[Entry, ...] | None = None
    """Every part, with its designator and value where they are printed; None: not known."""
    refs: bool | None = None
    """Whether the picture prints designators, and `parts` holds them; None: not known."""
    values: bool | None = None
    """Whether the picture prints values, and `parts` holds them; None: not known."""
    absent: frozenset[str] = frozenset()
    """Kinds that an Item says are not there; ids of `qa.names`."""
    items: tuple[Item, ...] = ()
    """Accepted Items on this picture alone."""


def known_of(
    items: Iterable[Item], root: Path, netlists: Path | None = None, advance: Advance | None = None
) -> dict[str, Known]:
    """Picture -> what is known, for the pictures of these Items.

    The netlist of a generated circuit is made again from its name, that of a real one is read from `netlists` (pairs
    x.png + x.json); either counts only where it gives the very bytes of the picture.
    """
    on: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if len(item.pictures) == 1:
            on[item.pictures[0]].append(item)
    found: dict[str, Known] = {}
    for done, (picture, here) in enumerate(on.items(), 1):
        if (root / picture).is_file():
            found[picture] = _known(picture, here, netlists)
        if advance is not None:
            advance(done)
    return found


def _known(picture: str, items: list[Item], netlists: Path | None) -> Known:
    circuit = next((c for i in items if (c := _circuit(i, Path(picture).stem, netlists))), None)
    absent = frozenset(k for i in items for k in _absent(i))
    if circuit is None:
        return Known(absent=absent, items=tuple(items))
    if items[0].origin.source != "circuits":  # a golden netlist tells neither designators nor values
        return Known(_entries(circuit, False, False), None, None, absent, tuple(items))
    refs, values = circuit.shown.refs, circuit.shown.values
    return Known(_entries(circuit, refs, values), refs, values, absent, tuple(items))


def _circuit(item: Item, stem: str, netlists: Path | None) -> Circuit | None:
    if item.origin.source == "circuits":
        return _drawn_again(item.origin.file, item.lang, stem)
    if item.origin.source == "netlists" and netlists is not None:
        return _read(netlists, Path(item.origin.file).name, stem)
    return None


@cache
def _drawn_again(name: str, lang: Lang, stem: str) -> Circuit | None:
    """A generated circuit, from its name; None where this version of the kit draws it otherwise."""
    from synth.circuits.draw import draw_circuit

    m = _NAME.fullmatch(name)
    if m is None:
        return None
    try:
        drawn = draw_circuit(m["family"], int(m["seed"]), int(m["index"]), lang)
    except (ArithmeticError, ValueError, LookupError, RuntimeError):
        return None
    return drawn.circuit if hashlib.sha256(drawn.png).hexdigest().startswith(stem) else None


@cache
def _read(folder: Path, file: str, stem: str) -> Circuit | None:
    from synth.pictures.inspect import BadPicture, picture_bytes
    from synth.sources.golden import BrokenPair, read_netlist

    png = folder / file
    try:
        if not hashlib.sha256(picture_bytes(png)).hexdigest().startswith(stem):
            return None
        return read_netlist(png.with_suffix(".json"))
    except (BadPicture, BrokenPair, OSError):
        return None


def _entries(circuit: Circuit, refs: bool, values: bool) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            ref=c.ref.upper() if refs else "",
            kind=None if c.kind in circuit.shown.unsure else _kind(c.kind),
            value=_value(c.kind, c.value) if values else None,
        )
        for c in circuit.components
    )


def _kind(kind: str) -> Name | None:
    return next((n for n in named(KINDS[kind].en) if n.category == "kind"), None)


def _value(kind: str, value: float | None) -> Quantity | None:
    from synth.circuits.words import VALUED

    if value is None or kind not in VALUED or kind == "ac_source" or not KINDS[kind].unit:
        return None  # of an AC source amplitude, RMS and peak to peak are all in use
    return next(iter(find(f"{value:.9g} {KINDS[kind].unit}")), None)


def _absent(item: Item) -> Iterable[str]:
    """Kinds that are not there: the answer of `absent`, or a count of nothing."""
    right = item.answer_text
    if item.form == "mcq" and item.options:
        right = item.options[LETTERS.index(right)]
    if item.topic == "absent":
        return [n.id for n in named(right) if n.category == "kind"]
    if item.topic == "count" and plain(right).strip() == "0":
        asked = [n for _, _, names in mentions(words(plain(item.question))) for n in names if n.category == "kind"]
        return [asked[0].id] if len({n.id for n in asked}) == 1 else []
    return []
