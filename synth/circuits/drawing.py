"""A sheet and a style to SVG: symbols from schemdraw, conductors, junction dots, labels that touch nothing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from synth.circuits import labels, symbols, text
from synth.circuits.layout import Part, Sheet, on_segment
from synth.circuits.style import Style
from synth.circuits.symbols import Box, Point, Symbol
from synth.circuits.words import label_text, part_text

MIN_FONT_PX = 15.0
MIN_SUBSCRIPT_PX = 13.5
"""Smaller subscripts are printed as plain text: R1."""
GROUND_STEM = 0.25
"""Between a level conductor and the ground symbol on it, in drawing units."""
MAX_SIDE_PX = 1000
_UNIT_PX = (48.0, 88.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """A finished drawing."""

    svg: str
    width: float
    height: float
    font_px: float
    unit_px: float
    placed: tuple[labels.Placed, ...]
    collisions: tuple[str, ...]
    origin: Point = (0.0, 0.0)
    """The upper left corner; boxes of labels and bodies are in the same px, y downward."""
    bodies: tuple[Box, ...] = ()
    """The symbol of each part of the sheet, in its order."""
    lines: tuple[tuple[str, Box], ...] = ()
    """Every printed line."""


def compose(sheet: Sheet, style: Style) -> Scene:
    """Draws a sheet. Where labels do not fit, the drawing grows, up to `MAX_SIDE_PX`."""
    if style.mirror and sheet.mirrorable:
        sheet = sheet.mirrored()
    if any(p.is_block for p in sheet.parts):  # a block's pins keep their places only if it grows evenly
        style = replace(style, stretch=(min(style.stretch),) * 2)
    xs = [p[0] * style.stretch[0] for p in sheet._points()]
    ys = [p[1] * style.stretch[1] for p in sheet._points()]
    span = max(max(xs) - min(xs), max(ys) - min(ys)) + 1.2
    unit = min(max(style.longest_px / span, _UNIT_PX[0]), _UNIT_PX[1])
    limit = MAX_SIDE_PX / 1.036  # a turn by 2 degrees widens it
    best = _Drawing(sheet, style, unit).scene()
    while (longest := max(best.width, best.height)) > limit:
        unit *= 0.98 * limit / longest
        best = _Drawing(sheet, style, unit).scene()
    for growth in (1.08, 1.16, 1.25, 1.35, 1.5):
        if not best.collisions:
            break
        # the text keeps its size while the drawing grows around it, and shrinks where it cannot
        looser = replace(style, font_em=style.font_em / growth)
        pad = 4.0 if growth < 1.2 else 2.0
        scene = _Drawing(sheet, looser, unit * growth, pad).scene()
        if max(scene.width, scene.height) > limit:
            scene = _Drawing(sheet, looser, unit, pad).scene()
        if max(scene.width, scene.height) > limit:
            break
        if len(scene.collisions) < len(best.collisions):
            best = scene
    return best


def to_svg(sheet: Sheet, style: Style) -> str:
    """The SVG of a sheet in a style."""
    return compose(sheet, style).svg


class _Drawing:
    """One attempt at a drawing, at a fixed number of px per drawing unit."""

    def __init__(self, sheet: Sheet, style: Style, unit: float, pad: float = 4.0) -> None:
        self.sheet, self.style, self.unit = sheet, style, unit
        self.font_px = max(MIN_FONT_PX, style.font_em * unit)
        self.subscript = style.subscript and self.font_px * text.SUBSCRIPT >= MIN_SUBSCRIPT_PX
        self.field = labels.Field(style.font, self.font_px, pad=pad, subscript=self.subscript)
        self.out: list[str] = []
        self.conductors: list[tuple[Point, Point]] = []
        self.seen: list[Box] = []

    # -- geometry --------------------------------------------------------------------------------------
    def px(self, p: Point) -> Point:
        return p[0] * self.style.stretch[0] * self.unit, -p[1] * self.style.stretch[1] * self.unit

    def conduct(self, a: Point, b: Point) -> None:
        """A conductor between two points in px."""
        if a != b:
            self.conductors.append((a, b))
            self.occupy(a, b, self.style.line_px / 2)

    def occupy(self, a: Point, b: Point, half: float) -> None:
        """Keeps labels off a stroke of a given half-width: many small boxes where it is slanted."""
        pieces = 1 if min(abs(a[0] - b[0]), abs(a[1] - b[1])) < 1 else 10
        for i in range(pieces):
            p, q = ((a[0] + (b[0] - a[0]) * t / pieces, a[1] + (b[1] - a[1]) * t / pieces) for t in (i, i + 1))
            self.field.lines.append(
                (min(p[0], q[0]) - half, min(p[1], q[1]) - half, max(p[0], q[0]) + half, max(p[1], q[1]) + half)
            )

    def symbol(self, symbol: Symbol, matrix: tuple[float, float, float, float], at: Point) -> Box:
        """Puts a symbol's SVG; `matrix` is its turn and scale in px per unit. Returns its box."""
        a, b, c, d = matrix
        width = self.style.line_px / math.hypot(a, b) * 100
        self.out.append(
            f'<g transform="matrix({a / 100:.5f} {b / 100:.5f} {c / 100:.5f} {d / 100:.5f} {at[0]:.2f} {at[1]:.2f})"'
            f' stroke-width="{width:.3f}">{symbol.svg}</g>'
        )
        corners = [(x, -y) for x in symbol.box[::2] for y in symbol.box[1::2]]
        xs = [a * x + c * y + at[0] for x, y in corners]
        ys = [b * x + d * y + at[1] for x, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    # -- parts -----------------------------------------------------------------------------------------
    def stretched(self, part: Part, owner: str) -> None:
        name, reverse = self.style.symbol(part.kind)
        first, second = (self.px(p) for p in part.pins.values())
        symbol = symbols.two_terminal(name, self.style.iec, first[1] == second[1])
        start, end = (second, first) if reverse else (first, second)
        length = math.dist(start, end)
        dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        k = self.unit
        # turns of an inductor and arrows of an LED point up also where the part runs to the left
        up = k * (abs(dx) if dy == 0 and not part.kind.endswith("_source") else dx)
        self.field.bodies[owner] = self.symbol(symbol, (k * dx, k * dy, -k * dy, up), middle)
        reach = [symbol.pins[pin][0] * k for pin in ("1", "2")]
        tips = [(middle[0] + r * dx, middle[1] + r * dy) for r in reach]
        self.conduct(start, tips[0])
        self.conduct(end, tips[1])
        if part.kind == "ac_source" and any(p.kind == "diode" for p in self.sheet.parts):
            for stroke in symbols.plus(tips[reverse], (dx, dy) if reverse else (-dx, -dy), k):
                self.conduct(*stroke)
        if part.slanted:  # its upright box would keep its own label far off
            self.occupy(tips[0], tips[1], 0.17 * k)
            x, y, r = *middle, 0.3 * k
            self.field.bodies[owner] = (x - r, y - r, x + r, y + r)

    def blocked(self, part: Part, owner: str) -> None:
        symbol = symbols.block(part.kind, self.style.iec, self.style.circle)
        k = self.unit * self.style.stretch[0]
        at = self.px(part.at)
        mx, my = (-1 if part.mirror else 1), (-1 if part.flip else 1)
        self.field.bodies[owner] = self.symbol(symbol, (k * mx, 0, 0, k * my), at)
        for body, tip in symbol.leads:
            ends = [(at[0] + k * mx * x, at[1] - k * my * y) for x, y in (body, tip)]
            self.conduct(ends[0], ends[1])
        for word, (x, y) in symbol.texts:
            w, h = self.field.extent((word,))
            spot = labels.Spot((word,), at[0] + k * mx * x - w / 2, at[1] - k * my * y - h / 2, "center", True)
            self.field.put(owner, [spot])

    # -- marks -----------------------------------------------------------------------------------------
    def dots(self) -> Iterator[Point]:
        """Where conductors leave in three or more directions."""
        ways: dict[Point, set[float]] = {}

        def leave(p: Point, q: Point) -> None:
            ways.setdefault(p, set()).add(round(math.atan2(q[1] - p[1], q[0] - p[0]), 3))

        for part in self.sheet.parts:
            for pin, p in part.pins.items():
                leave(p, part.lead(pin)[0] if part.is_block else next(q for q in part.pins.values() if q != p))
        for p in self.sheet.grounds:
            leave(p, (p[0], p[1] - 1))
        for a, b in self.sheet.wires:
            leave(a, b)
            leave(b, a)
        for p in ways:
            for a, b in self.sheet.wires:
                if p not in (a, b) and on_segment(p, (a, b)):
                    leave(p, a)
                    leave(p, b)
        yield from (p for p, directions in ways.items() if len(directions) > 2)

    def mark(self, p: Point, radius: float, fill: str) -> None:
        x, y = self.px(p)
        r = radius * self.unit
        stroke = f'stroke-width="{min(self.style.line_px, 2):.2f}"' if fill == "white" else 'stroke="none"'
        self.out.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r:.2f}" fill="{fill}" {stroke}/>')
        self.field.lines.append((x - r, y - r, x + r, y + r))

    def marks(self) -> None:
        open_ends = {x.at for x in self.sheet.labels if x.mark == "open"}
        filled = set(self.dots()) | {x.at for x in self.sheet.labels if x.mark == "dot"}
        for p in sorted(filled - open_ends):
            self.mark(p, self.style.dot, self.style.ink)
        for p in sorted(open_ends):
            self.mark(p, 0.09, "white")
        k = self.unit
        for p in self.sheet.grounds:
            x, y = self.px(p)
            level = [s for s in self.conductors if s[0][1] == s[1][1] and on_segment((x, y), s)]
            stem = GROUND_STEM * k if level else 0.0
            self.conduct((x, y), (x, y + stem))
            self.field.lines.append(self.symbol(symbols.ground(), (k, 0, 0, k), (x, y + stem)))

    # -- labels ----------------------------------------------------------------------------------------
    def name_parts(self) -> None:
        off = 0.13 * self.unit
        for i, part in enumerate(self.sheet.parts):
            lines = part_text(part, self.style)
            if not lines:
                continue
            owner = f"part:{i}"
            forms = [lines] if len(lines) == 1 else self._forms(lines)
            box = self.field.bodies[owner]
            spots = labels.beside(self.field, box, forms, self._sides(part), off)
            if part.side and part.slanted:  # its own side all along, before the other one at the middle
                spots = itertools.chain(labels.beside(self.field, box, forms, [part.side], off), spots)
            if part.kind == "opamp" or part.kind.endswith("_gate"):
                spots = self._inside(part, box, lines, spots)
            self.field.put(owner, spots)

    def _forms(self, lines: tuple[str, ...]) -> list[tuple[str, ...]]:
        joined = (lines[0] + self.style.joiner + ", ".join(lines[1:]),)
        if not self.style.shows_refs:
            joined = (", ".join(lines),)
        two = (lines[0], ", ".join(lines[1:]))
        return [lines, joined, two] if self.style.stacked else [joined, lines, two]

    def _sides(self, part: Part) -> list[str]:
        (_, y0), (_, y1), *_ = part.pins.values()
        if part.is_block:
            turn = "left" if part.mirror else "right"
            sides = ["above", "below", turn] if part.kind not in ("npn", "pnp", "nmos", "pmos") else [turn]
        elif y0 == y1:
            sides = ["above", "below"]
        else:
            sides = ["right", "left"]
        return [part.side, *(s for s in sides if s != part.side)] if part.side else sides

    def _inside(
        self, part: Part, box: Box, lines: tuple[str, ...], spots: Iterator[labels.Spot]
    ) -> Iterator[labels.Spot]:
        w, h = self.field.extent(lines)
        x = (box[0] + box[2]) / 2
        # a triangle's middle of area, and below the mark of an IEC gate
        x += (-0.12 if part.kind == "opamp" else 0) * self.unit * (-1 if part.mirror else 1)
        y = (box[1] + box[3]) / 2
        if part.kind.endswith("_gate") and self.style.iec:
            y += 0.3 * self.unit
        if part.kind == "not_gate":
            yield from spots
        else:
            yield labels.Spot(lines, x - w / 2, y - h / 2, "center", True)
            yield from spots

    def name_points(self) -> None:
        xs = [p[0] for p in self.sheet._points()]
        middle = (min(xs) + max(xs)) / 2
        for i, label in enumerate(self.sheet.labels):
            x, y = self.px(label.at)
            r = 0.09 * self.unit
            first = ""
            if label.mark == "open":
                first = "left" if label.at[0] < middle else "right"
            spots = labels.around(
                self.field, (x - r, y - r, x + r, y + r), (label_text(label, self.style),), 0.1 * self.unit, first
            )
            self.field.put(f"net:{i}", spots)

    def captioned(self) -> None:
        if self.style.caption:
            x0, _, x1, y1 = self.bounds()
            w, _ = self.field.extent((self.style.caption,))
            self.field.put(
                "caption", [labels.Spot((self.style.caption,), (x0 + x1 - w) / 2, y1 + 0.3 * self.unit, "center")]
            )

    # -- whole -----------------------------------------------------------------------------------------
    def bounds(self) -> Box:
        boxes = [*self.field.lines, *self.field.bodies.values(), *(p.box for p in self.field.placed)]
        return (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )

    def lines(self) -> Iterator[tuple[str, Box]]:
        """Every printed line with its box."""
        for label in self.field.placed:
            for i, line in enumerate(label.lines):
                width = text.width(line, self.style.font, self.font_px, self.subscript)
                yield line, label.line_box(i, width, self.font_px)

    def write(self, line: str, box: Box) -> str:
        y = box[1] + self.font_px * text.ASCENT
        return text.to_svg(line, box[0], y, self.font_px, self.style.font, self.style.ink, self.subscript)

    def scene(self) -> Scene:
        for wire in self.sheet.wires:
            self.conduct(self.px(wire[0]), self.px(wire[1]))
        for i, part in enumerate(self.sheet.parts):
            (self.blocked if part.is_block else self.stretched)(part, f"part:{i}")
        self.marks()
        self.name_points()
        self.name_parts()
        self.captioned()
        x0, y0, x1, y1 = self.bounds()
        margin = 0.28 * self.unit
        w, h = x1 - x0 + 2 * margin, y1 - y0 + 2 * margin
        style = self.style
        lines = " ".join(f"M {a[0]:.2f} {a[1]:.2f} L {b[0]:.2f} {b[1]:.2f}" for a, b in self.conductors)
        printed_lines = tuple(self.lines())
        words = "".join(self.write(*one) for one in printed_lines)
        body = "".join(self.out).replace(symbols.INK, style.ink)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.2f}" height="{h:.2f}" '
            f'viewBox="{x0 - margin:.2f} {y0 - margin:.2f} {w:.2f} {h:.2f}">'
            f'<g fill="none" stroke="{style.ink}" stroke-width="{style.line_px}" stroke-linecap="round" '
            f'stroke-linejoin="round"><path d="{lines}"/>{body}{words}</g></svg>'
        )
        bodies = tuple(self.field.bodies[f"part:{i}"] for i in range(len(self.sheet.parts)))
        return Scene(
            svg, w, h, self.font_px, self.unit, tuple(self.field.placed), tuple(self.field.collisions()),
            (x0 - margin, y0 - margin), bodies, printed_lines,
        )  # fmt: skip
