"""PDF files opened: what cannot be read is said in one line, MuPDF's own noise is kept off the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import KitError
from synth.pictures.folder import readable

if TYPE_CHECKING:
    import pymupdf

_HEAD = 1024  # bytes within which a PDF says that it is one; readers allow something before it


class PdfError(Exception):
    """A file or page cannot be read; the message says why, without the name of the file."""


@contextmanager
def open_pdf(path: Path, password: str = "") -> Iterator[pymupdf.Document]:
    """The document, readable and with at least one page. A damaged file is repaired where MuPDF can.

    Raises PdfError: no PDF, beyond repair, no pages, a password is needed, or the one given is wrong.
    """
    quiet()
    try:
        with path.open("rb") as f:
            head = f.read(_HEAD)
    except OSError as e:
        raise PdfError(f"cannot be read ({e.strerror})") from e
    if b"%PDF-" not in head:
        raise PdfError("is empty" if not head else "is not a PDF")
    try:
        document = _opened(path)
    except OSError as e:
        raise PdfError(f"cannot be read ({e.strerror})") from e
    except (RuntimeError, ValueError) as e:  # FileDataError, EmptyFileError are RuntimeErrors
        raise PdfError(f"is damaged beyond repair ({one_line(e)})") from e
    with document:
        if document.needs_pass and not document.authenticate(password):
            raise PdfError("is encrypted and the password given is wrong" if password else "is encrypted")
        try:
            count = document.page_count
        except (RuntimeError, ValueError) as e:
            raise PdfError(f"is damaged beyond repair ({one_line(e)})") from e
        if not count:
            raise PdfError("has no pages")
        yield document


def _opened(path: Path) -> pymupdf.Document:
    import pymupdf

    try:
        str(path).encode()
    except UnicodeEncodeError:  # MuPDF takes no name that is not UTF-8
        return pymupdf.open(stream=path.read_bytes(), filetype="pdf")
    return pymupdf.open(path, filetype="pdf")


def load_page(document: pymupdf.Document, number: int) -> pymupdf.Page:
    """Page `number`, from 1. Raises PdfError."""
    try:
        page = document.load_page(number - 1)
    except (RuntimeError, ValueError, IndexError) as e:
        raise PdfError(f"cannot be read ({one_line(e)})") from e
    if page.rect.is_empty or page.rect.is_infinite:
        raise PdfError("has no area")
    return page


def quiet() -> None:
    """Keep MuPDF's warnings off stderr; what matters is raised."""
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)


def pdf_files(path: Path) -> list[tuple[str, Path]]:
    """(name relative to the folder given, path) of a PDF or of all PDFs under a folder, in order of name.

    Hidden files, and what macOS puts beside them, are left aside. Raises KitError where there is none.
    """
    if path.is_file():
        return [(readable(path.name), path)]
    if not path.is_dir():
        raise KitError(f"{path} is not there; give a PDF or a folder with PDFs")
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() == ".pdf" and p.is_file() and _shown(p, path))
    if not found:
        raise KitError(f"{path} holds no file ending in .pdf; `synth images` takes pictures in")
    return [(readable(p.relative_to(path).as_posix()), p) for p in found]


def _shown(file: Path, root: Path) -> bool:
    return not any(part.startswith(".") or part == "__MACOSX" for part in file.relative_to(root).parts)


def page_numbers(text: str) -> list[tuple[int, int | None]]:
    """`1-20,33,40-` as ranges from 1, both ends included; None: to the last page. Raises KitError."""
    ranges: list[tuple[int, int | None]] = []
    for part in (p.strip() for p in text.split(",") if p.strip()):
        m = re.fullmatch(r"(\d+)(?:\s*(-)\s*(\d*))?", part, re.ASCII)
        first = int(m[1]) if m else 0
        last = first if m and not m[2] else int(m[3]) if m and m[3] else None
        if first < 1 or (last is not None and last < first):
            raise KitError(f"--pages {text!r}: {part!r} is no page or range of pages; write it like 1-20,33,40-")
        ranges.append((first, last))
    return ranges


def chosen_pages(ranges: list[tuple[int, int | None]], count: int) -> list[int]:
    """Pages of a document that the ranges name, in order, each once; all of them where there are no ranges."""
    if not ranges:
        return list(range(1, count + 1))
    chosen: set[int] = set()
    for first, last in ranges:
        chosen.update(range(first, min(count, last or count) + 1))
    return sorted(chosen)


def one_line(e: BaseException) -> str:
    """An exception's words on one line, cut where they are long."""
    text = " ".join(str(e).split()) or type(e).__name__
    return text if len(text) <= 160 else text[:159] + "\u2026"
