"""PDFs into a dataset folder: every page in a process pool, records in order of file and page."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.dataset import Dataset, file_hash
from qa.picture_size import MAX_PIXELS
from synth.pictures.inspect import Inspected, Limits, finished
from synth.pictures.intake import Intake, Taken
from synth.sources.pdf.done import Done, DonePages
from synth.sources.pdf.opening import PdfError, chosen_pages, open_pdf, page_numbers, quiet
from synth.sources.pdf.pages import What, pictures_of
from synth.sources.pdf.pool import LIMIT_S, Lost, each
from synth.sources.pdf.render import Box

if TYPE_CHECKING:
    import pymupdf

CHUNK = 8
"""Pages a worker does at a time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of every file."""

    what: What = "figures"
    max_pixels: int = MAX_PIXELS
    password: str = field(default="", repr=False)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be read."""

    name: str
    """As given, with `/`."""
    path: Path
    digest: str
    pages: tuple[int, ...]
    """Those wanted, from 1."""


@dataclass
class Report:
    """Counts of a run."""

    files: int = 0
    pages: int = 0
    kept: int = 0
    """Pages that were done already."""
    empty: int = 0
    """Pages on which no figure was found."""
    faults: list[tuple[str, str]] = field(default_factory=list)
    """(file or page, why it could not be read)."""
    taken: Taken | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    box: Box | None
    caption: str
    picture: Inspected


def survey(
    files: Sequence[tuple[str, Path]], pages: str = "", password: str = "", workers: int | None = None
) -> tuple[list[Source], list[tuple[str, str]]]:
    """(files that can be read, with their pages; faults of the others). Raises KitError for a bad `pages`."""
    ranges = page_numbers(pages)
    sources: list[Source] = []
    faults: list[tuple[str, str]] = []
    look = partial(_look, password=password)
    for (name, path), found in zip(files, each(look, [p for _, p in files], workers, begin=_begin), strict=True):
        if isinstance(found, Lost):
            faults.append((name, f"reading it {found.why}"))
        elif isinstance(found, str):
            faults.append((name, found))
        elif not (wanted := chosen_pages(ranges, found[0])):
            faults.append((name, f"has {found[0]} pages, none of --pages {pages}"))
        else:
            sources.append(Source(name, path, found[1], tuple(wanted)))
    return sources, faults


def fill(
    dataset: Dataset,
    sources: Sequence[Source],
    asked: Asked,
    licence: str = "unknown",
    workers: int | None = None,
    limit_s: float = LIMIT_S,
    advance: Callable[[int], None] = lambda done: None,
) -> Report:
    """Render what the folder does not hold yet. What is done stays, however the run ends.

    Raises KitError where another command is filling the folder.
    """
    report = Report(files=len(sources))
    with Intake(dataset, "pdf", licence, asked.limits) as intake, DonePages(dataset) as done:
        todo: list[tuple[Source, int]] = []
        for source in sources:
            for page in source.pages:
                before = done.get(source.digest, page, asked.what, asked.max_pixels)
                if before is not None and _again(intake, source.name, before):
                    report.kept += 1
                    report.empty += not before.pictures
                else:
                    todo.append((source, page))
        advance(report.kept)
        jobs = ((s.path, page) for s, page in todo)
        work = partial(_render, asked=asked)
        rendered = each(work, jobs, workers, _chunk(len(todo), workers), limit_s, _begin)
        for (source, page), seen in zip(todo, rendered, strict=True):
            if isinstance(seen, list):
                for one in seen:
                    intake.add(one.picture, source.name, page, one.box, one.caption)
                report.pages += 1
                report.empty += not seen
                done.add(_done(source, page, asked, seen))
            else:
                why = f"rendering it {seen.why}" if isinstance(seen, Lost) else seen
                report.faults.append((f"{source.name} page {page}", why))
            advance(report.kept + report.pages + len(report.faults))
        report.taken = intake.finish()
    return report


def _done(source: Source, page: int, asked: Asked, seen: list[_Seen]) -> Done:
    pictures = [(one.box, one.picture.digest) for one in seen]
    return Done(file=source.digest, page=page, what=asked.what, max_pixels=asked.max_pixels, pictures=pictures)


def _chunk(count: int, workers: int | None) -> int:
    return max(1, min(CHUNK, count // ((workers or os.cpu_count() or 1) * 4)))


def _again(intake: Intake, name: str, before: Done) -> bool:
    """Meet the pictures of a page that was done; False where the folder does not hold them (killed just then)."""
    if not all(digest in intake.digests for _, digest in before.pictures):
        return False
    for box, digest in before.pictures:
        intake.again(digest, name, before.page, box)
    return True


# -- in a worker ----------------------------------------------------------------------------------
def _begin() -> None:
    """Load what the first page would otherwise wait for."""
    import imagehash  # noqa: F401
    import scipy.ndimage  # noqa: F401

    quiet()


def _look(path: Path, password: str) -> tuple[int, str] | str:
    """(pages, hash of the file), or why it cannot be read."""
    try:
        with open_pdf(path, password) as document:
            return document.page_count, file_hash(path)
    except PdfError as e:
        return str(e)
    except OSError as e:
        return f"cannot be read ({e.strerror})"


def _render(job: tuple[Path, int], asked: Asked) -> list[_Seen] | str:
    """The pictures of a page, or why there are none."""
    import pymupdf
    from PIL import Image

    path, number = job
    try:
        document = _document(path, asked.password)
        found = []
        for p in pictures_of(document, number, asked.what, asked.max_pixels):
            sheet = Image.frombytes("RGB", (p.width, p.height), p.rgb)
            found.append(_Seen(p.box, p.caption, finished(sheet, p.png(), asked.limits)))
        return found
    except PdfError as e:
        return str(e)
    except MemoryError:
        return "does not fit into memory"
    finally:
        pymupdf.TOOLS.store_shrink(50)


_opened: tuple[Path, ExitStack, pymupdf.Document] | None = None
"""The file this worker read last: its pages mostly come one after another."""


def _document(path: Path, password: str) -> pymupdf.Document:
    global _opened
    if _opened is None or _opened[0] != path:
        if _opened is not None:
            before, _opened = _opened, None
            before[1].close()
        stack = ExitStack()
        _opened = (path, stack, stack.enter_context(open_pdf(path, password)))
    return _opened[2]
