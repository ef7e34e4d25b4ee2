"""A folder taken in: everything on record once, the same bytes with any number of workers, safe to kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

import circuit_vqa
from qa.dataset import Dataset
from synth.pictures.folder import find, take_in
from synth.pictures.inspect import Limits
from synth.pictures.intake import Intake
from synth.pictures.stock import Picture, Stock
from tests.synth.pictures.drawings import blurred, drawing, jpeg, resized


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five drawings, a copy, a smaller one, a blurred, an empty, a small and a broken one; things to leave aside."""
    root = tmp_path / "pictures"
    (root / "deep" / "er").mkdir(parents=True)
    for n in range(5):
        drawing(n).save(root / f"{n}.png")
    shutil.copy(root / "1.png", root / "deep" / "copy.PNG")
    drawing(2).save(root / "deep" / "same-pixels.bmp")
    jpeg(resized(drawing(3), 0.7), 60).save(root / "deep" / "er" / "like.jpg")
    blurred(drawing(7), 4).save(root / "blurred.png")
    Image.new("RGB", (400, 300), "white").save(root / "blank.png")
    drawing(8).resize((60, 40)).save(root / "icon.gif")
    (root / "broken.webp").write_bytes(b"RIFF")
    (root / ".hidden.png").write_bytes(b"x")
    (root / "notes.txt").write_text("x")
    (root / "link.png").symlink_to(root / "0.png")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.png")
    return root


def records(out: Path) -> dict[str, Picture]:
    return {p.file: p for p in Stock(Dataset(out)).read()}


def state(out: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted(out.rglob("*")) if f.is_file() and f.name[0] != "."}


def test_every_picture_is_on_record_with_its_fault(folder: Path, tmp_path: Path) -> None:
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    found, taken = take_in(folder, Dataset.create(tmp_path / "set"), "CC0-1.0", workers=1)
    got = records(tmp_path / "set")
    assert {f: p.fault for f, p in got.items()} == {
        "0.png": None, "1.png": None, "2.png": None, "3.png": None, "4.png": None,
        "deep/copy.PNG": "duplicate", "deep/same-pixels.bmp": "duplicate", "deep/er/like.jpg": "near_duplicate",
        "blurred.png": "blurred", "blank.png": "blank", "icon.gif": "small", "broken.webp": "unreadable",
    }  # fmt: skip
    assert got["deep/er/like.jpg"].why == "resembles 3.png"
    assert got["deep/er/like.jpg"].group == got["3.png"].group
    assert len({p.group for p in got.values() if p.fault is None}) == 5
    assert {p.licence for p in got.values()} == {"CC0-1.0"}
    assert (taken.usable, taken.fresh) == (5, 12)
    assert found.aside == {"links, not followed": 2, ".txt files": 1, "no plain files": 1}
    assert before == {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_workers_do_not_change_a_byte(folder: Path, tmp_path: Path) -> None:
    for n in (1, 3):
        take_in(folder, Dataset.create(tmp_path / f"set{n}"), workers=n)
    assert state(tmp_path / "set1") == state(tmp_path / "set3")


def test_a_second_run_adds_nothing_and_decodes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ds = Dataset.create(tmp_path / "set")
    take_in(folder, ds, workers=1)
    before = state(ds.root)

    def never(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr("synth.pictures.inspect.opened", never)
    monkeypatch.setattr("synth.pictures.same.opened", never)
    _, taken = take_in(folder, ds, workers=1)
    assert (taken.fresh, taken.usable) == (0, 5)
    assert state(ds.root) == before


def test_a_copy_that_was_deleted_comes_back(folder: Path, tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path / "set")
    take_in(folder, ds, "CC0-1.0", workers=1)
    before = state(ds.root)
    victim = ds.root / records(ds.root)["2.png"].path
    victim.unlink()
    take_in(folder, ds, "CC0-1.0", workers=1)
    assert victim.is_file() and state(ds.root) == before


def test_other_limits_judge_anew_what_is_there(folder: Path, tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path / "set")
    take_in(folder, ds, workers=1)
    take_in(folder, ds, limits=Limits(min_side=10, min_area=10, blur=50), workers=1, keep_near=True)
    got = records(ds.root)
    assert {got[f].fault for f in ("icon.gif", "blurred.png", "deep/er/like.jpg")} == {None}
    assert got["blank.png"].fault == "blank"


def test_a_grown_folder_keeps_what_was_kept(folder: Path, tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path / "set")
    take_in(folder, ds, workers=1)
    before = records(ds.root)
    resized(drawing(4), 1.5).save(folder / "0-larger.png")
    drawing(9).save(folder / "new.png")
    take_in(folder, ds, workers=1)
    after = records(ds.root)
    assert {f: after[f] for f in before} == before
    assert (after["0-larger.png"].fault, after["0-larger.png"].group) == ("near_duplicate", before["4.png"].group)
    assert after["new.png"].fault is None


def test_leaving_early_keeps_what_was_added(folder: Path, tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path / "set")
    with pytest.raises(KeyboardInterrupt):
        take_in(folder, ds, workers=1, advance=lambda done: _stop(done, 4))
    assert len(Stock(ds).read()) == 4
    take_in(folder, ds, workers=1)
    fresh = Dataset.create(tmp_path / "fresh")
    take_in(folder, fresh, workers=1)
    assert state(ds.root) == state(fresh.root)


def _stop(done: int, after: int) -> None:
    if done == after:
        raise KeyboardInterrupt


def test_killed_and_run_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "many", tmp_path / "set"
    folder.mkdir()
    for n in range(36):
        drawing(n).save(folder / f"{n:02}.png")
    command = [sys.executable, "-m", "circuit_vqa", "synth", "images", str(folder), "--out", str(out), "--workers", "1"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(6000):
            if (out / "pictures.jsonl").exists() and (out / "pictures.jsonl").stat().st_size:
                break
            time.sleep(0.02)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    (out / "pictures.jsonl").open("ab").write(b'{"path": "images/torn')
    take_in(folder, Dataset.create(out), workers=1)
    fresh = Dataset.create(tmp_path / "fresh")
    take_in(folder, fresh, workers=1)
    assert state(out) == state(fresh.root)


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path / "set")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").touch()
    take_in(tmp_path / "in", ds, workers=1)
    assert records(ds.root)["a.png"].fault == "unreadable"
    drawing(1).save(tmp_path / "in" / "a.png")
    take_in(tmp_path / "in", ds, workers=1)
    assert [(p.file, p.fault) for p in Stock(ds).read()] == [("a.png", None)]


def test_the_dataset_folder_inside_the_pictures_is_left_alone(folder: Path) -> None:
    for _ in range(2):
        take_in(folder, Dataset.create(folder / "set"), workers=1)
    assert find(folder).aside["dataset folders"] == 1
    assert len(Stock(Dataset(folder / "set")).read()) == 12


def test_pages_and_files_share_one_way_in(tmp_path: Path) -> None:
    from synth.pictures.inspect import inspect

    ds = Dataset.create(tmp_path / "set")
    with Intake(ds, "pdf", "CC0-1.0") as intake:
        intake.add(inspect(drawing(1)), "book.pdf", page=3, box=(0.0, 1.0, 2.0, 3.0), caption="Fig. 1")
        intake.add(inspect(resized(drawing(1), 0.8)), "book.pdf", page=9)
        taken = intake.finish()
    assert [(p.page, p.fault, p.why) for p in taken.pictures] == [
        (3, None, ""), (9, "near_duplicate", "resembles book.pdf page 3")]  # fmt: skip


def test_the_command_names_what_it_refuses(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "odd\x1b[31m\nname.png").write_bytes(b"x")
    assert circuit_vqa.main(["synth", "images", str(folder), "--out", str(tmp_path / "set"), "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert "5 of 13 pictures" in said
    assert "blurred.png: edges are" in said
    assert "left aside: 1 .txt files" in said
    assert "\x1b" not in said


def test_nothing_usable_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    command = ["synth", "images", str(tmp_path / "in"), "--out", str(tmp_path / "set")]
    assert circuit_vqa.main(command) == 1
    Image.new("RGB", (400, 300)).save(tmp_path / "in" / "black.png")
    assert circuit_vqa.main(command) == 1
    assert "can be used" in capsys.readouterr().err
    assert circuit_vqa.main([*command[:2], str(tmp_path / "absent"), *command[3:]]) == 1


def test_what_other_programs_read_is_said_with_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "in"
    root.mkdir()
    pages = [drawing(n) for n in range(3)]
    pages[0].save(root / "pages.tiff", save_all=True, append_images=pages[1:])
    (root / "book.pdf").write_bytes(b"%PDF-1.4")
    (root / "photo.HEIC").write_bytes(b"x")
    for _ in range(2):  # the second run decodes nothing and says the same
        assert circuit_vqa.main(["synth", "images", str(root), "--out", str(tmp_path / "set")]) == 0
        said = capsys.readouterr().out
        assert "1 .pdf files (`synth pdf` takes them in)" in said
        assert "1 .heic files (convert them to PNG)" in said
        assert "2 further pages or frames of files that hold several (pages.tiff)" in said
    assert circuit_vqa.main(["synth", "images", str(root / "book.pdf"), "--out", str(tmp_path / "set")]) == 1
    assert "is a file, not a folder; `synth pdf` takes PDFs in" in capsys.readouterr().err
