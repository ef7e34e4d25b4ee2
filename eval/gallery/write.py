"""`circuit-vqa eval gallery`: reads one or two report folders and the pictures, writes the page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from eval.compare.runs import read_run, short_names
from eval.gallery.collect import Gallery, Run, collect
from eval.gallery.data import picture_names
from eval.gallery.page import page
from eval.report import Report
from qa.dataset import write_whole
from qa.errors import KitError
from qa.progress import progress
from qa.thumbs import Thumb, thumb

LONGEST, MOST_BYTES = 1_400, 250_000
"""Of a picture in the page: pixels a side, and bytes."""


@dataclass(frozen=True, slots=True)
class Written:
    """The page on disk."""

    path: Path
    size: int
    """Bytes."""
    questions: int
    left_out: int
    pictures: int
    absent: int
    """Pictures that could not be shown."""


def write(
    folders: Sequence[Path], out: Path, data: Path | None = None, everything: bool = False, limit: int | None = None
) -> Written:
    """One file of one or two report folders, the base first. `data`: where the pictures are, if not where they were.

    Raises KitError where a report is missing or broken, the two share no question, or `data` is not there.
    """
    runs = [_run(f, name) for f, name in zip(folders, short_names(folders), strict=True)]
    keys = [{(p.bench, p.id) for p in run.predictions} for run in runs]
    if len(keys) > 1 and not keys[0] & keys[1]:
        raise KitError(f"{folders[0]} and {folders[1]} share no question; give two reports on the same data")
    gallery = collect(runs, everything, limit)
    pictures = _pictures(gallery, _data(runs, data))
    text = page(gallery, pictures, everything).encode()
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text)
    absent = sum(not t.uri for t in pictures.values())
    return Written(out, len(text), len(gallery.cards), gallery.left_out, len(pictures), absent)


def _run(folder: Path, name: str) -> Run:
    found = read_run(folder, name)
    rows = (p for by_id in found.results.values() for result in by_id.values() for p in result.predictions)
    return Run(found.name, found.report, tuple(rows))


def _data(runs: Sequence[Run], data: Path | None) -> Path | None:
    """The dataset folder; None where nobody knows it."""
    if data is not None:
        if not data.is_dir():
            raise KitError(f"{data} is not there; give the dataset folder the reports were made on: --data data/NAME")
        return data
    places = [place for run in reversed(runs) for place in _places(run.report)]
    found = next((p for p in places if p.is_dir()), None)
    if found is None:
        print(f"no folder {places[0]} here: the page has no pictures; name it with --data data/NAME", file=sys.stderr)
    return found


def _places(report: Report) -> list[Path]:
    """Where the run had its data; reports of old say the name alone."""
    named = [Path(report.folder)] if report.folder else []
    return [*named, Path("data") / Path(report.data).name]


def _pictures(gallery: Gallery, root: Path | None) -> dict[str, Thumb]:
    names = picture_names(gallery.cards)
    if root is None:
        return {name: Thumb(why="is not here: the dataset folder was not found") for name in names}
    found: dict[str, Thumb] = {}
    with progress("pictures", len(names)) as done, ThreadPoolExecutor() as pool:  # Pillow frees the lock as it encodes
        for name, small in zip(names, pool.map(lambda n: thumb(root, n, LONGEST, MOST_BYTES), names), strict=True):
            found[name] = small
            done(len(found))
    return found


def summary(w: Written) -> list[str]:
    """What was written, for the console."""
    more = f" ({w.left_out} left out by --limit)" if w.left_out else ""
    absent = f", {w.absent} of them not found" if w.absent else ""
    questions, pictures = _counted(w.questions, "question"), _counted(w.pictures, "picture")
    return [f"{w.path}: {questions}{more}, {pictures}{absent}, {w.size / 1e6:.1f} MB"]


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
