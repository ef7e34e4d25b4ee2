"""Figures on pages like those of datasheets, books and scans: found whole, and nothing else found."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from qa.picture_size import MAX_PIXELS, shown_size
from synth.sources.pdf.boxes import iou, share_of
from synth.sources.pdf.figures import Figure, figures_of
from synth.sources.pdf.pages import PagePicture, pictures_of
from synth.sources.pdf.render import READABLE, render, size_for
from tests.synth.pdf_sheets import KINDS, Sheets, every_kind


def test_recall_and_precision_over_all_kinds_of_pages(capsys: pytest.CaptureFixture[str]) -> None:
    true = found = right = cut = captions = said = 0
    for seed in (0, 1):
        sheets = every_kind(2, seed)
        for page, truth in zip(sheets.document, sheets.truth, strict=True):
            figures = figures_of(page)
            if truth.whole:  # or in blocks, a sheet of fine print
                true, found = true + 1, found + 1
                right += [f.whole_page for f in figures[:2]] in ([True], [False, False])
                continue
            found += len(figures)
            true += len(truth.boxes)
            for box in truth.boxes:
                hit = next((f for f in figures if iou(f.box, box) >= 0.7), None)
                right += hit is not None
                cut += hit is None or share_of(box, hit.box) < 0.97
            captions += len(truth.captions)
            said += sum(any(f.caption == c for f in figures) for c in truth.captions)
    with capsys.disabled():
        print(f"\nfigures: {right} of {true} right, {found} found, {cut} cut; {said} of {captions} captions")
    assert right >= 0.95 * true
    assert right >= 0.95 * found
    assert cut <= 0.05 * true
    assert said >= 0.95 * captions


@pytest.mark.parametrize("kind", ["plain", "table", "open_table"])
def test_text_tables_headers_and_logos_are_no_figures(kind: str) -> None:
    for seed in range(3):
        sheets = Sheets(seed)
        sheets.add(kind)
        assert figures_of(sheets.document[0]) == []


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_gives_the_figure_where_it_is_shown(rotation: int) -> None:
    sheets = Sheets(3)
    truth = sheets.add("framed")
    page = sheets.document[0]
    page.set_rotation(rotation)
    shown = tuple(pymupdf.Rect(truth.boxes[0]) * page.rotation_matrix)
    (figure,) = figures_of(page)
    assert iou(figure.box, shown) > 0.8
    size = size_for(figure.box, figure.smallest_text, figure.raster_dpi)
    assert (size[0] > size[1]) == (shown[2] - shown[0] > shown[3] - shown[1])
    dark = render(page, figure.box, size)
    assert min(dark) < 60  # the frame and the circuit are on it


def test_a_cropped_page_counts_from_the_corner_that_is_shown() -> None:
    sheets = Sheets(3)
    truth = sheets.add("framed")
    page = sheets.document[0]
    page.set_cropbox(pymupdf.Rect(20, 40, 575, 800))
    (figure,) = figures_of(page)
    x0, y0, x1, y1 = truth.boxes[0]
    assert iou(figure.box, (x0 - 20, y0 - 40, x1 - 20, y1 - 40)) > 0.8


def test_every_kind_is_tried() -> None:
    assert len(every_kind(1).truth) == len(KINDS)


def test_vector_art_is_as_large_as_its_text_needs_and_pixels_are_never_blown_up() -> None:
    small = (0.0, 0.0, 100.0, 60.0)
    w, h = size_for(small, smallest_text=5.0, raster_dpi=None)
    assert w / 100 * 5.0 == pytest.approx(READABLE, rel=0.15)
    assert shown_size(w, h) == (w, h)
    w2, _ = size_for(small, smallest_text=12.0, raster_dpi=None)
    assert w > w2 >= 196  # large text: 144 dpi are enough
    w3, h3 = size_for((0, 0, 400, 300), None, raster_dpi=72)
    assert (w3, h3) == shown_size(400, 300)
    w4, h4 = size_for((0, 0, 3000, 3000), 2.0, None)
    assert w4 * h4 <= MAX_PIXELS


def test_a_raster_figure_is_rendered_at_its_own_resolution() -> None:
    for seed in range(3):
        sheets = Sheets(seed)
        sheets.add("raster")
        page = sheets.document[0]
        (info,) = page.get_image_info()
        (figure,) = figures_of(page)
        w, _ = size_for(figure.box, figure.smallest_text, figure.raster_dpi)
        if info["width"] * info["height"] < MAX_PIXELS / 2:
            own = info["width"] / (info["bbox"][2] - info["bbox"][0])
            assert w / (figure.box[2] - figure.box[0]) == pytest.approx(min(own, 300 / 72), rel=0.2)


@cache
def real_sheet(path: Path) -> tuple[float, list[Figure], list[PagePicture]]:
    """Width, figures and pictures of its first page, the whole page and its figures; skips where it is absent."""
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    with pymupdf.open(path) as document:
        return document[0].rect.width, figures_of(document[0]), pictures_of(document, 1, "both")


def test_real_schematic_sheets_come_in_blocks_that_can_be_read(real: Path) -> None:
    for name in ("pico-ice_rev3.pdf", "upduino_v3.01.pdf"):
        sheet, figures, both = real_sheet(real / "kicad" / name)
        assert both[0].box is None and len(both) == len(figures) + 1
        assert not any(f.whole_page for f in figures)
        assert 8 <= len(figures) <= 14
        for f in figures:
            w, _ = size_for(f.box, f.smallest_text, f.raster_dpi)
            assert w / (f.box[2] - f.box[0]) > 1.25 * 1176 / sheet  # letters are larger than in the whole


def test_no_block_of_a_real_sheet_shows_pieces_of_its_neighbours(real: Path) -> None:
    _, figures, pictures = real_sheet(real / "kicad" / "upduino_v3.01.pdf")
    block = next(f for f in figures[1:] if f.box[0] > 700 and f.box[1] < 100)
    picture = next(p for p in pictures if p.box == block.box)
    assert block.strange  # the 12 MHz oscillator reaches into the corner of the board's connections
    ink = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3).min(2) < 128
    scale = picture.width / (block.box[2] - block.box[0])
    corner = ink[: round(175 * scale), : round(75 * scale)]
    assert ink.mean() > 0.01
    assert corner.mean() < 0.001
