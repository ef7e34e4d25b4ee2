"""Which net names of a golden netlist stand in its picture, so that a question may use them.

Learned from 54 pairs of picture and netlist. Names are typed by the person who drew the netlist, so they
differ from the print in case and subscripts (`VOUT`, v_out), and some stand nowhere in the picture. The rules
drop a name where the print may differ: a question lost costs less than a question nobody can answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

_GROUND = frozenset({"0", "gnd", "gnd!"})
_UNNAMED = re.compile(r"_?net\w*|n?\d+", re.IGNORECASE)
_SUPPLY = re.compile(r"([ad]?(?:vdd|vcc|vss|vee|gnd))(?:[\W_]*\w?|\d+)", re.IGNORECASE)
_COPY = re.compile(r"\$\d+$")
_PORT_ALONE = frozenset({"in", "out", "inp", "inn", "input", "output"})
_HALF = re.compile(r"(v?(?:i|in|o|out)?)[pn]")


@dataclass(frozen=True, slots=True)
class Labels:
    """What the picture is taken to print."""

    ground: frozenset[str]
    """Nets drawn with a ground symbol."""
    ground_is_sure: bool
    """False where other nets may carry the symbol too."""
    printed: dict[str, str] = field(default_factory=dict)
    """net -> label."""


def printed_labels(nets: Iterable[str]) -> Labels:
    """The labels among a netlist's net names that a reader will find in the picture, each on one net only."""
    names = list(dict.fromkeys(nets))
    ground = frozenset(n for n in names if n.casefold() in _GROUND)
    rest = [n for n in names if n not in ground and not _UNNAMED.fullmatch(n)]
    stems = {n: _stem(n) for n in rest}
    times = Counter(stems.values())
    doubtful = {n for n in rest if times[stems[n]] > 1 or _COPY.search(n)}
    doubtful |= {n for n in rest if n.casefold() in _PORT_ALONE}
    doubtful |= _halves(rest) | _doubled_digit(rest) | _bipolar_rails(stems)
    several_low = any(times[s] > 1 for s in stems.values() if s in ("vss", "avss", "vee", "agnd"))
    printed = {n: _text(n) for n in rest if n not in doubtful}
    return Labels(ground, bool(ground) and not several_low, printed)


def _stem(name: str) -> str:
    """What nets printed with the same label have in common: `VDD`, `vdd!`, `VDD_x`, `VDD2` and `VDD$1` are all VDD."""
    base = _COPY.sub("", name).replace("\\", "").casefold()
    supply = _SUPPLY.fullmatch(base)
    return supply[1] if supply else base


def _halves(names: list[str]) -> set[str]:
    """Both halves of a differential pair: the print is often one label between a plus and a minus sign.

    `VIN\\+` with its backslash was typed off a label and is kept.
    """
    there = {n.casefold(): n for n in names if "\\" not in n}
    found = {n for n in there.values() if n.endswith(("+", "-"))}
    for low, name in there.items():
        half = _HALF.fullmatch(low)
        if half and low.endswith("p") and half[1] + "n" in there:
            found |= {name, there[half[1] + "n"]}
    return found


def _doubled_digit(names: list[str]) -> set[str]:
    """`vnb1` and `vnb11`: the second is a second place with the label of the first."""
    there = {n.casefold(): n for n in names}
    found = set()
    for low, name in there.items():
        if len(low) > 2 and low[-1] == low[-2] and low[-1].isdigit() and low[:-1] in there:
            found |= {name, there[low[:-1]]}
    return found


def _bipolar_rails(stems: dict[str, str]) -> set[str]:
    """VCC with VEE: usually printed V+ and V-."""
    rails = {"vcc", "vee"}
    return {n for n, s in stems.items() if s in rails} if rails <= set(stems.values()) else set()


def _text(name: str) -> str:
    text = name.replace("\\", "")
    return text.removesuffix("!").upper() if text.endswith("!") else text
