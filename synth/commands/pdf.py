"""`circuit-vqa synth pdf`: pages and figures of PDFs into a dataset folder."""

from __future__ import annotations

import os
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.dataset import Dataset
from qa.errors import KitError
from qa.picture_size import MAX_PIXELS, TOKEN_SIDE
from qa.progress import progress

if TYPE_CHECKING:
    from synth.sources.pdf.fill import Report


class WhatOption(StrEnum):
    """What becomes a picture."""

    figures = "figures"
    pages = "pages"
    both = "both"


def pdf(
    source: Annotated[Path, typer.Argument(help="a PDF, or a folder with PDFs", show_default=False)],
    out: Annotated[Path, typer.Option(help="dataset folder; several runs may fill one")],
    pages: Annotated[str, typer.Option(help="of every file, like 1-20,33,40-; all when left out")] = "",
    what: Annotated[WhatOption, typer.Option(help="what becomes a picture")] = WhatOption.figures,
    password_env: Annotated[str, typer.Option(help="environment variable that holds the password")] = "",
    licence: Annotated[str, typer.Option(help="of the pictures, noted with every item")] = "unknown",
    workers: Annotated[int | None, typer.Option(min=1, help="processes; all cores when left out")] = None,
    max_pixels: Annotated[
        int, typer.Option(min=64 * TOKEN_SIDE**2, help="largest picture the model sees; MAX_PIXELS of training")
    ] = MAX_PIXELS,
    page_limit: Annotated[float, typer.Option(min=1, help="seconds a page may take before it is left out")] = 60.0,
) -> None:
    """Pages, or the figures on them, as pictures of the size the model sees. Run again to go on after a stop."""
    from synth.pictures.show import table
    from synth.sources.pdf.fill import Asked, fill, survey
    from synth.sources.pdf.opening import page_numbers, pdf_files

    password = _password(password_env)
    page_numbers(pages)
    files = pdf_files(source)
    dataset = Dataset.create(out)
    sources, faults = survey(files, pages, password, workers)
    asked = Asked(what.value, max_pixels, password)
    with progress("pages", sum(len(s.pages) for s in sources)) as advance:
        report = fill(dataset, sources, asked, licence, workers, page_limit, advance)
    if report.taken is not None and (lines := table(report.taken, _aside(report))):
        print(lines)
    print(_summary(report, out))
    for name, why in [*faults, *report.faults]:
        typer.echo("  " + " ".join(f"{name}: {why}".split()), err=True)
    if faults or report.faults:
        left = [_many(n, what) for n, what in ((len(faults), "file"), (len(report.faults), "page")) if n]
        hint = " (--password-env)" if any("encrypted" in why for _, why in faults) else ""
        raise KitError(f"{' and '.join(left)} could not be read (named above){hint}; the rest is done")


def _password(name: str) -> str:
    if not name:
        return ""
    if name not in os.environ:
        raise KitError(f"--password-env: the environment holds no {name}; export {name}=… first")
    return os.environ[name]


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _aside(report: Report) -> Counter[str]:
    return Counter({"pages without a figure": report.empty} if report.empty else {})


def _summary(report: Report, out: Path) -> str:
    taken = report.taken
    usable, count = (taken.usable, len(taken.pictures)) if taken else (0, 0)
    kept = f" ({report.kept} pages were there already)" if report.kept else ""
    return f"{usable} of {count} pictures from {report.pages + report.kept} pages in {out} are usable{kept}"
