"""PDFs like datasheets, books and scans, drawn by PyMuPDF, with the box of every figure known."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import pymupdf

from synth.circuits.draw import family_names, sheet_of, suited
from synth.circuits.drawing import compose
from synth.circuits.style import Style

Box = tuple[float, float, float, float]
_TEXT = (
    "the regulator output voltage is set by two resistors and remains stable with a ceramic capacitor of at least ten"
    " microfarads close to the pins while the input should be bypassed for noise when long leads carry the current of"
    " a motor or lamp under typical operating conditions over temperature as the loop gain falls"
)
WORDS = _TEXT.split()
HAN = "该稳压器的输出电压由两个电阻设定在输出端接陶瓷电容时保持稳定输入端应就近加旁路电容以抑制长引线带来的噪声"
KINDS = (
    "plain", "figure", "two_figures", "columns", "parts", "raster", "block", "plot", "framed", "chinese",
    "table", "open_table", "scan", "sheet", "small", "beside_text",
)  # fmt: skip


@dataclass
class Truth:
    """What a page shows: boxes of figures in points, or that it is one picture."""

    kind: str
    boxes: list[Box] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    whole: bool = False


@lru_cache(64)
def circuit(family: str, index: int) -> tuple[bytes, Box, float, float]:
    """(PDF of one vector circuit, box of its ink, width, height)."""
    rng = random.Random(f"pdf/{family}/{index}")
    drawn = sheet_of(family, rng)
    style = replace(suited(Style.sample(rng, "en"), drawn), caption="")
    with pymupdf.open(stream=compose(drawn, style).svg.encode()) as svg:
        page = svg[0]
        return svg.convert_to_pdf(), _ink(page.get_pixmap(colorspace=pymupdf.csGRAY)), page.rect.width, page.rect.height


def _ink(pixels: pymupdf.Pixmap) -> Box:
    import numpy

    dark = numpy.frombuffer(pixels.samples, numpy.uint8).reshape(pixels.height, pixels.stride)[:, : pixels.width] < 200
    rows, columns = dark.any(1).nonzero()[0], dark.any(0).nonzero()[0]
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


class Sheets:
    """A document that grows page by page."""

    def __init__(self, seed: int = 0) -> None:
        self.document = pymupdf.open()
        self.rng = random.Random(f"sheets/{seed}")
        self.truth: list[Truth] = []
        self.families = family_names()
        self.number = 0

    def add(self, kind: str, width: float = 595, height: float = 842) -> Truth:
        """One page of a kind."""
        self.page: pymupdf.Page = self.document.new_page(width=width, height=height)
        self.t = Truth(kind)
        self.truth.append(self.t)
        self.left, self.right = 54.0, width - 54.0
        if kind not in ("scan", "sheet"):
            self._header()
        self.y = 80.0
        getattr(self, f"_{kind}")()
        return self.t

    # -- kinds ------------------------------------------------------------------------------------
    def _plain(self) -> None:
        for _ in range(4):
            self.text(self.rng.randint(5, 9))

    def _figure(self) -> None:
        self.text(6)
        self.heading()
        self.figure(self.rng.uniform(0.5, 0.95), caption=self.rng.random() < 0.7)
        self.text(7)
        self.table()

    def _two_figures(self) -> None:
        for _ in range(2):
            self.text(3)
            self.figure(self.rng.uniform(0.45, 0.7), caption=True)
        self.text(3)

    def _columns(self) -> None:
        left, right = self.left, self.right
        middle, top = (left + right) / 2, self.y
        for self.left, self.right in ((left, middle - 10), (middle + 10, right)):
            self.y = top
            self.text(self.rng.randint(4, 8))
            self.figure(0.95, caption=True)
            self.text(6)

    def _parts(self) -> None:
        self.text(4)
        left, right, top = self.left, self.right, self.y
        boxes = []
        for k in range(2):
            x = left + k * (right - left) / 2
            boxes.append(self.drawing((x + 4, top, x + (right - left) / 2 - 14, top + 150)))
        bottom = max(b[3] for b in boxes)
        for k, b in enumerate(boxes):
            self.page.insert_text(((b[0] + b[2]) / 2 - 5, bottom + 12), f"({'ab'[k]})", fontsize=9)
        self.t.boxes.append(_union([*boxes, ((boxes[0][0] + boxes[0][2]) / 2 - 5, bottom, boxes[1][2], bottom + 12)]))
        self.y = bottom + 26
        self.caption()
        self.text(5)

    def _raster(self) -> None:
        self.text(5)
        data, ink, _, _ = self._pick()
        with pymupdf.open(stream=data, filetype="pdf") as d:
            png = d[0].get_pixmap(dpi=self.rng.choice([72, 110, 150]), clip=ink)
        box = self._fit((self.left + 30, self.y, self.right - 30, self.y + 260), ink[2] - ink[0], ink[3] - ink[1])
        self.page.insert_image(pymupdf.Rect(box), pixmap=png)
        self.t.boxes.append(box)
        self.y = box[3] + 16
        self.caption()
        self.text(6)

    def _block(self) -> None:
        """Boxes with words and straight wires: no table, though every line is parallel to an edge."""
        self.text(4)
        x, y, boxes = self.left + 40, self.y + 10, []
        names = self.rng.sample(["OSC", "PWM", "LOGIC", "DRIVER", "BANDGAP", "UVLO", "ERROR AMP", "SOFT START"], 6)
        for i, name in enumerate(names):
            at = (x + i % 3 * 140, y + i // 3 * 90, x + i % 3 * 140 + 90, y + i // 3 * 90 + 46)
            self.page.draw_rect(pymupdf.Rect(at), width=0.8)
            self.page.insert_textbox(pymupdf.Rect(at[0] + 2, at[1] + 15, at[2] - 2, at[3]), name, fontsize=9, align=1)
            boxes.append(at)
            if i % 3 < 2:
                self.page.draw_line((at[2], at[1] + 23), (at[2] + 50, at[1] + 23), width=0.8)
            if i < 3:
                self.page.draw_line((at[0] + 45, at[3]), (at[0] + 45, at[3] + 44), width=0.8)
        self.t.boxes.append(_union(boxes))
        self.y = boxes[-1][3] + 18
        self.caption()
        self.text(5)

    def _plot(self) -> None:
        self.text(4)
        x, y, w, h = self.left + 60, self.y + 8, 260, 160
        for i in range(6):
            self.page.draw_line((x + i * w / 5, y), (x + i * w / 5, y + h), width=0.3)
            self.page.draw_line((x, y + i * h / 5), (x + w, y + i * h / 5), width=0.3)
            self.page.insert_text((x + i * w / 5 - 4, y + h + 10), str(i), fontsize=7)
            self.page.insert_text((x - 14, y + h - i * h / 5 + 3), str(i * 10), fontsize=7)
        points = [(x + i * w / 30, y + h - h * (0.9 - 0.8 * 0.9**i)) for i in range(31)]
        self.page.draw_polyline(points, color=(0.8, 0, 0), width=1.2)
        self.page.insert_text((x + w / 2 - 30, y + h + 21), "LOAD CURRENT (A)", fontsize=7)
        self.t.boxes.append((x - 14, y - 4, x + w + 4, y + h + 22))
        self.y = y + h + 34
        self.caption()
        self.text(5)

    def _framed(self) -> None:
        self.text(5)
        box = self.drawing((self.left + 60, self.y + 10, self.right - 60, self.y + 210))
        frame = (self.left + 20, box[1] - 10, self.right - 20, box[3] + 10)
        self.page.draw_rect(pymupdf.Rect(frame), width=0.7)
        self.t.boxes.append(frame)
        self.y = frame[3] + 16
        self.caption()
        self.text(5)

    def _chinese(self) -> None:
        self.text(5, han=True)
        self.figure(self.rng.uniform(0.5, 0.9), caption=True, han=True)
        self.text(5, han=True)

    def _table(self) -> None:
        self.text(4)
        self.table(12)
        self.text(4)
        self.table(6)

    def _open_table(self) -> None:
        """Three rules and rows between them."""
        self.text(3)
        self.page.insert_text((self.left, self.y + 8), "Table 2. Electrical characteristics", fontsize=9)
        self.y += 16
        for row in range(9):
            if row in (0, 1):
                self.page.draw_line((self.left, self.y), (self.right, self.y), width=0.8)
            for col in range(5):
                cell = ["Symbol", "Min", "Typ", "Max", "Unit"][col] if not row else f"{self.rng.random() * 9:.2f}"
                self.page.insert_text((self.left + 6 + col * 95, self.y + 12), cell, fontsize=9)
            self.y += 17
        self.page.draw_line((self.left, self.y), (self.right, self.y), width=0.8)
        self.y += 20
        self.text(6)

    def _scan(self) -> None:
        """A page of another document, as pixels."""
        other = Sheets(self.rng.randint(0, 10**6))
        other.add("figure")
        picture = other.document[0].get_pixmap(dpi=self.rng.choice([100, 150, 200]), colorspace=pymupdf.csGRAY)
        self.page.insert_image(self.page.rect, stream=picture.tobytes("jpg", jpg_quality=80))
        self.t.whole = True

    def _sheet(self) -> None:
        """A schematic all over the page, with frame and title block."""
        w, h = self.page.rect.width, self.page.rect.height
        self.page.draw_rect(pymupdf.Rect(20, 20, w - 20, h - 20), width=0.7)
        for k in range(6):
            x0, y0 = 30 + k % 2 * (w - 60) / 2, 30 + k // 2 * (h - 120) / 3
            self.drawing((x0 + 10, y0 + 10, x0 + (w - 60) / 2 - 10, y0 + (h - 120) / 3 - 10))
        for k in range(4):
            self.page.draw_rect(pymupdf.Rect(w - 220, h - 80 + k * 15, w - 20, h - 65 + k * 15), width=0.5)
            self.page.insert_text(
                (w - 214, h - 69 + k * 15), ["Title: amplifier", "Rev 2", "Sheet 1/1", "A4"][k], fontsize=8
            )
        self.t.whole = True

    def _small(self) -> None:
        """A small circuit in running text, without a caption."""
        self.text(5)
        self.figure(0.3, caption=False)
        self.text(8)

    def _beside_text(self) -> None:
        """Text left, figure right."""
        self.text(3)
        right, top = self.right, self.y
        self.right = self.left + 200
        self.text(12)
        low = self.y
        self.left, self.right, self.y = self.right + 24, right, top
        self.figure(0.9, caption=True)
        self.y, self.left = max(self.y, low), 54.0
        self.text(5)

    # -- things on a page -------------------------------------------------------------------------
    def _header(self) -> None:
        p, w, h = self.page, self.page.rect.width, self.page.rect.height
        p.draw_rect(pymupdf.Rect(54, 24, 74, 44), color=None, fill=(0.7, 0, 0))
        p.draw_circle((64, 34), 6, color=None, fill=(1, 1, 1))
        p.insert_text((84, 40), "ACME Semiconductor", fontsize=9)
        p.draw_line((54, 50), (w - 54, 50), width=0.8)
        p.draw_line((54, h - 44), (w - 54, h - 44), width=0.5)
        p.insert_text((w / 2, h - 30), str(len(self.truth)), fontsize=8)

    def text(self, lines: int, han: bool = False) -> None:
        """A paragraph."""
        width = self.right - self.left
        for k in range(lines):
            short = k == lines - 1
            if han:
                count = int(width / 10) - (8 if short else 0)
                line = "".join(self.rng.choice(HAN) for _ in range(count))
                self.page.insert_text((self.left, self.y + 10), line, fontsize=10, fontname="china-s")
            else:
                line = ""
                while pymupdf.get_text_length(line, fontsize=10) < width * (0.5 if short else 0.86):
                    line += self.rng.choice(WORDS) + " "
                self.page.insert_text((self.left, self.y + 10), line, fontsize=10)
            self.y += 13
        self.y += 12

    def heading(self) -> None:
        self.page.insert_text((self.left, self.y + 10), "3.2 Typical Application", fontsize=13, fontname="hebo")
        self.y += 22

    def figure(self, share: float, caption: bool, han: bool = False) -> None:
        """A circuit of a share of the column's width."""
        width = (self.right - self.left) * share
        middle = (self.left + self.right) / 2
        box = self.drawing((middle - width / 2, self.y, middle + width / 2, self.y + 240))
        self.t.boxes.append(box)
        self.y = box[3] + 16
        if caption:
            self.caption(han)

    def caption(self, han: bool = False) -> None:
        self.number += 1
        text = self.rng.choice(
            ["Figure {}. Typical application circuit", "Fig. {} Buck stage", "FIGURE {}: Test setup"]
        )
        text = f"图 {self.number}-1 典型应用电路" if han else text.format(self.number)
        width = pymupdf.get_text_length(text, fontsize=9, fontname="china-s" if han else "helv")
        at = ((self.left + self.right - width) / 2, self.y + 8)
        self.page.insert_text(at, text, fontsize=9, fontname="china-s" if han else "helv")
        self.t.captions.append(text)
        self.y += 24

    def table(self, rows: int = 5) -> None:
        """A ruled table of four columns."""
        width = (self.right - self.left) / 4
        for row in range(rows):
            for col in range(4):
                x, y = self.left + col * width, self.y + row * 16
                self.page.draw_rect(pymupdf.Rect(x, y, x + width, y + 16), width=0.5)
                self.page.insert_text((x + 4, y + 11), self.rng.choice(WORDS)[:12], fontsize=8)
        self.y += rows * 16 + 16

    def drawing(self, room: Box) -> Box:
        """A vector circuit as large as fits; returns the box of its ink."""
        data, ink, _, _ = self._pick()
        box = self._fit(room, ink[2] - ink[0], ink[3] - ink[1])
        with pymupdf.open(stream=data, filetype="pdf") as d:
            self.page.show_pdf_page(pymupdf.Rect(box), d, 0, clip=pymupdf.Rect(ink))
        return box

    def _pick(self) -> Any:
        return circuit(self.rng.choice(self.families), self.rng.randint(0, 3))

    def _fit(self, room: Box, width: float, height: float) -> Box:
        scale = min((room[2] - room[0]) / width, (room[3] - room[1]) / height)
        x = (room[0] + room[2] - width * scale) / 2
        return x, room[1], x + width * scale, room[1] + height * scale


def _union(boxes: list[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def every_kind(rounds: int, seed: int = 0) -> Sheets:
    """A document with every kind of page `rounds` times."""
    sheets = Sheets(seed)
    for _ in range(rounds):
        for kind in KINDS:
            sheets.add(kind)
    return sheets
