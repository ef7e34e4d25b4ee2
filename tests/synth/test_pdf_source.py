"""PDFs into a dataset folder: bad files and pages are named, the rest goes on; stop and go on; same bytes always."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pymupdf
import pytest

from qa.dataset import Dataset
from qa.errors import KitError
from qa.picture_size import shown_size
from synth.pictures.stock import Stock
from synth.sources.pdf.fill import Asked, Report, fill, survey
from synth.sources.pdf.opening import PdfError, chosen_pages, open_pdf, page_numbers
from synth.sources.pdf.pages import PagePicture, page_text, pages
from synth.sources.pdf.pool import Lost, each
from tests.command_line import vqa
from tests.synth.pdf_sheets import Sheets


def book(path: Path, kinds: str = "figure plain scan", seed: int = 0, **saved: object) -> Path:
    """A PDF with pages of these kinds."""
    sheets = Sheets(seed)
    for kind in kinds.split():
        sheets.add(kind)
    sheets.document.save(path, **saved)
    return path


def filled(out: Path, files: list[Path], asked: Asked | None = None, limit_s: float = 60.0, workers: int = 2) -> Report:
    """A run over files that can all be read."""
    sources, faults = survey([(f.name, f) for f in files], workers=workers)
    assert not faults
    return fill(Dataset.create(out), sources, asked or Asked(), workers=workers, limit_s=limit_s)


def cli(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it."""
    return vqa("synth", "pdf", *words, **environment)


def no_pages() -> bytes:
    """A PDF without a page; PyMuPDF refuses to write one."""
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    return head + b"trailer<</Root 1 0 R>>\n%%EOF\n"


def test_a_folder_of_good_and_bad_files(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    book(folder / "good.pdf")
    book(folder / "deep" / "图 纸 (1)'\".PDF", "chinese")
    book(folder / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="s3cret", owner_pw="boss")
    book(folder / "owner.pdf", "block", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="", owner_pw="boss")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "text.pdf").write_text("no PDF at all")
    (folder / "noise.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    (folder / "none.pdf").write_bytes(no_pages())
    whole = book(tmp_path / "whole.pdf", "figure plain figure").read_bytes()
    (folder / "cut.pdf").write_bytes(whole[: len(whole) * 9 // 10])  # no xref: MuPDF repairs what is left
    done = cli(folder, "--out", tmp_path / "out", "--licence", "CC0-1.0")
    assert done.returncode == 1
    for line in (
        "locked.pdf: is encrypted",
        "empty.pdf: is empty",
        "text.pdf: is not a PDF",
        "noise.pdf: ",
        "none.pdf: ",
        "5 files could not be read (named above) (--password-env); the rest is done",
    ):
        assert line in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert "MuPDF" not in done.stderr
    pictures = Stock(Dataset(tmp_path / "out")).read()
    by_file = {p.file for p in pictures if p.fault is None}
    assert {"good.pdf", "deep/图 纸 (1)'\".PDF", "owner.pdf", "cut.pdf"} <= by_file
    assert all(p.licence == "CC0-1.0" and p.source == "pdf" and p.page for p in pictures)
    assert any(p.caption.startswith("图") for p in pictures)
    for p in pictures:
        if p.path:
            assert shown_size(p.width, p.height) == (p.width, p.height)
    opened = cli(folder / "locked.pdf", "--out", tmp_path / "out2", "--password-env", "PW", PW="s3cret")
    assert opened.returncode == 0, opened.stderr
    wrong = cli(folder / "locked.pdf", "--out", tmp_path / "out3", "--password-env", "PW", PW="wr0ng")
    assert "password given is wrong" in wrong.stderr
    for text in (opened.stdout, opened.stderr, wrong.stdout, wrong.stderr):
        assert "s3cret" not in text
        assert "wr0ng" not in text


def test_names_that_are_not_utf8_and_files_of_macos(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "__MACOSX").mkdir(parents=True)
    for name in ("._a.pdf", "__MACOSX/a.pdf"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    book(tmp_path / "book.pdf").rename(folder / os.fsdecode("\u7535\u963b.pdf".encode("gbk")))
    done = cli(folder, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert {p.file for p in Stock(Dataset(tmp_path / "out")).read()} == {r"\xb5\xe7\xd7\xe8.pdf"}


def test_one_line_for_what_a_person_gets_wrong(tmp_path: Path) -> None:
    book(tmp_path / "a.pdf", "plain")
    (tmp_path / "void").mkdir()
    for words, part in (
        ((tmp_path / "absent", "--out", tmp_path / "o"), "is not there"),
        ((tmp_path / "void", "--out", tmp_path / "o"), "holds no file ending in .pdf"),
        ((tmp_path / "a.pdf", "--out", tmp_path / "o", "--pages", "3-1"), "'3-1' is no page"),
        ((tmp_path / "a.pdf", "--out", tmp_path / "o", "--pages", "7"), "none of --pages 7"),
        ((tmp_path / "a.pdf", "--out", tmp_path / "o", "--password-env", "NOT_SET"), "NOT_SET"),
    ):
        done = cli(*words)
        assert done.returncode == 1
        assert part in done.stderr
        assert "Traceback" not in done.stderr


def test_pages_are_chosen_as_written() -> None:
    assert chosen_pages(page_numbers("1-3,33, 5-"), 7) == [1, 2, 3, 5, 6, 7]
    assert chosen_pages(page_numbers(""), 3) == [1, 2, 3]
    for bad in ("0", "a", "2-1", "-4", "1--2", "1.5", "\u0661"):
        with pytest.raises(KitError):
            page_numbers(bad)


def test_odd_pages_are_rendered_or_named(tmp_path: Path) -> None:
    d = pymupdf.open()
    for width, height in ((14400, 14400), (3, 3), (14400, 20), (595, 842)):
        page = d.new_page(width=width, height=height)
        page.draw_line((0, 0), (width, height))
    page.add_freetext_annot(pymupdf.Rect(100, 100, 300, 150), "annotation")
    d.new_page().set_rotation(90)
    d[4].draw_rect(pymupdf.Rect(50, 50, 100, 500))
    d.save(tmp_path / "odd.pdf")
    got = list(pages(tmp_path / "odd.pdf"))
    assert [type(p) for p in got] == [PagePicture] * 5
    for p in got:
        assert isinstance(p, PagePicture)
        assert shown_size(p.width, p.height) == (p.width, p.height)
        assert len(p.rgb) == p.width * p.height * 3
    assert got[4].width > got[4].height  # type: ignore[union-attr]
    with open_pdf(tmp_path / "odd.pdf") as document:
        assert page_text(document, 1) == ""
        with pytest.raises(PdfError):
            page_text(document, 99)


def test_same_bytes_whatever_the_workers_and_nothing_is_done_twice(tmp_path: Path) -> None:
    files = [book(tmp_path / f"{n}.pdf", "figure columns scan sheet", n) for n in range(2)]
    asked = Asked("both")
    seen = []
    for workers in (1, 3):
        out = tmp_path / str(workers)
        report = filled(out, files, asked, workers=workers)
        assert report.pages == 8
        images = {p.name: p.read_bytes() for p in sorted((out / "images").iterdir())}
        seen.append(((out / "pictures.jsonl").read_bytes(), (out / "pdf_pages.jsonl").read_bytes(), images))
    assert seen[0] == seen[1]
    again = filled(tmp_path / "1", files, asked)
    assert (again.pages, again.kept) == (0, 8)
    assert again.taken is not None and again.taken.fresh == 0
    assert (tmp_path / "1" / "pictures.jsonl").read_bytes() == seen[0][0]


@pytest.mark.slow  # some 15 seconds of workers that start and stop
def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    file = book(tmp_path / "a.pdf", "columns parts plain " * 4)
    words = [sys.executable, "-m", "circuit_vqa", "synth", "pdf", str(file), "--out"]
    child = subprocess.Popen([*words, str(tmp_path / "out"), "--what", "both"], stderr=subprocess.DEVNULL)
    log = tmp_path / "out" / "pdf_pages.jsonl"
    begun = time.monotonic()
    while not (log.exists() and log.read_bytes().count(b"\n") >= 5) and time.monotonic() - begun < 120:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    with log.open("ab") as f:
        f.write(b'{"file": "torn')
    report = filled(tmp_path / "out", [file], Asked("both"))
    straight = filled(tmp_path / "straight", [file], Asked("both"))
    assert report.pages + report.kept == straight.pages == 12
    stocks = [Stock(Dataset(tmp_path / name)).read() for name in ("out", "straight")]
    assert [(p.page, p.box, p.digest) for p in stocks[0]] == [(p.page, p.box, p.digest) for p in stocks[1]]


@pytest.mark.slow  # some 15 seconds of workers that start and stop
def test_a_page_that_takes_too_long_is_lost_alone(tmp_path: Path) -> None:
    sheets = Sheets(1)
    for kind in ("figure", "plain", "figure"):
        sheets.add(kind)
    heavy = b"".join(b"%d %d m %d %d l S\n" % (i % 500, i % 700, i % 300, i % 800) for i in range(400_000))
    xref = sheets.document[1].get_contents()[0]
    sheets.document.update_stream(xref, b"q " + heavy * 8 + b" Q")
    sheets.document.save(tmp_path / "heavy.pdf", deflate=True)
    report = filled(tmp_path / "out", [tmp_path / "heavy.pdf"], Asked("both"), limit_s=6, workers=1)
    assert report.faults == [("heavy.pdf page 2", "rendering it took longer than 6 s")]
    assert {p.page for p in Stock(Dataset(tmp_path / "out")).usable()} == {1, 3}


def evil(job: int) -> int:
    """Work on which some jobs crash, hang or ask for too much."""
    if job == 3:
        os.kill(os.getpid(), signal.SIGSEGV)
    if job == 7:
        time.sleep(60)
    if job == 9:
        raise ValueError("not caught")
    if job == 11:
        bytearray(8 * 2**30)
    return job * job


@pytest.mark.parametrize("workers", [1, 3])
def test_an_evil_job_is_lost_alone_and_order_stays(workers: int) -> None:
    got = list(each(evil, range(20), workers, chunk=4, limit_s=2))
    assert [i for i, r in enumerate(got) if isinstance(r, Lost)] == [3, 7, 9, 11]
    assert [r for r in got if not isinstance(r, Lost)] == [i * i for i in range(20) if i not in (3, 7, 9, 11)]
    assert got[3] == Lost("ended its worker (signal 11)")
    assert got[7] == Lost("took longer than 2 s")


def test_no_jobs_start_no_worker() -> None:
    assert list(each(evil, [])) == []
