"""How a picture looks: everything that may differ between two drawings of the same circuit."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from qa.item import Lang
from synth.circuits.values import UnitStyle

Shows = Literal["both", "names", "values"]

_FONTS = ("Helvetica", "Times", "Courier")
_INKS = ("#000000", "#101010", "#12235c", "#1a1a6e", "#333333")
_WORDS: dict[Lang, tuple[tuple[str, str], ...]] = {
    "en": (("Vin", "Vout"), ("vi", "vo"), ("Vi", "Vo"), ("Uin", "Uout"), ("IN", "OUT"), ("input", "output")),
    "zh": (("ui", "uo"), ("Ui", "Uo"), ("Uin", "Uout"), ("Vin", "Vout"), ("输入", "输出"), ("输入", "输出")),
}
_CAPTIONS: dict[Lang, tuple[str, ...]] = {"en": ("Fig. {}", "Figure {}", "({})"), "zh": ("图{}", "题{}图", "图 {}")}


@dataclass(frozen=True, slots=True)
class Style:
    """The looks of one picture."""

    lang: Lang = "en"
    shows: Shows = "both"
    stacked: bool = True
    """Name and value on two lines, else on one."""
    joiner: str = " "
    """Between name and value on one line."""
    unit_style: UnitStyle = "tight"
    iec: bool = False
    """IEC resistors (a box) and gates, else ANSI."""
    circle: bool = True
    filled: bool = False
    """Diodes as filled triangles."""
    battery: bool = False
    """DC sources as batteries, else as a circle with + and -."""
    curved_capacitor: bool = False
    font: str = "Helvetica"
    font_em: float = 0.32
    """Font size in drawing units; never under MIN_FONT_PX."""
    subscript: bool = False
    line_px: float = 2.0
    ink: str = "#000000"
    dot: float = 0.08
    longest_px: int = 640
    """Wanted length of the longer side; small circuits stay smaller, crowded ones grow (at most 1000)."""
    stretch: tuple[float, float] = (1.0, 1.0)
    mirror: bool = False
    words: tuple[str, str] = ("Vin", "Vout")
    caption: str = ""
    rotation: float = 0.0
    """Degrees."""
    paper: int = 255
    noise: float = 0.0
    """Standard deviation of the grain, in grey levels."""
    blur: float = 0.0
    """Radius in px."""
    jpeg: int = 0
    """Quality of a JPEG pass, 0 for none."""

    @property
    def shows_refs(self) -> bool:
        """Whether reference designators are printed."""
        return self.shows != "values"

    @property
    def shows_values(self) -> bool:
        """Whether values of passive parts and sources are printed."""
        return self.shows != "names"

    def symbol(self, kind: str) -> tuple[str, bool]:
        """schemdraw's symbol for a two-terminal kind, and whether it runs from our second pin to the first."""
        if kind == "voltage_source":
            return ("battery", False) if self.battery else (kind, True)
        if kind in ("ac_source", "current_source"):
            return kind, True
        if kind == "capacitor" and self.curved_capacitor:
            return "capacitor_curved", False
        if kind in ("diode", "led", "zener") and self.filled:
            return f"{kind}_filled", False
        return kind, False

    @staticmethod
    def sample(rng: random.Random, lang: Lang) -> Style:
        """A style; the same number of draws whatever `lang` is, so a circuit looks alike in both."""
        scanned = rng.random() < 0.3
        sx, sy = rng.uniform(0.92, 1.25), rng.uniform(0.92, 1.2)
        words = _WORDS[lang]
        caption = _CAPTIONS[lang][rng.randrange(3)]
        number = rng.choice([str(rng.randint(1, 30)), f"{rng.randint(1, 9)}-{rng.randint(1, 30)}"])
        return Style(
            lang=lang,
            shows=rng.choices(("both", "names", "values"), (0.82, 0.14, 0.04))[0],
            stacked=rng.random() < 0.6,
            joiner=rng.choice((" ", " ", "=")),
            unit_style=rng.choices(("tight", "spaced", "bare", "rkm"), (0.4, 0.3, 0.2, 0.1))[0],
            iec=rng.random() < (0.7 if lang == "zh" else 0.35),
            circle=rng.random() < 0.7,
            filled=rng.random() < 0.5,
            battery=rng.random() < 0.3,
            curved_capacitor=rng.random() < 0.2,
            font=rng.choices(_FONTS, (0.55, 0.37, 0.08))[0],
            font_em=rng.uniform(0.28, 0.34),
            subscript=rng.random() < 0.3,
            line_px=rng.choice((1.3, 1.6, 2.0, 2.4, 2.8)),
            ink=rng.choices(_INKS, (0.6, 0.1, 0.1, 0.1, 0.1))[0],
            dot=rng.uniform(0.065, 0.1),
            longest_px=rng.randrange(448, 897, 28),
            stretch=(sx, sy),
            mirror=rng.random() < 0.3,
            words=words[rng.randrange(6)],
            caption=caption.format(number) if rng.random() < 0.2 else "",
            rotation=rng.uniform(-2, 2) if scanned else 0.0,
            paper=rng.randint(225, 250) if scanned else 255,
            noise=rng.uniform(1.5, 5.0) if scanned else 0.0,
            blur=rng.uniform(0.3, 0.6) if scanned and rng.random() < 0.5 else 0.0,
            jpeg=rng.randint(60, 90) if scanned and rng.random() < 0.5 else 0,
        )
