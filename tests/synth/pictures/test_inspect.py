"""One picture: any file becomes an RGB copy on white or a named fault; blur, blank and size are told apart."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from synth.pictures.copying import MAX_SOURCE_PIXELS, opened
from synth.pictures.inspect import Inspected, Limits, inspect
from tests.synth.pictures.drawings import blurred, drawing, jpeg, noisy, png, resized, shaded, turned


def copy_of(seen: Inspected) -> Image.Image:
    image = Image.open(io.BytesIO(seen.png))
    image.load()
    return image


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("JPEG", "CMYK"), ("JPEG", "RGB"), ("WEBP", "RGB"),
     ("BMP", "RGB"), ("GIF", "P"), ("TIFF", "RGB"), ("TIFF", "CMYK")],
)  # fmt: skip
def test_every_kind_of_file_gives_the_same_drawing(kind: str, mode: str) -> None:
    seen = inspect(saved(drawing(1).convert(mode), kind))
    assert (seen.fault, copy_of(seen).mode, copy_of(seen).size) == (None, "RGB", (640, 480))
    apart = np.abs(np.asarray(copy_of(seen), int) - np.asarray(drawing(1), int)).mean()
    assert apart < 8


def test_sixteen_bits_are_scaled_not_cut_off() -> None:
    grey = np.asarray(drawing(1).convert("L"), np.uint16) * 257
    seen = inspect(saved(Image.fromarray(grey), "PNG"))
    assert np.array_equal(np.asarray(copy_of(seen))[..., 0], np.asarray(drawing(1).convert("L")))


def test_transparency_becomes_white_and_light_lines_stay_visible() -> None:
    mask = drawing(1).convert("L").point(lambda v: 255 - v)
    for colour in ("black", "white"):
        ink = Image.new("RGBA", (640, 480), colour)
        ink.putalpha(mask)
        seen = inspect(png(ink))
        assert seen.fault is None
        assert copy_of(seen).getpixel((1, 1)) == ((255, 255, 255) if colour == "black" else (0, 0, 0))
        apart = int(seen.look, 16) ^ int(inspect(png(drawing(1))).look, 16)
        assert apart.bit_count() < 10


def test_a_turned_photo_stands_upright_and_only_the_first_frame_counts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    seen = inspect(saved(drawing(1), "JPEG", exif=exif))
    assert (seen.width, seen.height) == (480, 640)
    moving = inspect(saved(drawing(1), "GIF", save_all=True, append_images=[drawing(2), drawing(3)]))
    assert moving.frames == 3
    assert moving.look == inspect(saved(drawing(1), "GIF")).look


def test_the_copy_keeps_to_the_budget() -> None:
    seen = inspect(png(drawing(1, (4000, 1000))))
    assert (seen.width, seen.height) == (1280, 320)


def test_a_bomb_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    side = int(MAX_SOURCE_PIXELS**0.5) + 10
    bomb = saved(Image.new("1", (side, side)), "PNG")
    assert len(bomb) < 200_000
    seen = inspect(bomb)
    assert seen.fault == "unreadable"
    assert "pixels" in seen.why


@given(st.binary(max_size=200), st.integers(0, 9000))
def test_broken_bytes_never_raise(junk: bytes, at: int) -> None:
    whole = png(drawing(1))
    at = min(at, len(whole))
    seen = inspect(whole[:at] + junk + whole[at + len(junk) :][: len(whole) // 2])
    assert seen.fault in (None, "unreadable", "blank", "blurred", "small")
    assert bool(seen.png) == (seen.fault != "unreadable")


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    for name in ("absent.png", ".", "empty.png"):
        seen = inspect(tmp_path / name)
        assert seen.fault == "unreadable"
        assert seen.why
    (tmp_path / "page.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert "none of PNG" in inspect(tmp_path / "page.png").why  # no interpreter is started, whatever the name


def test_sharp_ones_pass_and_blurred_ones_do_not() -> None:
    sheet = drawing(1, (900, 700))
    for made in (sheet, jpeg(sheet, 20), noisy(sheet, 12), shaded(turned(sheet, 2)), resized(resized(sheet, 0.5), 2)):
        assert inspect(png(made)).fault is None
    for sigma in (2.0, 3.0, 5.0):
        assert inspect(png(blurred(sheet, sigma))).fault == "blurred"
    assert inspect(png(noisy(blurred(sheet, 3), 8))).fault == "blurred"
    assert inspect(png(blurred(sheet, 3)), Limits(blur=9)).fault is None


def test_one_line_on_a_large_sheet_is_neither_blank_nor_blurred() -> None:
    sheet = Image.new("RGB", (1200, 900), "white")
    sheet.paste(drawing(1).crop((0, 0, 320, 240)), (300, 300))
    assert inspect(png(sheet)).fault is None


def test_empty_paper_is_blank_also_in_a_photo() -> None:
    paper = Image.new("RGB", (900, 700), (225, 220, 210))
    for made in (paper, noisy(paper, 10), shaded(noisy(paper, 5)), jpeg(shaded(noisy(paper, 8)), 60)):
        assert inspect(png(made)).fault == "blank"


def test_small_ones_are_told_by_side_and_by_area() -> None:
    assert inspect(png(drawing(1, (700, 500)).resize((800, 60)))).fault == "small"
    assert inspect(png(drawing(1).resize((120, 90)))).fault == "small"
    assert inspect(png(drawing(1).resize((120, 90))), Limits(min_area=100)).fault != "small"


def test_what_was_found_can_be_sent_to_another_process() -> None:
    seen = inspect(png(drawing(1)))
    assert pickle.loads(pickle.dumps(seen)) == seen


def test_an_open_image_is_known_by_its_copy() -> None:
    seen = inspect(drawing(1))
    assert opened(seen.png)[0].size == (640, 480)
    assert seen.digest == inspect(png(drawing(1))).digest or len(seen.digest) == 64


def test_real_pictures_are_sharp(real: Path) -> None:
    faults = {p.name: inspect(p).why for p in sorted((real / "netlists").glob("*.png"))[::4]}
    assert not {name: why for name, why in faults.items() if why}
