"""Symbols: what schemdraw's SVG backend draws of each part, kept with its size and pins.

A symbol is drawn by schemdraw once and then placed as often as needed by an SVG transform: that is what
makes a picture cost a millisecond. Coordinates are drawing units (a resistor's body is 1 long), y upward;
the kept SVG is in 1/100 units, y downward, with stroke and width left to the group it is placed in.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 with x0 <= x1, y0 <= y1."""

INK = "#010203"
"""Stands for the ink colour in a symbol's SVG."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A part's picture around its origin."""

    svg: str
    box: Box
    pins: Mapping[str, Point] = field(default_factory=dict)
    """Blocks: pin -> where a wire meets it. Two-terminal parts have their ends at `box[0]` and `box[2]`."""
    leads: tuple[tuple[Point, Point], ...] = ()
    """Straight conductors from the body to the pins."""
    texts: tuple[tuple[str, Point], ...] = ()
    """Words inside the body, centred at a point, never turned or mirrored."""


@cache
def _schemdraw() -> tuple[ModuleType, ModuleType, ModuleType]:
    """schemdraw, its elements and its gates, without the 0.4 s of matplotlib that it would try first."""
    blocked = "schemdraw.backends.mpl"
    fresh = blocked not in sys.modules
    if fresh:
        sys.modules[blocked] = None  # type: ignore[assignment]
    try:
        import schemdraw
        import schemdraw.elements
        import schemdraw.logic
    finally:
        if fresh:
            sys.modules.pop(blocked, None)
    return schemdraw, schemdraw.elements, schemdraw.logic


def _fragment(segments: list[Any]) -> str:
    from schemdraw.backends.svg import Figure
    from schemdraw.transform import Transform
    from schemdraw.types import BBox

    figure = Figure(BBox(0, 0, 1, 1), inches_per_unit=100 / 72)
    for segment in segments:
        segment.draw(figure, Transform(0, (0, 0)), color=INK, lw=2)
    out = []
    for _, element in sorted(figure.svgelements, key=lambda pair: pair[0]):
        style = dict(item.split(":") for item in element.attrib.pop("style").split(";") if item)
        if style.get("fill", "none") != "none":
            element.set("fill", style["fill"])
        out.append(ElementTree.tostring(element, encoding="unicode"))
    return "".join(out)


def _element(name: str, iec: bool) -> Any:
    _, parts, _ = _schemdraw()
    make: dict[str, Callable[[], Any]] = {
        "resistor": parts.ResistorIEC if iec else parts.ResistorIEEE,
        "capacitor": parts.Capacitor,
        "capacitor_curved": parts.Capacitor2,
        "inductor": parts.Inductor,
        "voltage_source": parts.SourceV,
        "battery": parts.Battery,
        "cell": parts.BatteryCell,
        "ac_source": parts.SourceSin,
        "current_source": parts.SourceI,
        "controlled_voltage": parts.SourceControlledV,
        "controlled_current": parts.SourceControlledI,
        "diode": parts.Diode,
        "diode_filled": lambda: parts.Diode(fill=True),
        "led": parts.LED,
        "led_filled": lambda: parts.LED(fill=True),
        "zener": parts.Zener,
        "zener_filled": lambda: parts.Zener(fill=True),
        "switch": parts.Switch,
    }
    return make[name]()


_SCALE = {"diode": 1.25, "led": 1.25, "zener": 1.25, "capacitor": 1.2}
"""Symbols that schemdraw draws small beside its resistor."""


def _upright(element: Any, name: str) -> list[Any]:
    """The segments of a source lying level: its sine and its minus stay as a reader expects them."""
    schemdraw, _, _ = _schemdraw()
    segments = list(element.segments)
    if name == "ac_source":
        wave = [(0.5 + p[1], p[0] - 0.5) for p in segments[-1].path]
        segments[-1] = schemdraw.Segment(wave)
    else:
        segments[2] = schemdraw.Segment([(0.15, 0), (0.35, 0)])
    return segments


@cache
def two_terminal(name: str, iec: bool = False, level: bool = True) -> Symbol:
    """A two-terminal part along x, its body centred on the origin, schemdraw's first end on the left.

    `level`: it will be drawn along x and not turned upright.
    """
    schemdraw, _, _ = _schemdraw()
    element = _element(name, iec)
    fill = name.endswith("_filled")
    plain = level and name in ("ac_source", "voltage_source")
    segments = _upright(element, name) if plain else list(element.segments)
    scale = _SCALE.get(name.partition("_")[0], 1.0)
    x0, _, x1, _ = element.get_bbox()
    # arrows of an LED and wings of a Zener reach past the cathode bar, where the conductor begins
    ends = 0.35 if name.startswith(("led", "zener")) else x1
    middle = (x0 + ends) / 2
    moved = [s.xform(schemdraw.Transform(0, (-middle, 0))) for s in segments]
    moved = [s.xform(schemdraw.Transform(0, (0, 0), (0, 0), scale)) for s in moved]
    for segment in moved:
        if fill and type(segment).__name__ == "SegmentPoly":
            segment.fill = INK
    boxes = [s.get_bbox() for s in moved]
    half = scale * (ends - x0) / 2
    box = (-half, min(b.ymin for b in boxes), max(b.xmax for b in boxes), max(b.ymax for b in boxes))
    return Symbol(_fragment(moved), box, {"1": (-half, 0.0), "2": (half, 0.0)})


def _block(
    segments: list[Any],
    scale: float,
    shift: Point,
    pins: dict[str, Point],
    ends: dict[str, Point],
    texts: tuple[tuple[str, Point], ...] = (),
) -> Symbol:
    """A block: native segments shifted, then scaled; `ends` are where each pin's lead meets the body."""
    schemdraw, _, _ = _schemdraw()
    moved = [s.xform(schemdraw.Transform(0, (0, 0), (0, 0), scale)) for s in segments]
    moved = [s.xform(schemdraw.Transform(0, shift)) for s in moved]
    boxes = [s.get_bbox() for s in moved]
    box = (
        min(b.xmin for b in boxes),
        min(b.ymin for b in boxes),
        max(b.xmax for b in boxes),
        max(b.ymax for b in boxes),
    )
    leads = tuple((ends[p], at) for p, at in pins.items() if ends[p] != at)
    return Symbol(_fragment(moved), box, pins, leads, texts)


def _opamp() -> Symbol:
    _, parts, _ = _schemdraw()
    scale, half = 0.8, 0.8 * 2.5 * 3**0.5 / 4
    pins = {"+": (-1.5, -0.5), "-": (-1.5, 0.5), "out": (1.5, 0.0)}
    ends = {"+": (-half, -0.5), "-": (-half, 0.5), "out": (half, 0.0)}
    return _block(parts.Opamp().segments, scale, (-half, 0), pins, ends)


def _bjt(kind: str, circle: bool) -> Symbol:
    _, parts, _ = _schemdraw()
    element = (parts.BjtNpn if kind == "npn" else parts.BjtPnp)(circle=circle)
    x, y = element.anchors["center"][0], abs(element.anchors["collector"][1])
    up = 1.0 if kind == "npn" else -1.0
    pins = {"B": (-1.0, 0.0), "C": (0.0, up), "E": (0.0, -up)}
    ends = {"B": (-x, 0.0), "C": (0.0, up * y), "E": (0.0, -up * y)}
    return _block(element.segments, 1.0, (-x, 0), pins, ends)


def _mosfet(kind: str) -> Symbol:
    """An enhancement MOSFET with its body tied to the source; the channel's gap marks enhancement."""
    schemdraw, _, _ = _schemdraw()
    line, up = schemdraw.Segment, 1.0 if kind == "nmos" else -1.0
    gate, channel, tall = -0.55, -0.38, 0.5
    segments = [line([(gate, -0.42), (gate, 0.42)])]
    for middle in (-0.36, 0.0, 0.36):
        segments.append(line([(channel, middle - 0.13), (channel, middle + 0.13)]))
    for y in (-0.36, 0.36):
        segments.append(line([(channel, y), (0, y), (0, tall if y > 0 else -tall)]))
    arrow = [(0, 0), (channel, 0)] if kind == "nmos" else [(channel, 0), (0, 0)]
    segments.append(line(arrow, arrow="->", arrowwidth=0.2, arrowlength=0.22))
    segments.append(line([(0, 0), (0, -0.36 * up)]))
    pins = {"G": (-1.0, 0.0), "D": (0.0, up), "S": (0.0, -up)}
    ends = {"G": (gate, 0.0), "D": (0.0, up * tall), "S": (0.0, -up * tall)}
    return _block(segments, 1.0, (0, 0), pins, ends)


def _rectangle(width: float, height: float) -> Any:
    schemdraw, _, _ = _schemdraw()
    x, y = width / 2, height / 2
    return schemdraw.Segment([(-x, -y), (x, -y), (x, y), (-x, y), (-x, -y)])


def _regulator() -> Symbol:
    pins = {"in": (-1.5, 0.0), "gnd": (0.0, -1.0), "out": (1.5, 0.0)}
    ends = {"in": (-1.1, 0.0), "gnd": (0.0, -0.6), "out": (1.1, 0.0)}
    texts = (("IN", (-0.75, 0.15)), ("OUT", (0.65, 0.15)), ("GND", (0.0, -0.32)))
    return _block([_rectangle(2.2, 1.2)], 1.0, (0, 0), pins, ends, texts)


def _transformer() -> Symbol:
    """Two windings with a core between them, dots at the ends that are positive together."""
    schemdraw, _, _ = _schemdraw()
    line, turns, tall = schemdraw.Segment, 4, 0.4
    segments = []
    for side in (-1, 1):
        x = 0.45 * side
        for i in range(turns):
            middle = (turns - 1) * tall / 2 - i * tall
            # half a circle each, bulging towards the core
            points = [
                (x - side * 0.2 * math.sin(a * math.pi / 12), middle + 0.2 * math.cos(a * math.pi / 12))
                for a in range(13)
            ]
            segments.append(line(points))
        end = turns * tall / 2
        for sign in (1, -1):
            segments.append(line([(x, sign * end), (x, sign * 1.2)]))
        segments.append(schemdraw.SegmentCircle((x + side * 0.17, 0.95), 0.06, fill=INK))
    for x in (-0.07, 0.07):
        segments.append(line([(x, -0.8), (x, 0.8)]))
    pins = {"p1": (-1.0, 1.2), "p2": (-1.0, -1.2), "s1": (1.0, 1.2), "s2": (1.0, -1.2)}
    ends = {p: (0.45 if at[0] > 0 else -0.45, at[1]) for p, at in pins.items()}
    return _block(segments, 1.0, (0, 0), pins, ends)


_GATE_SCALE = 1.5
_IEC_MARK = {"not": "1", "and": "&", "or": "≥1", "nand": "&", "nor": "≥1", "xor": "=1"}


def _gate(kind: str, iec: bool) -> Symbol:
    """A gate 3 units from pin to pin (an inverter 2.5), inputs 0.75 apart, in ANSI or IEC shape."""
    schemdraw, _, gates = _schemdraw()
    name = kind.removesuffix("_gate")
    inverted, reach = name in ("not", "nand", "nor"), 1.25 if name == "not" else 1.5
    inputs = {"a": (-reach, 0.0)} if name == "not" else {"a": (-reach, 0.375), "b": (-reach, -0.375)}
    pins = {**inputs, "y": (reach, 0.0)}
    if iec:
        half = 0.55
        segments = [_rectangle(2 * half, 1.5)]
        right = half
        if inverted:
            segments.append(schemdraw.SegmentCircle((half + 0.12, 0), 0.12))
            right += 0.24
        ends = {p: (right if p == "y" else -half, at[1]) for p, at in pins.items()}
        return _block(segments, 1.0, (0, 0), pins, ends, ((_IEC_MARK[name], (0.0, 0.3)),))
    if name == "not":
        element = gates.Not()
    elif name in ("and", "nand"):
        element = gates.And(nand=name == "nand", leadin=0, leadout=0.24)
    else:
        element = gates.Or(nor=name == "nor", xor=name == "xor", leadin=0.15, leadout=0.24)
    scale = 1.2 if name == "not" else _GATE_SCALE
    x0, _, x1, _ = element.get_bbox()
    middle = (x0 + x1) / 2
    ends = {p: (at[0] and (x1 if p == "y" else x0) * scale - middle * scale, at[1]) for p, at in pins.items()}
    return _block(element.segments, scale, (-middle * scale, 0), pins, ends)


@cache
def block(kind: str, iec: bool = False, circle: bool = True) -> Symbol:
    """The symbol of a part with three or more pins. Raises KeyError for a kind that has none."""
    if kind == "opamp":
        return _opamp()
    if kind in ("npn", "pnp"):
        return _bjt(kind, circle)
    if kind in ("nmos", "pmos"):
        return _mosfet(kind)
    if kind == "regulator":
        return _regulator()
    if kind == "transformer":
        return _transformer()
    if kind.endswith("_gate"):
        return _gate(kind, iec)
    raise KeyError(kind)


@cache
def ground() -> Symbol:
    """The ground symbol, its connection at the origin."""
    _, parts, _ = _schemdraw()
    element = parts.Ground(lead=False)
    box = element.get_bbox()
    x = max(-box.xmin, box.xmax)
    return Symbol(_fragment(list(element.segments)), (-x, box.ymin, x, 0.0))


def plus(tip: Point, out: Point, unit: float) -> tuple[tuple[Point, Point], tuple[Point, Point]]:
    """The strokes of a `+` beside the lead that leaves a source at `tip` in direction `out`, in px, y downward.

    AC sources of rectifiers have it: questions ask what happens at the positive peak.
    """
    x = tip[0] + unit * (0.2 * out[0] - 0.24 * out[1])
    y = tip[1] + unit * (0.2 * out[1] + 0.24 * out[0])
    arm = 0.09 * unit
    return ((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))
